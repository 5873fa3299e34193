import { describe, expect, test } from "@jest/globals";
import { sameValue } from "../../../src/template/values/equality.js";
import { fromPlain, toPlain } from "../../../src/template/values/json.js";
import { formatValue } from "../../../src/template/values/print.js";
import { STRING } from "../../../src/template/values/types.js";
import { mapValue, numberValue, stringValue, unknownValue } from "../../../src/template/values/value.js";
import { fc } from "../../support/properties.js";
import { evaluateText } from "../evaluating.js";

describe("values for people", () => {
  test.each([
    [stringValue('a "b"'), 'a "b"'],
    [numberValue(1e21), "1000000000000000000000"],
    [fromPlain(null), "null"],
    [fromPlain([]), "[]"],
    [fromPlain({}), "{}"],
    [fromPlain(["a\n", 1.5]), '[\n  "a\\n",\n  1.5,\n]'],
    [fromPlain({ b: [{ c: true }], a: null }), '{\n  "a" = null\n  "b" = [\n    {\n      "c" = true\n    },\n  ]\n}'],
    [mapValue(STRING, [["k", stringValue("${x} %{y} $z")]]), '{\n  "k" = "$${x} %%{y} $z"\n}'],
    [fromPlain(["\ufffd\u0001"]), '[\n  "\\ufffd\\u0001",\n]'],
    [fromPlain(["\u0085\u2028\ufeff\u200e\u{e0001} é😀"]), '[\n  "\\u0085\\u2028\\ufeff\\u200e\\U000e0001 é😀",\n]'],
    [unknownValue(STRING), "<unknown>"],
  ])("%#", (value, expected) => {
    expect(formatValue(value)).toBe(expected);
  });
});

const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.string({ unit: "grapheme" }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.string({ maxLength: 5 }), tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

test("what is printed of a list evaluates to it", () => {
  fc.assert(
    fc.property(json, (data) => {
      const value = fromPlain([data]);
      const { value: again, diagnostics } = evaluateText(formatValue(value));
      expect(diagnostics).toEqual([]);
      expect(sameValue(again, value)).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test("plain data goes through jsonencode and jsondecode", () => {
  fc.assert(
    fc.property(json, (data) => {
      const { value } = evaluateText("jsondecode(jsonencode(v))", new Map([["v", fromPlain(data)]]));
      expect(toPlain(value)).toEqual(toPlain(fromPlain(data)));
    }),
    { numRuns: 200 },
  );
});
