import { describe, expect, test } from "@jest/globals";
import type { TemplateInputs } from "../../../src/template/template.js";
import type { Outside } from "../../support/lookups.js";
import { load, reported } from "./loading.js";

const template = (variables: Record<string, string | null>, more = "") =>
  `{"variables": ${JSON.stringify(variables)}, ${more}"builders": [{"type": "null"}]}`;

function values(variables: Record<string, string | null>, inputs: Partial<TemplateInputs> = {}, outside: Outside = {}) {
  const loaded = load(template(variables), inputs, outside);
  return Object.fromEntries((loaded.template?.variables ?? []).map(({ name, valueText }) => [name, valueText]));
}

describe("values of variables", () => {
  test("come from defaults, files and -var, in that order; undeclared variables are accepted", () => {
    const files = { "a.json": '{"x": "file a", "y": "file a"}', "b.json": '{"y": "file b"}' };
    const inputs = {
      variableFiles: ["a.json", "b.json"],
      variables: [
        { name: "z", value: "first" },
        { name: "z", value: "last=1" },
        { name: "extra", value: "given" },
      ],
    };
    expect(values({ w: "default", x: "default", y: "default", z: "default" }, inputs, { files })).toEqual({
      w: "default",
      x: "file a",
      y: "file b",
      z: "last=1",
      extra: "given",
    });
  });

  test("may use other variables, in any order, and the environment", () => {
    const given = { a: "{{user `b`}}!", b: "{{user `c`}}-{{env `HOME`}}", c: "{{env `NONE`}}", d: "{{user `given`}}" };
    expect(
      values(given, { variables: [{ name: "given", value: "{{user `c`}}v" }] }, { env: { HOME: "/root" } }),
    ).toEqual({
      a: "-/root!",
      b: "-/root",
      c: "",
      d: "v",
      given: "v",
    });
  });

  test("fields that are rendered later are kept", () => {
    const given = {
      a: "{{ .SourceAMI }}",
      b: "pre-{{user `c`}}-{{.Y}} {{ .Z | upper }}",
      c: "x",
      d: "{{- .Gone -}}",
      e: "{{if .X}}y{{end}}",
      f: "{{`{{timestamp}}`}}",
    };
    expect(values(given)).toEqual({
      a: "{{ .SourceAMI }}",
      b: "pre-x-{{.Y}} {{ .Z | upper }}",
      c: "x",
      d: "<no value>",
      e: "",
      f: "{{timestamp}}",
    });
  });
});

describe("errors in variables", () => {
  test.each<[string, Record<string, string | null>, readonly string[]]>([
    [
      "all required variables without a value",
      { a: null, b: null },
      [
        "error required-variable t.json:1:16 Required variable not set: a",
        "error required-variable t.json:1:25 Required variable not set: b",
      ],
    ],
    [
      "a variable that uses a required one is not reported too",
      { a: null, b: "{{user `a`}}" },
      ["error required-variable t.json:1:16 Required variable not set: a"],
    ],
    [
      "a cycle",
      { a: "{{user `b`}}", b: "x{{user `a`}}" },
      [
        'error variable-cycle t.json:1:23 Variable "a" cannot be resolved: it depends on "b", which cannot be resolved either',
        'error variable-cycle t.json:1:43 Variable "b" cannot be resolved: it depends on "a", which cannot be resolved either',
      ],
    ],
    [
      "an undeclared variable",
      { a: "{{user `nope`}}" },
      ['error undeclared-variable t.json:1:23 Variable "a" cannot be resolved: it uses "nope", which is not declared'],
    ],
    ["an unknown function", { a: "{{envv `X`}}" }, ['error unknown-function t.json:1:23 Function "envv" not defined']],
    ["invalid template text", { a: "{{env `X`" }, ['error template-syntax t.json:1:21 "{{" is not closed']],
    [
      "vault",
      { a: "{{vault `a` `b`}}" },
      ['error unsupported-function t.json:1:23 "vault" is not supported: bake-ami cannot read from Vault'],
    ],
  ])("%s", (_, variables, expected) => {
    expect(reported(template(variables))).toEqual(expected);
  });

  test.each([
    [
      "a missing file",
      "none.json",
      {},
      ['error file-not-read - Could not read "none.json": no such file or directory'],
    ],
    [
      "a value that is not a string",
      "v.json",
      { "v.json": '{\n "a": 5}' },
      ['error variable-not-text v.json:2:7 Variable "a" must be a string, not a number'],
    ],
    [
      "invalid JSON",
      "v.json",
      { "v.json": '{"a": "b"\n "c": "d"}' },
      ["error json-syntax v.json:1:10 Missing comma after this value"],
    ],
    [
      "a list",
      "v.json",
      { "v.json": "[]" },
      ["error variable-file v.json:1:1 A variable file must be a JSON object, not a list"],
    ],
    [
      "invalid template text",
      "v.json",
      { "v.json": '{"a": "{{nofunc}}"}' },
      ['error unknown-function v.json:1:10 Function "nofunc" not defined'],
    ],
  ])("a variable file: %s", (_, path, files, expected) => {
    expect(reported(template({ a: "x" }), { variableFiles: [path] }, { files })).toEqual(expected);
  });

  test("an error in -var has the place of the flag", () => {
    expect(reported(template({ a: "x" }), { variables: [{ name: "a", value: "x{{nofunc}}" }] })).toEqual([
      'error unknown-function -var a:1:4 Function "nofunc" not defined',
    ]);
  });

  test("with -syntax-only variables may be missing", () => {
    expect(reported(template({ a: null, b: "{{user `c`}}" }), { syntaxOnly: true })).toEqual([]);
  });
});

describe("secrets", () => {
  test("values of sensitive variables, and each line of those with several", () => {
    const text = template(
      { a: "s3cret", b: "", c: "line one\nx\nline two", d: "open" },
      '"sensitive-variables": ["a", "b", "c"], ',
    );
    const { secrets, template: loaded } = load(text);
    expect(secrets).toEqual(["s3cret", "line one\nx\nline two", "line one", "line two"]);
    expect(loaded?.variables.filter(({ sensitive }) => sensitive).map(({ name }) => name)).toEqual(["a", "b", "c"]);
  });

  test("results of secret functions; each pending request is listed once", () => {
    const text = template(
      { a: "{{aws_secretsmanager `db` `p`}}", b: "{{aws_secretsmanager `db` `q`}}" },
      '"sensitive-variables": ["a"], ',
    );
    const waiting = load(text, {}, { lookUp: () => ({ state: "pending" }) });
    expect(waiting.pending).toEqual([{ kind: "aws_secretsmanager", arguments: { name: "db" } }]);
    expect(waiting.secrets).toEqual([]);
    const ready = load(text, {}, { lookUp: () => ({ state: "ready", value: '{"p":"one","q":"two"}' }) });
    expect([ready.pending, ready.secrets]).toEqual([[], ["one", "two"]]);
  });
});
