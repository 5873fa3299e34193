import { describe, expect, test } from "@jest/globals";
import { codesOf, loadText } from "./loading.js";

const valueOfA = (...args: Parameters<typeof loadText>) => loadText(...args).template?.variables[0]?.valueText;

describe("precedence", () => {
  const files = {
    "t.pkr.hcl": 'variable "a" { default = "default" }',
    "b.auto.pkrvars.hcl": 'a = "auto b"',
    "a.auto.pkrvars.json": '{ "a": "auto a" }',
    "x.pkrvars.hcl": 'a = "file x"',
    "y.pkrvars.hcl": 'a = "file y"',
  };
  const { "t.pkr.hcl": main } = files;

  test.each([
    ["the default", { "t.pkr.hcl": main }, {}, {}, "default"],
    ["the environment", { "t.pkr.hcl": main }, {}, { env: { PKR_VAR_a: "env", PKR_VAR_zz: "x" } }, "env"],
    ["automatic files, JSON last", files, {}, { env: { PKR_VAR_a: "env" } }, "auto a"],
    ["files in order", files, { variableFiles: ["y.pkrvars.hcl", "x.pkrvars.hcl"] }, {}, "file x"],
    [
      "the command line in order",
      files,
      {
        variableFiles: ["x.pkrvars.hcl"],
        variables: [
          { name: "a", value: "1" },
          { name: "a", value: "2" },
        ],
      },
      {},
      "2",
    ],
    ["no automatic files for a file", files, { path: "t.pkr.hcl" }, {}, "default"],
  ])("%s", (_, given, inputs, outside, expected) => {
    expect(valueOfA(given, inputs, outside)).toBe(expected);
  });
});

describe("types of values from the command line", () => {
  test.each([
    ["string", "[1]", "[1]"],
    ["number", "12", "12"],
    ["any", "[1]", "[1]"],
    ["bool", "true", "true"],
    ["list(string)", '["a", 1]', '[\n  "a",\n  "1",\n]'],
    ["map(number)", "{ a = 1 }", '{\n  "a" = 1\n}'],
    ["object({ a = string, b = optional(number, 5) })", '{ a = "x" }', '{\n  "a" = "x"\n  "b" = 5\n}'],
    [
      'object({ a = optional(list(object({ b = optional(string, "z") })), [{}]) })',
      "{}",
      '{\n  "a" = [\n    {\n      "b" = "z"\n    },\n  ]\n}',
    ],
    ["set(string)", '["b", "a", "b"]', '[\n  "a",\n  "b",\n]'],
    ["tuple([string, number])", '[1, "2"]', '[\n  "1",\n  2,\n]'],
  ])("%s accepts %s", (type, value, expected) => {
    const inputs = { variables: [{ name: "a", value }] };
    expect(valueOfA(`variable "a" { type = ${type} }`, inputs)).toBe(expected);
  });

  test.each([
    ["number", "x", "wrong-variable-value"],
    ["list(string)", "a", "wrong-variable-value@1:1"],
    ["list(string)", "[", "wrong-variable-value@1:2"],
    ["map(number)", '{ a = "x" }', "wrong-variable-value"],
  ])("%s rejects %s", (type, value, code) => {
    const loaded = loadText(`variable "a" { type = ${type} }`, { variables: [{ name: "a", value }] });
    expect(codesOf(loaded)).toContain(code);
  });

  test("infers the type from the default", () => {
    const inputs = { variables: [{ name: "a", value: '["x"]' }] };
    expect(
      valueOfA('variable "a" { default = ["y", "z"] }', { variables: [{ name: "a", value: '["x", "y"]' }] }),
    ).toMatch(/x/);
    expect(codesOf(loadText('variable "a" { default = ["y", "z"] }', inputs))).toEqual(["wrong-variable-value"]);
    expect(valueOfA('variable "a" { default = [] }', inputs)).toBe('["x"]');
  });
});

describe("declarations", () => {
  test("env() in a default returns an empty string for an unset variable", () => {
    const text = 'variable "a" { default = "${env("HOME")}-${env("NOPE")}" }';
    expect(valueOfA(text, {}, { env: { HOME: "/h" } })).toBe("/h-");
  });

  test("a function that a default cannot call has a hint", () => {
    const hints = (call: string) => loadText(`variable "a" { default = ${call} }`).diagnostics.map(({ hint }) => hint);
    expect(hints('upper("x")')).toEqual(["Define a local value instead: the default of a variable can call only env."]);
    expect(hints('evn("HOME")')).toEqual(['Did you mean "env"?']);
  });

  test("reads the short form", () => {
    const loaded = loadText('variables {\n  a = "x"\n  b = [1]\n}');
    expect(loaded.template?.variables.map(({ name, valueText }) => [name, valueText])).toEqual([
      ["a", "x"],
      ["b", "[\n  1,\n]"],
    ]);
  });

  test("returns type, description and sensitivity of a variable", () => {
    const text =
      'variable "a" {\n  type = list( string )\n  description = "d"\n  sensitive = true\n  default = ["s3cret"]\n}';
    const loaded = loadText(text);
    expect(loaded.template?.variables[0]).toMatchObject({ type: "list(string)", description: "d", sensitive: true });
    expect(loaded.secrets).toEqual(["s3cret"]);
  });

  test("locals and options with sensitive values are sensitive", () => {
    const loaded = loadText(`
      variable "p" {
        default = "hush"
        sensitive = true
      }
      local "q" {
        expression = "quiet"
        sensitive = true
      }
      locals { url = "https://\${var.p}@host" }
      source "null" "a" {
        x = local.url
        y = upper(local.q)
        z = "plain"
      }
      build { sources = ["null.a"] }`);
    expect(codesOf(loaded)).toEqual([]);
    expect([...loaded.secrets].sort()).toEqual(["https://hush@host", "hush", "quiet"]);
    expect(loaded.template?.builds[0]?.builder.options(undefined).secrets).toEqual(["https://hush@host", "QUIET"]);
  });
});

describe("validation", () => {
  const rule = (condition: string, message = "Must be long.") =>
    `variable "a" {\n  default = "x"\n  validation {\n    condition = ${condition}\n    error_message = "${message}"\n  }\n}`;

  test.each([
    ["holds", rule('var.a == "x"'), []],
    ["fails", rule("length(var.a) > 3"), ["invalid-variable@2:13"]],
    ["is not a bool", rule("var.a"), ["wrong-validation@4:17"]],
    ["refers to another", rule("var.b == var.a"), ["wrong-validation@4:17"]],
    ["refers to nothing", rule("true"), ["wrong-validation@4:17"]],
    ["has an error message that is not a sentence", rule('var.a == "x"', "no sentence"), ["wrong-error-message@5:21"]],
    ["may use can and regex", rule('can(regex("^x$", var.a))'), []],
  ])("a rule that %s", (_, text, expected) => {
    expect(codesOf(loadText(text))).toEqual(expected);
  });

  test("checks only the value in effect", () => {
    const inputs = { variables: [{ name: "a", value: "long enough" }] };
    expect(codesOf(loadText(rule("length(var.a) > 3"), inputs))).toEqual([]);
  });
});

describe("undeclared variables", () => {
  const files = { "t.pkr.hcl": 'variable "region" { default = "x" }', "x.pkrvars.hcl": 'regoin = "y"' };

  test("-var is an error", () => {
    const loaded = loadText(files, { variables: [{ name: "regoin", value: "y" }] });
    expect(loaded.diagnostics).toMatchObject([
      { code: "misspelled-given-variable", severity: "error", hint: 'Did you mean "region"?' },
    ]);
  });

  test("a variable file gives a warning when requested", () => {
    expect(codesOf(loadText(files, { variableFiles: ["x.pkrvars.hcl"] }))).toEqual([]);
    const loaded = loadText(files, { variableFiles: ["x.pkrvars.hcl"], warnOnUndeclaredVariables: true });
    expect(loaded.diagnostics).toMatchObject([{ code: "undeclared-file-variable", severity: "warning" }]);
  });

  test("a variable block in a variable file is an error", () => {
    const loaded = loadText(
      { ...files, "z.pkrvars.hcl": 'variable "region" {}' },
      { variableFiles: ["z.pkrvars.hcl"] },
    );
    expect(codesOf(loaded)).toEqual(["variable-block-in-values@1:1"]);
  });
});
