import { describe, expect, test } from "@jest/globals";
import { BakeError } from "../../../src/core/errors.js";
import { formatPlace, lineIndex } from "../../../src/core/source.js";
import type { StringNode } from "../../../src/options/node.js";
import { createBudget } from "../../../src/template/budget.js";
import { makeDecodeContext, renderText } from "../../../src/template/go-template/engine.js";
import { packerFunctions, type TextFunctionContext } from "../../../src/template/go-template/functions.js";
import { jsonLocator } from "../../../src/template/json/document.js";
import { lookups, type Outside } from "../../support/lookups.js";

/** A JSON string in a file of its own, two columns in. */
function node(json: string): { node: StringNode; locate: ReturnType<typeof jsonLocator> } {
  const text = `\n  ${json}\n`;
  const at = lineIndex(text);
  const range = { file: "t.json", start: at(3), end: at(3 + json.length) };
  return { node: { kind: "string", value: JSON.parse(json), range }, locate: jsonLocator([{ file: "t.json", text }]) };
}

function context(needs: Partial<TextFunctionContext> & Outside = {}, fields = {}) {
  const functions = packerFunctions({
    scope: "options",
    lookups: lookups(needs),
    variables: new Map([
      ["name", "Web"],
      ["late", "{{ .SourceAMI }}"],
    ]),
    build: { name: "web", type: "amazon-ebs" },
    secretVariables: undefined,
    data: undefined,
    templateDir: "/work/images",
    onSecret: undefined,
    ...needs,
  });
  return { functions, fields };
}

function render(text: string, needs: Partial<TextFunctionContext> & Outside = {}, fields = {}) {
  const { functions } = context(needs);
  const given = node(JSON.stringify(text));
  return renderText(given.node, {
    language: "json",
    onDerived: undefined,
    functions,
    fields,
    budget: createBudget(() => 0),
    locate: given.locate,
  });
}

describe("Packer's functions", () => {
  test.each([
    ['{{user "name"}}', "Web"],
    ["{{user `name` | upper}}-{{lower `ABC`}}", "WEB-abc"],
    ["{{timestamp}}", "1770091506"],
    ["{{isotime}}", "2026-02-03T04:05:06Z"],
    ["{{isotime `2006-01-02`}}", "2026-02-03"],
    ["{{isotime | clean_resource_name}}", "2026-02-03T04-05-06Z"],
    [
      "{{strftime `%Y%m%d-%H:%M:%S%L %a %A %b %B %I%p %y %z %Z %% %e %j`}}",
      "20260203-04:05:06.070 Tue Tuesday Feb February 04AM 26 +0000 UTC % %e %j",
    ],
    ["{{uuid}}", "698173f3-0102-0304-0506-0708090a0b0c"],
    ["{{build_name}} {{build_type}}", "web amazon-ebs"],
    ["{{template_dir}} {{pwd}} {{packer_version}}", "/work/images /work/images 1.16.0"],
    ["{{clean_resource_name `a:b{é}~(1) [x]./-'@_`}}", "a-b---- -(1) [x]./-'@_".replace("- -", "--")],
    [
      "{{replace `a` `b` 1 `aaa`}} {{replace `a` `b` -1 `aaa`}} {{replace `` `-` 2 `ab`}} {{replace `a` `b` 0 `a`}}",
      "baa bbb -a-b a",
    ],
    ["{{replace_all `.` `-` `1.2.3`}}", "1-2-3"],
    ["{{split `a-b-c` `-` 1}}{{(split `a,b` `,` 0) | upper}}", "bA"],
    ["{{build `ID`}}", "<unknown>"],
    ["{{ .Nothing }}", "<no value>"],
    ["{{user `nope`}}|", "|"],
    ["{{user `late`}}", "{{ .SourceAMI }}"],
  ])("%s", (text, expected) => {
    expect(render(text)).toMatchObject({ ok: true, value: expected });
  });

  test("env is accepted in variables, and with a warning elsewhere", () => {
    const env = { HOME: "/root" };
    expect(render("{{env `HOME`}}{{env `NONE`}}", { scope: "variables", env })).toEqual({
      ok: true,
      value: "/root",
      warnings: [],
    });
    expect(render("{{env `HOME`}}", { env })).toMatchObject({
      ok: true,
      value: "/root",
      warnings: [{ severity: "warning", code: "function-outside-variables" }],
    });
    expect(render("{{env `HOME`}}", { env, variables: undefined })).toMatchObject({ ok: false });
  });

  test.each([
    ["{{user `nope`}}", "undeclared-variable", /"nope" is not declared/],
    ["{{clean_ami_name `x`}}", "deprecated-function", /clean_resource_name/],
    ["{{`x` | clean_ami_name}}", "deprecated-function", /clean_resource_name/],
    ["{{if true}}{{else}}{{user `nope`}}{{end}}", "undeclared-variable", /"nope"/],
  ])("warning: %s", (text, code, summary) => {
    const result = render(text);
    expect(result).toMatchObject({ ok: true, warnings: [{ severity: "warning", code }] });
    expect(result.ok && result.warnings?.[0]?.summary).toMatch(summary);
  });
});

describe("secrets", () => {
  const secret = (value: unknown) => () => ({ state: "ready", value }) as const;
  const variables = { scope: "variables" } as const;

  test.each([
    ["{{aws_secretsmanager `db` `password`}}", '{"user":"u","password":"p1"}', "p1"],
    ["{{aws_secretsmanager `db`}}", '{"password":"only"}', "only"],
    ["{{aws_secretsmanager `db`}}", "plain text", "plain text"],
    ["{{aws_secretsmanager `db` `port`}}", '{"port":5432}', "5432"],
    ["{{aws_secretsmanager_raw `db`}}", '{"a":1}', '{"a":1}'],
  ])("%s of %s", (text, value, expected) => {
    const seen: string[] = [];
    const result = render(text, { ...variables, lookUp: secret(value), onSecret: (each) => seen.push(each) });
    expect(result).toMatchObject({ ok: true, value: expected });
    expect(seen).toEqual([expected]);
  });

  test.each([
    ["{{aws_secretsmanager `db`}}", '{"a":"1","b":"2"}', /2 fields/],
    ["{{aws_secretsmanager `db` `c`}}", '{"a":"1"}', /no field "c"/],
    ["{{aws_secretsmanager `db` `a`}}", '{"a":[1]}', /neither a string nor a number/],
    ["{{aws_secretsmanager `db`}}", "[1]", /not a JSON object with fields/],
  ])("rejected: %s of %s", (text, value, expected) => {
    const result = render(text, { ...variables, lookUp: secret(value) });
    expect(!result.ok && result.diagnostics[0]?.summary).toMatch(expected);
  });

  test("a pending secret is a placeholder", () => {
    expect(render("{{aws_secretsmanager `db`}}", { ...variables, lookUp: () => ({ state: "pending" }) })).toMatchObject(
      {
        value: "<unknown>",
      },
    );
  });

  test("a failed lookup is reported with its reason", () => {
    const lookUp = () => ({ state: "failed", message: "no such secret", hint: "Check the name." }) as const;
    expect(render("{{aws_secretsmanager `db`}}", { ...variables, lookUp })).toMatchObject({
      diagnostics: [{ code: "secret-not-read", summary: "no such secret", hint: "Check the name." }],
    });
  });
});

describe("diagnostics have the place of the error, also after escapes of JSON", () => {
  test.each([
    ['"{{nofunc}}"', "unknown-function", "2:6", 'Function "nofunc" not defined'],
    ['"a\\n\\u00e9{{uper `x`}}"', "unknown-function", "2:15", 'Function "uper" not defined'],
    ['"{{ user \\"name\\" | nofunc }}"', "unknown-function", "2:23", 'Function "nofunc" not defined'],
    ['"{{ $x }}"', "undefined-template-variable", "2:7", 'Undefined variable "$x" in {{ }}'],
    ['"x {{ user `a`"', "template-syntax", "2:6", '"{{" is not closed'],
    ['"{{ if true }}x"', "template-syntax", "2:4", "{{if}} is not closed"],
    ['"{{upper 1}}"', "template-function-arguments", "2:6", 'Argument 1 of "upper" must be string, but it is int'],
    ['"{{upper}}"', "template-function-arguments", "2:6", 'Wrong number of arguments for "upper": expected 1, got 0'],
    [
      '"{{isotime `a` `b`}}"',
      "template-function-arguments",
      "2:6",
      'Wrong number of arguments for "isotime": expected 0 to 1, got 2',
    ],
    [
      '"{{split `a-b` `-` 2}}"',
      "template-function-failed",
      "2:6",
      'Part 2 does not exist: "-" splits the text into 2 parts',
    ],
    ['"{{sed `s/a/b/` `x`}}"', "removed-function", "2:6", '"sed" was removed from Packer'],
    ['"{{vault `a` `b`}}"', "function-not-allowed", "2:6", '"vault" is allowed only in the "variables" section'],
  ])("%s", (json, code, place, summary) => {
    const given = node(json);
    const result = renderText(given.node, {
      language: "json",
      onDerived: undefined,
      ...context(),
      budget: createBudget(() => 0),
      locate: given.locate,
    });
    expect(result.ok).toBe(false);
    const [first] = result.ok ? [] : result.diagnostics;
    expect([first?.code, first?.summary, first?.range && formatPlace(first.range)]).toEqual([
      code,
      summary,
      `t.json:${place}`,
    ]);
  });

  test.each([
    ["{{consul_key `a`}}", /"consul_key" is not supported/],
    ["{{vault `a` `b`}}", /"vault" is not supported/],
    ["{{clean_resource_name `a`}}", /Function "clean_resource_name" not defined/],
    ["{{build_name}}", /"build_name" is not available here/],
    ["{{user `other`}}", /Variable "other" is not set/],
  ])("in variables: %s", (text, expected) => {
    const result = render(text, { scope: "variables", build: undefined });
    expect(!result.ok && result.diagnostics[0]?.summary).toMatch(expected);
  });

  test.each([
    ["{{user `x`}}", { variables: undefined }, /"user" is available in JSON templates only/],
    ["{{template_dir}}", { templateDir: undefined }, /directory of the template is not known/],
    ["{{build `Nope`}}", { data: { ID: "i-1" } }, /"build" has no value "Nope" here/],
  ])("%s", (text, needs, expected) => {
    const result = render(text, needs);
    expect(!result.ok && result.diagnostics[0]?.summary).toMatch(expected);
  });

  test("an endless loop is stopped", () => {
    expect(render("{{range 100000000}}x{{end}}")).toMatchObject({ ok: false });
    expect(render('{{define "r"}}{{template "r"}}{{end}}{{template "r"}}')).toMatchObject({ ok: false });
  });
});

describe("late text", () => {
  const late = (text: string, needs: Partial<TextFunctionContext> = {}) => {
    const given = node(JSON.stringify(text));
    const attempt = makeDecodeContext({
      language: "json",
      onDerived: undefined,
      ...context(needs),
      budget: createBudget(() => 0),
      locate: given.locate,
    }).compile(given.node);
    if (!attempt.ok) throw new Error(attempt.diagnostics[0]?.summary);
    return attempt.value;
  };

  test("is compiled once and rendered with fields", () => {
    const text = late("{{ .Path }}-{{ .Tags.Name }}-{{ index .Tags `a-b` }}-{{ .Tags.none }}-{{ .Count }}");
    const fields = (path: string) => ({ Path: path, Tags: { Name: "n", "a-b": "c" }, Count: 3 });
    expect(text.render(fields("/a"))).toBe("/a-n-c-<no value>-3");
    expect(text.render(fields("/b"))).toBe("/b-n-c-<no value>-3");
  });

  test("renders template text in variables, but not in data", () => {
    expect(late("{{user `late`}}").render({ SourceAMI: "ami-1" })).toBe("ami-1");
    expect(late("{{ .Name }}|{{user `late`}}").render({ Name: "{{ timestamp }}", SourceAMI: "{{" })).toBe(
      "{{ timestamp }}|{{",
    );
  });

  test("reports syntax errors and unknown functions when it is compiled", () => {
    expect(() => late("{{ .Path | nofunc }}")).toThrow('Function "nofunc" not defined');
    expect(() => late("{{ if .X }}")).toThrow("{{if}} is not closed");
  });

  test("fails with the place of the option", () => {
    const text = late("ab{{ upper .Missing }}");
    expect(() => text.render({})).toThrow(BakeError);
    try {
      text.render({});
    } catch (error) {
      expect(error instanceof BakeError && error.range && formatPlace(error.range)).toBe("t.json:2:9");
    }
  });

  test("text that produces itself is stopped", () => {
    const variables = new Map([["a", "x{{user `a`}}"]]);
    expect(() => late("{{user `a`}}", { variables }).render({})).toThrow("never stops producing new template text");
  });
});
