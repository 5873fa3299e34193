import { describe, expect, test } from "@jest/globals";
import { load, reported } from "./loading.js";

const BUILDERS = '"builders": [{"type": "null"}]';

describe("invalid JSON is reported with line and column", () => {
  test.each([
    [
      "a missing comma, at its own place and not at the next token",
      '{\n  "variables": {\n    "a": "1"\n    "b": "2"\n  },\n  "builders": [{"type": "null"}]\n}',
      ["3:13 Missing comma after this value"],
    ],
    [
      "two missing commas",
      '{"description": "x"\n "builders": [{"type": "null"}\n {"type": "x"}]}',
      ["1:20 Missing comma after this value", "2:31 Missing comma after this value"],
    ],
    ["a missing colon", '{"builders" []}', ["1:12 Missing colon after the key"]],
    ["a key without quotes", "{builders: []}", ['1:2 Expected a key in double quotes, found "builders"']],
    ["single quotes", "{'builders': []}", ["1:2 Expected a key in double quotes, found \"'builders'\""]],
    ["a missing value", '{"builders": }', ['1:14 Expected a value, found "}"']],
    ["a list not closed", '{"builders": [{"type": "null"}}', ['1:31 Missing "]" before "}"']],
    ["an object not closed", '{"builders": [{"type": "null"}]', ['1:32 Missing "}"']],
    ["text after the end", '{"builders": []}\n}', ['2:1 Unexpected "}" after the end of the template']],
    ["a string not closed", '{"builders: []}', ["1:2 A string is not closed on its line"]],
    ["a line break in a string", '{"a": "x\ny"}', ["1:7 A string is not closed on its line"]],
    ["a tab in a string", '{"description": "a\tb"}', ["1:17 A string contains a control character"]],
    ["an unknown escape", '{"description": "a\\qb"}', ["1:17 A string contains an unknown escape sequence"]],
    ["a comment not closed", '{"a": 1 /* x', ['1:9 A comment is not closed: "*/" is missing']],
    ["a capital letter", '{"a": True}', ['1:7 Unexpected "True"']],
    ["nothing", "  \n", ["1:1 The template is empty"]],
    ["no JSON at all", "variable x {}", ['1:1 Unexpected "variable"']],
    ["a list", "[]", ["1:1 A template must be a JSON object, not a list"]],
    ["too many nested brackets", "[".repeat(100_000), ["1:201 The JSON is nested too deeply"]],
  ])("%s", (_, text, expected) => {
    const errors = reported(text).filter((each) => each.startsWith("error"));
    expect(errors.map((each) => each.replace(/^error \S+ t\.json:/, "")).slice(0, 2)).toEqual(expected);
  });
});

test("every missing comma is reported, also before a comment", () => {
  const text = '{"description": "x" // why\n "builders": [{"type": "null"} {"type": "null", "name": "b"}]}';
  expect(reported(text).map((each) => each.replace(/^.* t\.json:/, ""))).toEqual([
    "1:20 Missing comma after this value",
    "2:31 Missing comma after this value",
  ]);
});

describe("extensions of JSON are accepted with one warning each", () => {
  test.each([
    ["#", `# first\n{ # second\n${BUILDERS} }`, ["1:1"]],
    ["//", `{\n  // first\n${BUILDERS} // second\n}`, ["2:3"]],
    ["/* */", `{ /* a\n b */ ${BUILDERS} }`, ["1:3"]],
    ["the first of several", `{ // a\n # b\n ${BUILDERS} }`, ["1:3"]],
    ["the first of several, # before //", `# b\n{ // a\n ${BUILDERS} }`, ["1:1"]],
  ])("comments: %s", (_, text, places) => {
    expect(reported(text)).toEqual(
      places.map((place) => `warning json-comment t.json:${place} JSON has no comments: Packer rejects this template`),
    );
  });

  test("commas before closing brackets", () => {
    expect(reported('{"builders": [{"type": "null",},],\n}')).toEqual([
      "warning json-trailing-comma t.json:1:30 JSON allows no comma before a closing bracket: Packer rejects this template",
    ]);
  });

  test("comment characters inside strings are text", () => {
    expect(reported(`{"description": "# // /* */ , ]", ${BUILDERS}}`)).toEqual([]);
  });

  test("a byte-order mark", () => {
    expect(reported(`\ufeff{${BUILDERS}}`)).toEqual([]);
  });
});

describe("duplicate keys are reported with both places", () => {
  test.each([
    ["at the root", `{${BUILDERS},\n"builders": []}`, '2:1 Duplicate key "builders"', "1:2"],
    ["in a builder", '{"builders": [{"type": "null",\n "a": 1, "a": 1}]}', '2:10 Duplicate key "a"', "2:2"],
    ["deep inside", `{"push": {"a": [{"b": 1,\n"b": 2}]}, ${BUILDERS}}`, '2:1 Duplicate key "b"', "1:18"],
  ])("%s", (_, text, expected, first) => {
    const { diagnostics } = load(text);
    expect(reported(text)).toEqual([`error duplicate-key t.json:${expected}`]);
    const start = diagnostics[0]?.related?.range.start;
    expect(`${start?.line}:${start?.column}`).toBe(first);
  });
});
