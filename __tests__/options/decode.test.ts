import { describe, expect, test } from "@jest/globals";
import { formatPlace } from "../../src/core/source.js";
import type { Field } from "../../src/options/decoding.js";
import {
  choice,
  duration,
  flag,
  integer,
  json,
  late,
  lateMap,
  list,
  map,
  object,
  objects,
  parsed,
  text,
} from "../../src/options/fields.js";
import type { ObjectNode } from "../../src/options/node.js";
import { type CheckContext, decodeOptions, schema } from "../../src/options/schema.js";
import { context, node } from "../support/option-nodes.js";

function options(json: string): ObjectNode {
  const parsedNode = node(json);
  if (parsedNode.kind !== "object") throw new Error("not an object");
  return parsedNode;
}

/** Decodes `{"o": VALUE}` by one field; returns the value, or the error with its column. */
function decode(field: Field<unknown>, value: string, language: "json" | "hcl2" = "json"): unknown {
  const decoded = decodeOptions(schema({ o: field }), options(`{"o": ${value}}`), context(language));
  const [first] = decoded.diagnostics;
  return first ? `${first.range?.start.column} ${first.summary}` : (decoded.value as { o: unknown } | undefined)?.o;
}

const doc = { doc: "An option." };
const even = parsed("even", (value) => (Number(value) % 2 ? { complaint: "is odd" } : { value: Number(value) }), doc);

describe("weak decoding of JSON", () => {
  test.each<[string, Field<unknown>, string, unknown]>([
    ["text", text(doc), '"a{{x}}"', "aX"],
    ["text of a number", text(doc), "5", "5"],
    ["text of a float", text(doc), "5.50", "5.5"],
    ["text of a whole float", text(doc), "20.0", "20"],
    ["text of an exponent", text(doc), "1e3", "1000"],
    ["text of true", text(doc), "true", "1"],
    ["text of false", text(doc), "false", "0"],
    ["text of null", text(doc), "null", undefined],
    ["text of null with a default", text({ ...doc, default: "d" }), "null", "d"],
    ["text of a list", text(doc), '["a"]', '7 "o" must be a string, not a list'],
    ["text of an object", text(doc), '{"a": 1}', '7 "o" must be a string, not an object'],
    ["invalid template text", text(doc), '"{{bad}}"', "7 no such function"],
    ["integer", integer(doc), "20", 20],
    ["integer of text", integer(doc), '"20"', 20],
    ["integer of hexadecimal", integer(doc), '"0x1F"', 31],
    ["integer of octal", integer(doc), '"010"', 8],
    ["integer of a bad octal", integer(doc), '"09"', '7 "o" must be a whole number, not "09"'],
    ["integer of a negative", integer(doc), '"-3"', -3],
    ["integer of a whole float", integer(doc), "20.0", 20],
    ["integer of a fraction", integer(doc), "1.5", '7 "o" must be a whole number; bake-ami reads 1.5 as 1'],
    ["integer of a huge number", integer(doc), "1e300", '7 "o" must be a whole number, not 1e300'],
    ["integer of a fraction in text", integer(doc), '"1.5"', '7 "o" must be a whole number, not "1.5"'],
    ["integer of true", integer(doc), "true", 1],
    ["integer of nothing", integer(doc), '""', undefined],
    ["integer of words", integer(doc), '"many"', '7 "o" must be a whole number, not "many"'],
    ["integer of a list", integer(doc), "[1]", '7 "o" must be a whole number, not a list'],
    ["flag", flag(doc), "true", true],
    ["flag of T", flag(doc), '"T"', true],
    ["flag of 0", flag(doc), '"0"', false],
    ["flag of a number", flag(doc), "2", true],
    ["flag of nothing", flag({ ...doc, default: true }), '""', true],
    ["flag of a word", flag(doc), '"maybe"', '7 "o" must be true or false, not "maybe"'],
    ["flag of a list", flag(doc), "[]", '7 "o" must be true or false, not a list'],
    ["duration", duration(doc), '"1h30m"', 5_400_000],
    ["duration with a fraction", duration(doc), '"1.5s"', 1500],
    ["duration in small units", duration(doc), '"250ms500us"', 250.5],
    ["negative duration", duration(doc), '"-2s"', -2000],
    ["duration of a number", duration(doc), "5000000", 5],
    ["duration of zero", duration(doc), '"0"', 0],
    ["duration without unit", duration(doc), '"30"', '7 "o" has no unit: "30"'],
    ["duration of a word", duration(doc), '"soon"', '7 "o" is not a duration: "soon"'],
    ["empty duration", duration(doc), '""', '7 "o" is not a duration: ""'],
    ["choice", choice(["a", "b"], doc), '"b"', "b"],
    ["empty choice", choice(["a", "b"], { ...doc, default: "a" }), '""', "a"],
    ["wrong choice", choice(["a", "b"], doc), '"c"', '7 "o" must be one of "a", "b", not "c"'],
    ["list", list(text(doc), doc), '["a", 1, true]', ["a", "1", "1"]],
    ["list of text with commas", list(text(doc), doc), '"a,{{x}},c"', ["a", "X", "c"]],
    ["list of one", list(integer(doc), doc), "5", [5]],
    ["list of empty text", list(text(doc), doc), '""', []],
    ["list with a wrong item", list(integer(doc), doc), '[1, "x"]', '11 "o[1]" must be a whole number, not "x"'],
    ["map", map(doc), '{"a": "1", "{{x}}": 2, "c": true, "d": null}', { a: "1", X: "2", c: "1", d: "" }],
    ["map in a list", map(doc), '[{"a": "1"}]', { a: "1" }],
    ["map of an empty list", map(doc), "[]", {}],
    ["map of text", map(doc), '"a"', '7 "o" must be a map, not a string'],
    ["map with a list in it", map(doc), '{"a": []}', '13 "o.a" must be a string, not a list'],
    ["object", object({ a: text(doc) }, doc), '{"A": "x"}', { a: "x" }],
    ["object in a list", object({ a: text(doc) }, doc), '[{"a": "x"}]', { a: "x" }],
    ["object of text", object({ a: text(doc) }, doc), '"x"', '7 "o" must be an object, not a string'],
    ["unknown key in an object", object({ a: text(doc) }, doc), '{"b": 1}', '8 Unknown configuration key: "o.b"'],
    ["objects", objects({ a: text(doc) }, doc), '[{"a": "x"}, {}]', [{ a: "x" }, { a: undefined }]],
    ["one object", objects({ a: text(doc) }, doc), '{"a": "x"}', [{ a: "x" }]],
    [
      "unknown key in objects",
      objects({ abc: text(doc) }, doc),
      '[{}, {"abd": 1}]',
      '13 Unknown configuration key: "o[1].abd"',
    ],
    ["missing in objects", objects({ a: text({ ...doc, required: true }) }, doc), "[{}]", '8 "o[0].a" is required'],
    ["json", json(doc), '{"a": [1, "{{x}}", null, true]}', { a: [1, "X", null, true] }],
    ["parsed", even, '"4"', 4],
    ["parsed with an error", even, '"3"', '7 "o" is odd'],
  ])("%s", (_, field, value, expected) => {
    expect(decode(field, value)).toEqual(expected);
  });
});

describe("HCL2 converts less", () => {
  test.each<[string, Field<unknown>, string, unknown]>([
    ["text of true", text(doc), "true", "true"],
    ["text of a number", text(doc), "5", "5"],
    ["flag of text", flag(doc), '"true"', true],
    ["flag of T", flag(doc), '"T"', '7 "o" must be true or false, not "T"'],
    ["flag of a number", flag(doc), "1", '7 "o" must be true or false, not a number'],
    ["integer of text", integer(doc), '"20"', 20],
    ["integer of true", integer(doc), "true", '7 "o" must be a whole number, not a boolean'],
    ["duration of a number", duration(doc), "30", '7 "o" has no unit: "30"'],
    ["list of text", list(text(doc), doc), '"a,b"', '7 "o" must be a list, not a string'],
    ["map", map(doc), '{"a": true}', { a: "true" }],
  ])("%s", (_, field, value, expected) => {
    expect(decode(field, value, "hcl2")).toEqual(expected);
  });

  test.each([
    ["an argument for a block", "attribute", object({ a: text(doc) }, doc), '"o" must be a block, not an argument'],
    ["a block for an argument", "block", text(doc), '"o" must be an argument, not a block'],
  ] as const)("%s", (_, form, field, expected) => {
    const given = options(`{"o": ${form === "block" ? '"x"' : '{"a": "x"}'}}`);
    const entries = given.entries.map((entry) => ({ ...entry, form }));
    const { diagnostics } = decodeOptions(schema({ o: field }), { ...given, entries }, context("hcl2"));
    expect(diagnostics.map(({ summary }) => summary)).toEqual([expected]);
  });

  test("repeated blocks become a list; an object or argument may be set once", () => {
    const given = options('{"o": {"a": "1"}, "O": {"a": "2"}}');
    const blocks = { ...given, entries: given.entries.map((entry) => ({ ...entry, form: "block" as const })) };
    const many = decodeOptions(schema({ o: objects({ a: text(doc) }, doc) }), blocks, context("hcl2"));
    expect(many.value).toEqual({ o: [{ a: "1" }, { a: "2" }] });
    const one = decodeOptions(schema({ o: object({ a: text(doc) }, doc) }), blocks, context("hcl2"));
    expect(one.diagnostics[0]?.summary).toBe('"o" is set more than once');
    const twice = decodeOptions(schema({ o: map(doc) }), given, context());
    expect(twice.diagnostics.map(({ code, range }) => [code, range && formatPlace(range)])).toEqual([
      ["repeated-option", "o.json:1:19"],
    ]);
  });
});

describe("values that are not known yet", () => {
  test.each<[string, Field<unknown>, unknown]>([
    ["text", text(doc), "<unknown>"],
    ["integer", integer(doc), undefined],
    ["flag", flag({ ...doc, default: true }), true],
    ["duration", duration(doc), undefined],
    ["choice", choice(["a"], { ...doc, default: "a" }), "a"],
    ["list", list(text(doc), doc), []],
    ["map", map(doc), {}],
    ["object", object({ a: text({ ...doc, required: true }) }, doc), undefined],
    ["parsed", even, undefined],
  ])("%s", (_, field, expected) => {
    expect(decode(field, '{"?": 0}')).toEqual(expected);
  });

  test.each<[string, Field<unknown>]>([
    ["integer", integer(doc)],
    ["flag", flag(doc)],
    ["duration", duration(doc)],
    ["choice", choice(["a"], doc)],
    ["parsed", even],
  ])("text with a placeholder: %s", (_, field) => {
    expect(decode(field, '"1{{later}}"')).toBeUndefined();
  });
});

describe("late text", () => {
  test("of text, numbers and maps", () => {
    const fields = { a: late(doc), b: late(doc), c: lateMap(doc) };
    const given = options('{"a": "{{.F}}-{{x}}", "b": true, "c": {"k{{.F}}": "v{{.F}}", "n": 1}}');
    const { value } = decodeOptions(schema(fields), given, context());
    expect(value?.a?.render({ F: "f" })).toBe("f-X");
    expect(value?.b?.render({})).toBe("1");
    expect(value?.c.map(({ key, value: each }) => [key.render({ F: "f" }), each.render({ F: "f" })])).toEqual([
      ["kf", "vf"],
      ["n", "1"],
    ]);
  });
});

const checks: CheckContext = {
  pathKind: () => "missing",
  pathFromTemplate: () => undefined,
  readText: () => undefined,
  env: () => undefined,
  now: () => 0,
};

describe("schemas", () => {
  const definition = schema(
    {
      ami_name: text({ doc: "Name.", required: true }),
      region: text(doc),
      secret_key: text({ doc: "Key.", secret: true }),
      vault: text({ doc: "Vault.", unsupported: "Use something else." }),
      old: text({ doc: "Old.", deprecated: "it has no effect" }),
      count: integer(doc),
      file: text(doc),
    },
    {
      renamed: { ssh_wait_timeout: "region" },
      check: (value, complaints, outside) => {
        if (value.ami_name.length < 3) complaints.error("ami_name", "too short", "Write more.");
        if (value.file && outside.pathKind(value.file) === "missing")
          complaints.error("file", `no such file: '${value.file}'`);
        if (!value.count) complaints.warning("count", "no count");
      },
    },
  );
  const reported = (json: string) =>
    decodeOptions(definition, options(json), context(), checks).diagnostics.map(
      ({ severity, code, range, summary }) => `${severity} ${code} ${range?.start.column} ${summary}`,
    );

  test.each<[string, string, readonly string[]]>([
    ["no errors", '{"ami_name": "web", "count": 1}', []],
    ["missing, with the place of the object", '{"count": 1}', ['error missing-option 1 "ami_name" is required']],
    [
      "unknown, similar to a known one",
      '{"ami_nmae": "x", "ami_name": "web", "count": 1}',
      ['error unknown-option 2 Unknown configuration key: "ami_nmae"'],
    ],
    ["keys of Packer itself", '{"packer_debug": true, "type": "x", "ami_name": "web", "count": 1}', []],
    [
      "not supported",
      '{"ami_name": "web", "vault": "x", "count": 1}',
      ['warning unsupported-option 21 "vault" is not supported yet; builds that use it fail'],
    ],
    [
      "deprecated",
      '{"ami_name": "web", "old": "x", "count": 1}',
      ['warning deprecated-option 21 "old" is deprecated: it has no effect'],
    ],
    [
      "renamed",
      '{"ami_name": "web", "ssh_wait_timeout": "x", "count": 1}',
      ['warning renamed-option 21 "ssh_wait_timeout" was renamed to "region"'],
    ],
    [
      "checks run after errors too, and do not report the same options again",
      '{"bogus": 1, "ami_name": "x", "count": "y", "file": "f"}',
      [
        'error unknown-option 2 Unknown configuration key: "bogus"',
        'error wrong-option-value 40 "count" must be a whole number, not "y"',
        "error invalid-options 26 too short",
        "error invalid-options 53 no such file: 'f'",
      ],
    ],
    ["checks do not report unknown values", '{"ami_name": "web", "count": 1, "file": "{{later}}/x"}', []],
    ["a check that fails on a missing option", '{"file": "f"}', ['error missing-option 1 "ami_name" is required']],
  ])("%s", (_, json, expected) => {
    expect(reported(json)).toEqual(expected);
  });

  test("hints", () => {
    const hints = (json: string) =>
      decodeOptions(definition, options(json), context()).diagnostics.map(({ hint }) => hint);
    expect(hints('{"ami_nmae": "x"}')).toEqual(['Did you mean "ami_name"?', 'Set "ami_name": "…".']);
    expect(hints('{"ami_name": "x", "_comment": "y"}')[0]).toMatch(/to the root of the template/);
  });

  test.each<[string, "json" | "hcl2", Field<unknown>, string]>([
    ["a string in JSON", "json", text({ ...doc, required: true }), 'Set "o": "…".'],
    ["a string in HCL2", "hcl2", text({ ...doc, required: true }), 'Set o = "…".'],
    ["a number", "hcl2", integer({ ...doc, required: true }), "Set o = …."],
    ["a list", "json", list(text(doc), { ...doc, required: true }), 'Set "o": [ … ].'],
    ["an object in JSON", "json", object({ a: text(doc) }, { ...doc, required: true }), 'Set "o": { … }.'],
    ["a block in HCL2", "hcl2", object({ a: text(doc) }, { ...doc, required: true }), "Set o { … }."],
  ])("the hint for %s that is required", (_, language, field, expected) => {
    const { diagnostics } = decodeOptions(schema({ o: field }), options("{}"), context(language));
    expect(diagnostics.map(({ hint }) => hint)).toEqual([expected]);
  });

  test.each([
    ["json", 'Move the comment to the root of the template: "_" starts a comment only there.'],
    ["hcl2", 'Write the comment with "#".'],
  ] as const)("the hint for a comment key in %s", (language, expected) => {
    const { diagnostics } = decodeOptions(schema({ o: text(doc) }), options('{"_why": "x"}'), context(language));
    expect(diagnostics.map(({ hint }) => hint)).toEqual([expected]);
  });

  test("secrets and places", () => {
    const decoded = decodeOptions(definition, options('{"ami_name": "web", "secret_key": "s3{{x}}"}'), context());
    expect(decoded.secrets).toEqual(["s3X"]);
    expect(formatPlace(decoded.place("secret_key"))).toBe("o.json:1:35");
    expect(formatPlace(decoded.place("region"))).toBe("o.json:1:1");
  });
});
