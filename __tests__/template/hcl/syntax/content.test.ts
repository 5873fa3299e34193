import { describe, expect, test } from "@jest/globals";
import type { Block, Body, BodySchema } from "../../../../src/template/hcl/syntax/body.js";
import { content, justAttributes, partialContent } from "../../../../src/template/hcl/syntax/content.js";
import { parseJsonConfig } from "../../../../src/template/hcl/syntax/json/bodies.js";
import { staticExpression } from "../../../../src/template/hcl/syntax/json/expressions.js";
import { parseConfig } from "../../../../src/template/hcl/syntax/parse.js";
import { sketch } from "./tree.js";

const SCHEMA: BodySchema = {
  attributes: [{ name: "name", required: true }, { name: "size" }],
  blocks: [{ type: "source", labels: ["type", "name"] }, { type: "tag" }],
};

const TAG: BodySchema = { attributes: [{ name: "key" }] };

function native(text: string): Body {
  const { body, diagnostics } = parseConfig({ file: "x.pkr.hcl", text });
  expect(diagnostics).toEqual([]);
  return body;
}

function json(value: unknown): Body {
  const text = typeof value === "string" ? value : JSON.stringify(value, undefined, 1);
  const { body, diagnostics } = parseJsonConfig({ file: "x.pkr.json", text });
  expect(diagnostics).toEqual([]);
  return body;
}

function summaries(
  diagnostics: readonly {
    summary: string;
    hint?: string | undefined;
    range?: { start: { line: number } } | undefined;
  }[],
): string[] {
  return diagnostics.map(({ summary, hint, range }) => `${range?.start.line} ${summary}${hint ? ` | ${hint}` : ""}`);
}

function sketchBlock(block: Block): string {
  const inner = content(block.body, TAG);
  expect(inner.diagnostics).toEqual([]);
  const attributes = [...inner.content.attributes.values()].map(
    ({ name, expression }) => `${name}=${sketch(expression)}`,
  );
  return `${[block.type, ...block.labels.map(({ text }) => text)].join(".")}{${attributes.join(" ")}}`;
}

describe("content", () => {
  test.each([
    ["native", native('name = "x"\nsize = 1\nsource "a" "b" {}\ntag {\n  key = var.k\n}\ntag {}\nsource "a" "c" {}\n')],
    [
      "json",
      json({
        "//": "comment",
        name: "x",
        source: { a: { b: {} } },
        size: 1,
        tag: [{ key: "${var.k}", "//": "comment" }, {}],
      }),
    ],
  ])("%s: finds attributes and blocks by schema", (form, body) => {
    const { content: found, diagnostics } = content(body, SCHEMA);
    expect(diagnostics).toEqual([]);
    expect([...found.attributes].map(([name, { expression }]) => `${name}=${sketch(expression)}`)).toEqual([
      'name=<"x">',
      "size=1",
    ]);
    const blocks = found.blocks.map(sketchBlock);
    expect(blocks).toEqual(
      form === "native"
        ? ["source.a.b{}", "tag{key=var.k}", "tag{}", "source.a.c{}"]
        : ["source.a.b{}", "tag{key=<${var.k}>}", "tag{}"],
    );
  });

  test.each([
    [
      "labels of many blocks",
      { source: { a: { b: {}, c: {} }, d: { e: [{}, {}] } } },
      ["source.a.b{}", "source.a.c{}", "source.d.e{}", "source.d.e{}"],
    ],
    [
      "labels in arrays keep their order",
      { source: [{ b: { x: {} } }, { a: { y: {} } }, { b: { z: {} } }] },
      ["source.b.x{}", "source.a.y{}", "source.b.z{}"],
    ],
    ["an array of objects is one body", [{ tag: {} }, { tag: { key: 1 } }], ["tag{}", "tag{key=1}"]],
    ["null gives no block", { tag: null, source: { a: { b: null } } }, []],
    ["the body of a block may be an array", { tag: [[{ key: 1 }]] }, ["tag{key=1}"]],
  ])("json: %s", (_, value, blocks) => {
    const { content: found, diagnostics } = content(json(value), { ...SCHEMA, attributes: [] });
    expect(diagnostics).toEqual([]);
    expect(found.blocks.map(sketchBlock)).toEqual(blocks);
  });

  test.each([
    ["missing", native("size = 1\n"), ["2 Missing required argument"]],
    ["unknown argument", native("name = 1\nsiz = 1\n"), ['2 Unsupported argument | Did you mean "size"?']],
    ["unknown block", native("name = 1\nsorce {}\n"), ['2 Unsupported block type | Did you mean "source"?']],
    [
      "a block set as an argument",
      native("name = 1\ntag = {}\n"),
      ['2 Unsupported argument | Remove the equals sign: "tag" is a block.'],
    ],
    [
      "an argument written as a block",
      native("name = 1\nsize {}\n"),
      ['2 Unsupported block type | Write size = …: "size" is an argument.'],
    ],
    [
      "missing label",
      native('name = 1\nsource "a" {}\n'),
      ['2 Missing name for source | Write source "type" "name" { … }.'],
    ],
    ["extra label", native('name = 1\ntag "a" {}\n'), ["2 Extraneous label for tag"]],
    ["json: missing", json("{}"), ["1 Missing required argument"]],
    ["json: unknown", json({ name: 1, sizes: 2 }), ['3 Extraneous JSON object property | Did you mean "size"?']],
    ["json: duplicate", json('{"name": 1,\n"name": 2}'), ["2 Duplicate argument"]],
    ["json: no label", json({ name: 1, source: { a: {} } }), ["4 Missing block label"]],
    [
      "json: wrong type",
      json({ name: 1, tag: "x", source: ["y"] }),
      ["3 Incorrect JSON value type", "5 Incorrect JSON value type", "4 Missing block label"],
    ],
    [
      "json: template",
      json({ name: "a ${b c}" }),
      [
        '2 Extra characters after interpolation expression | Write "$${" instead of "${" if the sequence is for another language, such as shell scripting.',
      ],
    ],
  ])("%s", (_, body, expected) => {
    expect(summaries(content(body, SCHEMA).diagnostics)).toEqual(expected);
  });
});

describe("partialContent", () => {
  test.each([
    ["native", native('name = 1\nother = 2\ntag {}\nmore "x" {}\n')],
    ["json", json({ name: 1, other: 2, tag: {}, more: { x: {} } })],
  ])("%s: the rest does not contain what the schema read", (_, body) => {
    const first = partialContent(body, SCHEMA);
    expect(first.diagnostics).toEqual([]);
    const rest = content(first.rest, { attributes: [{ name: "other" }], blocks: [{ type: "more", labels: ["name"] }] });
    expect(rest.diagnostics).toEqual([]);
    expect([...rest.content.attributes.keys()]).toEqual(["other"]);
    expect(rest.content.blocks.map(({ type, labels }) => [type, ...labels.map(({ text }) => text)])).toEqual([
      ["more", "x"],
    ]);
  });
});

describe("justAttributes", () => {
  test("returns all attributes of a body, in order", () => {
    const values = { b: [1, -2.5, "x"], "//": "comment", a: { "k${i}": null } };
    const found = justAttributes(json(values));
    expect(found.attributes.map(({ name, expression }) => `${name}=${sketch(expression)}`)).toEqual([
      'b=[1 (- 2.5) <"x">]',
      'a={<"k" ${i}>:null}',
    ]);
    expect(justAttributes(native("b = 1\na = 2\n")).attributes.map(({ name }) => name)).toEqual(["b", "a"]);
  });

  test("reports blocks", () => {
    expect(summaries(justAttributes(native("a = 1\nb {}\n")).diagnostics)).toEqual([
      '2 Unexpected "b" block | Write b = { … } to set an argument.',
    ]);
  });
});

describe("JSON", () => {
  test.each([
    ["", "1:1 Missing JSON value"],
    ["{", "1:2 Invalid property name"],
    ['{"a": 1', "1:1 Unclosed object"],
    ["[1", "1:1 Unclosed array"],
    ['{"a": 1,}', "1:9 Invalid property name"],
    ["[1,]", "1:4 Missing JSON value"],
    ['{"a" 1}', "1:6 Missing property value colon"],
    ['{"a": 1 "b": 2}', "1:9 Missing separator comma"],
    ['{"a": nope}', "1:7 Invalid JSON value"],
    ['{"a": 01}', "1:7 Invalid JSON value"],
    ['{"a": "x}', "1:7 Unterminated string literal"],
    ['{"a": "x\ny"}', "1:9 Invalid character in string"],
    ['{"a": "\\x"}', "1:8 Invalid escape sequence"],
    ["{} {}", "1:4 Extraneous data after value"],
    ["// c\n{}", "1:1 Invalid JSON value"],
    ['"x"', "1:1 Incorrect JSON value type"],
    ["[".repeat(100_000), "1:402 Nesting too deep"],
  ])("rejects %j", (text, expected) => {
    const { diagnostics } = parseJsonConfig({ file: "x.pkr.json", text });
    expect(diagnostics.map(({ summary, range }) => `${range?.start.line}:${range?.start.column} ${summary}`)).toEqual([
      expected,
    ]);
  });

  test("positions in strings include JSON escapes", () => {
    const text = '{\n "a": "\\u00e9\\n ${b c}"\n}';
    const [problem] = justAttributes(json(text)).diagnostics;
    expect(problem?.range?.start.offset).toBe(text.indexOf("c}"));
    expect(problem?.range?.start).toMatchObject({ line: 2, column: 21 });
  });

  test("a static expression is native syntax in a string", () => {
    const [type, keyword, list] = justAttributes(
      json({ type: "list(object({a = string}))", keyword: "any", list: ["a.b"] }),
    ).attributes;
    const unevaluated = [type, keyword, list].map((a) => a && staticExpression(a.expression));
    expect(unevaluated.map((result) => result && sketch(result.expression))).toEqual([
      "list(object({'a:string}))",
      "any",
      '[<"a.b">]',
    ]);
  });
});
