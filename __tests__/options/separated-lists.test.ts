import { describe, expect, test } from "@jest/globals";
import { flag, parsed, text } from "../../src/options/fields.js";
import { decodeOptions, schema } from "../../src/options/schema.js";
import { commas, lines } from "../../src/options/separated-lists.js";
import { context, node } from "../support/option-nodes.js";

const ITEM = { doc: "An item." };
const OPTIONS = schema({
  commas: commas(text(ITEM), ITEM),
  lines: lines(text(ITEM), ITEM),
  even: commas(
    parsed("even", (value) => (Number(value) % 2 ? { complaint: `is odd: ${value}` } : { value: Number(value) }), ITEM),
    ITEM,
  ),
});

function decode(given: Readonly<Record<string, unknown>>) {
  const object = node(JSON.stringify(given));
  if (object.kind !== "object") throw new Error("not an object");
  return decodeOptions(OPTIONS, object, context("json"));
}

describe("lists in a string", () => {
  test.each([
    ["commas and line breaks separate items", { commas: "a, b\nc,,\n" }, { commas: ["a", "b", "c"] }],
    ["also within the items of a list", { commas: ["a,b", "c"] }, { commas: ["a", "b", "c"] }],
    ["only line breaks separate lines", { lines: "a,b\n\n c " }, { lines: ["a,b", "c"] }],
    ["the items of a list are whole lines", { lines: ["a\nb", "c"] }, { lines: ["a\nb", "c"] }],
    ["lists that are not set are empty", {}, { commas: [], lines: [], even: [] }],
  ])("%s", (_name, given, expected) => expect(decode(given).value).toMatchObject(expected));

  test("every wrong item is reported", () => {
    expect(decode({ even: "1,2,3" }).diagnostics.map(({ summary }) => summary)).toEqual([
      '"even[0]" is odd: 1',
      '"even[2]" is odd: 3',
    ]);
  });
});

describe("booleans outside templates", () => {
  const options = schema({ o: flag(ITEM) });
  const read = (value: string, language: "input" | "flag") => {
    const object = node(JSON.stringify({ o: value }));
    if (object.kind !== "object") throw new Error("not an object");
    const decoded = decodeOptions(options, object, { ...context("json"), language });
    return decoded.diagnostics[0]?.summary ?? decoded.value?.o;
  };

  test.each([
    ["true", "input", true],
    ["FALSE", "input", false],
    ["1", "input", '"o" must be true or false, not "1"'],
    ["t", "flag", true],
    ["0", "flag", false],
    ["yes", "flag", '"o" must be true or false, not "yes"'],
  ] as const)("%s as an %s", (value, language, expected) => expect(read(value, language)).toBe(expected));
});
