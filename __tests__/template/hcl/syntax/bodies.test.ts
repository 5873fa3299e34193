import { describe, expect, test } from "@jest/globals";
import type { Block, Body } from "../../../../src/template/hcl/syntax/body.js";
import { parseConfig } from "../../../../src/template/hcl/syntax/parse.js";
import { sketch } from "./tree.js";

function sketchBody(body: Body): string {
  if (body.syntax === "json") return "json";
  const attributes = body.attributes.map(({ name, expression }) => `${name}=${sketch(expression)}`);
  return [...attributes, ...body.blocks.map(sketchBlock)].join("; ");
}

function sketchBlock({ type, labels, body }: Block): string {
  return `${[type, ...labels.map(({ text, quoted }) => (quoted ? JSON.stringify(text) : text))].join(" ")} {${sketchBody(body)}}`;
}

function parsed(text: string) {
  return parseConfig({ file: "x.hcl", text });
}

function problems(text: string): string[] {
  return parsed(text).diagnostics.map(({ summary, range }) => `${range?.start.line}:${range?.start.column} ${summary}`);
}

describe("parseConfig", () => {
  test.each([
    ["", ""],
    ["\n\n# only a comment", ""],
    ["a = 1", "a=1"],
    ["\ufeffa = 1\n", "a=1"],
    ["a = 1 // c\nb = 2 /* d */\n", "a=1; b=2"],
    ["a = [ # c\n1\n]\r\nb = 2\r\n", "a=[1]; b=2"],
    ["a {}\nb { }\nc {\n}\n", "a {}; b {}; c {}"],
    ["a { b = 1 }", "a {b=1}"],
    ['a "b" c "d\\n$${x}" {\n}\n', 'a "b" c "d\\n${x}" {}'],
    ["a {\n  b {\n    c = 1\n  }\n  d = 2\n}\n", "a {d=2; b {c=1}}"],
    ["a = <<E\nx\nE\nb = 2\n", 'a=<"x\\n">; b=2'],
    ["größe-1_a = 1\n", "größe-1_a=1"],
    ["for = 1\nif {}\nnull = 2\n", "for=1; null=2; if {}"],
  ])("%j", (text, tree) => {
    const { body, diagnostics } = parsed(text);
    expect(diagnostics).toEqual([]);
    expect(sketchBody(body)).toBe(tree);
  });

  test.each([
    ["a", ["1:1 Argument or block definition required"]],
    ["a: 1\n", ["1:1 Argument or block definition required"]],
    ["= 1\n", ["1:1 Argument or block definition required"]],
    ['"a" = 1\n', ["1:1 Invalid argument name"]],
    ["a = 1, b = 2\n", ["1:6 Unexpected comma after argument"]],
    ["a = 1 b = 2\n", ["1:7 Missing newline after argument"]],
    ["a = 1\na = 2\n", ["2:1 Attribute redefined"]],
    ["a\n{\n}\n", ["1:1 Argument or block definition required"]],
    ['a "b"\n{\n}\n', ["1:6 Invalid block definition"]],
    ['a "b" = {}\n', ["1:7 Invalid block definition"]],
    ['a "b" 1 {}\n', ["1:7 Invalid block definition"]],
    ['a "b${c}" {}\n', ["1:5 Invalid string literal"]],
    ['a "b\n" {}\n', ["1:5 Invalid multi-line string"]],
    ["a {", ["1:3 Unclosed configuration block"]],
    ["a {\nb {\n}\n", ["1:3 Unclosed configuration block"]],
    ["a {} b {}\n", ["1:6 Missing newline after block definition"]],
    ["a { b = 1, c = 2 }\n", ["1:10 Invalid single-argument block definition"]],
    ["a { b = 1\n}\n", ["1:10 Invalid single-argument block definition"]],
    ["a { b {} }\n", ["1:5 Argument definition required"]],
    ["a = 1\n}\nb = 2\n", ["2:1 Argument or block definition required"]],
  ])("rejects %j", (text, expected) => expect(problems(text)).toEqual(expected));

  test("reports all errors of a file and parses the items between them", () => {
    const { body, diagnostics } = parsed(
      'a = [1 2]\nb = 2\nc "x" = 1\nd {\n  e = (1 +)\n  f = "ok"\n  g = \'x\'\n}\nh = \nlast = 1\n',
    );
    expect(diagnostics.map(({ summary, range }) => `${range?.start.line}: ${summary}`)).toEqual([
      "7: Invalid character",
      "1: Missing item separator",
      "3: Invalid block definition",
      "5: Invalid expression",
      "9: Invalid expression",
    ]);
    expect(sketchBody(body)).toContain("last=1");
    expect(sketchBody(body)).toContain('f=<"ok">');
  });

  test("shows the unclosed bracket when the text ends too early", () => {
    const { diagnostics } = parsed("a = 1\nb = {\n  c = [1,\n");
    expect(diagnostics).toMatchObject([
      { summary: "Missing expression", related: { range: { start: { line: 3, column: 7 } } } },
    ]);
  });

  test("reports at most a hundred errors for a text that is not HCL", () => {
    expect(parsed("a % b\n".repeat(5000)).diagnostics).toHaveLength(101);
  });

  test("every error has a code, a detail and a file", () => {
    for (const { code, detail, range } of parsed("a = \nb {\n").diagnostics) {
      expect(code).toMatch(/^[a-z0-9-]+$/);
      expect(detail).toMatch(/\.$/);
      expect(range?.file).toBe("x.hcl");
    }
  });

  test("ranges cover blocks, labels, attributes and steps", () => {
    const text = 'a = 1\nb "c" d {\n  e = x.y[0].*.z\n}\n';
    const { body } = parsed(text);
    const cut = (range: { start: { offset: number }; end: { offset: number } }) =>
      text.slice(range.start.offset, range.end.offset);
    const block = body.blocks[0];
    const inner = block?.body.syntax === "native" ? block.body.attributes[0] : undefined;
    const steps = inner?.expression.kind === "traversal" ? inner.expression.steps : [];
    expect(
      block && [block.range, block.headerRange, block.typeRange, block.labels[0]?.range].map((r) => r && cut(r)),
    ).toEqual(['b "c" d {\n  e = x.y[0].*.z\n}', 'b "c" d', "b", '"c"']);
    expect(inner && [inner.range, inner.nameRange, inner.expression.range].map(cut)).toEqual([
      "e = x.y[0].*.z",
      "e",
      "x.y[0].*.z",
    ]);
    expect(steps.map(({ range }) => cut(range))).toEqual([".y", "[0]", ".*.z"]);
    expect(block && cut(block.body.endRange)).toBe("");
    expect(block?.body.endRange.start).toMatchObject({ line: 4, column: 1 });
  });
});
