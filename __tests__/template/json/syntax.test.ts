import { describe, expect, test } from "@jest/globals";
import { load, reported } from "./loading.js";

const BUILDERS = '"builders": [{"type": "null"}]';

describe("broken JSON is told with line and column", () => {
  test.each([
    [
      "a missing comma: its own place, not the next token's",
      '{\n  "variables": {\n    "a": "1"\n    "b": "2"\n  },\n  "builders": [{"type": "null"}]\n}',
      ["3:13 a comma is missing after this value"],
    ],
    [
      "two of them",
      '{"description": "x"\n "builders": [{"type": "null"}\n {"type": "x"}]}',
      ["1:20 a comma is missing after this value", "2:31 a comma is missing after this value"],
    ],
    ["a missing colon", '{"builders" []}', ["1:12 a colon is missing after the key"]],
    ["a key without quotes", "{builders: []}", ['1:2 a key in double quotes is expected, not "builders"']],
    ["single quotes", "{'builders': []}", ["1:2 a key in double quotes is expected, not \"'builders'\""]],
    ["a missing value", '{"builders": }', ['1:14 a value is expected, not "}"']],
    ["a list not closed", '{"builders": [{"type": "null"}}', ['1:31 a "]" is missing before "}"']],
    ["an object not closed", '{"builders": [{"type": "null"}]', ['1:32 a "}" is missing']],
    ["text after the end", '{"builders": []}\n}', ['2:1 the template ends before "}"']],
    ["a string not closed", '{"builders: []}', ["1:2 a string is not closed on its line"]],
    ["a line break in a string", '{"a": "x\ny"}', ["1:7 a string is not closed on its line"]],
    ["a tab in a string", '{"description": "a\tb"}', ["1:17 a string holds a control character"]],
    ["an unknown escape", '{"description": "a\\qb"}', ["1:17 a string holds an unknown escape"]],
    ["a comment not closed", '{"a": 1 /* x', ['1:9 a comment is not closed: "*/" is missing']],
    ["a capital letter", '{"a": True}', ['1:7 unexpected "True"']],
    ["nothing", "  \n", ["1:1 the template is empty"]],
    ["no JSON at all", "variable x {}", ['1:1 unexpected "variable"']],
    ["a list", "[]", ["1:1 a template must be an object, not a list"]],
    ["brackets without end", "[".repeat(100_000), ["1:201 this JSON is nested too deep"]],
  ])("%s", (_, text, expected) => {
    const errors = reported(text).filter((each) => each.startsWith("error"));
    expect(errors.map((each) => each.replace(/^error \S+ t\.json:/, "")).slice(0, 2)).toEqual(expected);
  });
});

test("every missing comma is told, also one before a comment", () => {
  const text = '{"description": "x" // why\n "builders": [{"type": "null"} {"type": "null", "name": "b"}]}';
  expect(reported(text).map((each) => each.replace(/^.* t\.json:/, ""))).toEqual([
    "1:20 a comma is missing after this value",
    "2:31 a comma is missing after this value",
  ]);
});

describe("what JSON does not know is taken with one warning of each kind", () => {
  test.each([
    ["#", `# first\n{ # second\n${BUILDERS} }`, ["1:1"]],
    ["//", `{\n  // first\n${BUILDERS} // second\n}`, ["2:3"]],
    ["/* */", `{ /* a\n b */ ${BUILDERS} }`, ["1:3"]],
    ["the first of several", `{ // a\n # b\n ${BUILDERS} }`, ["1:3"]],
    ["the first of several, # before //", `# b\n{ // a\n ${BUILDERS} }`, ["1:1"]],
  ])("comments: %s", (_, text, places) => {
    expect(reported(text)).toEqual(
      places.map(
        (place) => `warning json-comment t.json:${place} comments are not JSON: Packer itself refuses this template`,
      ),
    );
  });

  test("commas before closing brackets", () => {
    expect(reported('{"builders": [{"type": "null",},],\n}')).toEqual([
      "warning json-trailing-comma t.json:1:30 a comma before a closing bracket is not JSON: Packer itself refuses this template",
    ]);
  });

  test("marks of comments inside strings are text", () => {
    expect(reported(`{"description": "# // /* */ , ]", ${BUILDERS}}`)).toEqual([]);
  });

  test("a byte-order mark", () => {
    expect(reported(`\ufeff{${BUILDERS}}`)).toEqual([]);
  });
});

describe("keys that stand twice are told with both places", () => {
  test.each([
    ["at the root", `{${BUILDERS},\n"builders": []}`, '2:1 the key "builders" stands twice in one object', "1:2"],
    [
      "in a builder",
      '{"builders": [{"type": "null",\n "a": 1, "a": 1}]}',
      '2:10 the key "a" stands twice in one object',
      "2:2",
    ],
    [
      "deep inside",
      `{"push": {"a": [{"b": 1,\n"b": 2}]}, ${BUILDERS}}`,
      '2:1 the key "b" stands twice in one object',
      "1:18",
    ],
  ])("%s", (_, text, expected, first) => {
    const { diagnostics } = load(text);
    expect(reported(text)).toEqual([`error duplicate-key t.json:${expected}`]);
    const start = diagnostics[0]?.related?.range.start;
    expect(`${start?.line}:${start?.column}`).toBe(first);
  });
});
