import { expect, test } from "@jest/globals";
import { sameValue } from "../../../src/template/values/equality.js";
import { fromPlain } from "../../../src/template/values/json.js";
import { formatValue } from "../../../src/template/values/print.js";
import { anyCharacter, fc } from "../../support/properties.js";
import { evaluateText } from "../evaluating.js";

/** Text of all characters, and often of those that formats treat in a way of their own. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom(..."\0\u0001\t\n\r \"'\\\\$%{}#-:|\u007f\u0085\u00a0\u200e\u2028\u2029\ufeff\ufffd\u{1f600}"),
    anyCharacter,
  ),
  maxLength: 8,
});

test.each([
  ["yamldecode(yamlencode(", "))"],
  ["jsondecode(jsonencode(", "))"],
])("%s…%s gives the text that went in", (before, after) => {
  fc.assert(
    fc.property(text, fc.boolean(), (content, nested) => {
      const value = fromPlain(nested ? { [content]: [content] } : [content]);
      const { value: read, diagnostics } = evaluateText(`${before}${formatValue(value)}${after}`);
      expect(diagnostics).toEqual([]);
      expect(sameValue(read, value)).toBe(true);
    }),
  );
});
