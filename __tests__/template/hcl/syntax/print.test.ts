import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import type { Expression, TemplatePart, TraversalStep } from "../../../../src/template/hcl/syntax/ast.js";
import type { Body } from "../../../../src/template/hcl/syntax/body.js";
import { parseConfig, parseExpression } from "../../../../src/template/hcl/syntax/parse.js";
import { printExpression, printString } from "../../../../src/template/hcl/syntax/print.js";
import { fc } from "../../../support/properties.js";

const nowhere = { offset: 0, line: 1, column: 1 };
const range = { file: "x.hcl", start: nowhere, end: nowhere };

const names = fc
  .constantFrom("a", "b2", "with-dash", "größe", "_x", "in", "if")
  .chain((name) => fc.constantFrom(name, `${name}_`));
const texts = fc
  .array(
    fc.constantFrom("a", " ", "\n", "\r", "\t", '"', "\\", "$", "%", "{", "}", "~", "é", "🎉", "\u0000", "\u2028"),
    {
      minLength: 1,
      maxLength: 6,
    },
  )
  .map((characters) => characters.join(""));
const digits = fc.constantFrom("0", "7", "1.50", "1e3", "2.5E-3", "12345678901234567890.123456789");

const { expression } = fc.letrec<{
  expression: Expression;
  leaf: Expression;
  template: Expression;
  parts: TemplatePart[];
  steps: TraversalStep[];
  plain: TraversalStep[];
}>((tie) => {
  const any = tie("expression");
  const record = <T extends object>(kind: Expression["kind"], fields: T) => ({
    kind: fc.constant(kind),
    ...fields,
    range: fc.constant(range),
  });
  const name = names.map((text) => ({ name: text, range }));
  const optionalName = fc.option(name, { nil: undefined });
  const node = (fields: Record<string, fc.Arbitrary<unknown>>): fc.Arbitrary<Expression> =>
    fc.record(fields).map((value) => JSON.parse(JSON.stringify(value)) as Expression);
  return {
    leaf: fc.oneof(
      node(record("number", { digits })),
      node(record("boolean", { value: fc.boolean() })),
      node(record("null", {})),
      node(record("variable", { name: names })),
    ),
    plain: fc.array(
      fc.oneof(
        names.map((text): TraversalStep => ({ kind: "attribute", name: text, nameRange: range, range })),
        any.map((key): TraversalStep => ({ kind: "index", key, range })),
      ),
      { minLength: 1, maxLength: 3 },
    ),
    steps: fc.oneof(
      tie("plain"),
      fc
        .tuple(tie("plain"), tie("plain"))
        .map(([before, steps]): TraversalStep[] => [
          ...before,
          { kind: "splat", form: "full", steps, operatorRange: range, range },
        ]),
      names.map((text): TraversalStep[] => [
        { kind: "attribute", name: "list", nameRange: range, range },
        {
          kind: "splat",
          form: "attribute",
          steps: [
            { kind: "attribute", name: text, nameRange: range, range },
            { kind: "legacy-index", digits: "3", range },
          ],
          operatorRange: range,
          range,
        },
        { kind: "index", key: { kind: "number", digits: "0", range }, range },
      ]),
    ),
    parts: fc.array(
      fc.oneof(
        texts.map((text): TemplatePart => ({ kind: "literal", text, range })),
        any.map(
          (inner): TemplatePart => ({
            kind: "interpolation",
            expression: inner,
            strip: { before: false, after: false },
            range,
          }),
        ),
        fc
          .record({ condition: any, whenTrue: tie("parts"), whenFalse: fc.option(tie("parts"), { nil: undefined }) })
          .map(
            (fields): TemplatePart => ({
              kind: "if",
              ...fields,
              strip: { open: { before: false, after: false }, else: undefined, end: { before: false, after: false } },
              range,
            }),
          ),
        fc.record({ valueName: name, collection: any, body: tie("parts") }).map(
          (fields): TemplatePart => ({
            kind: "for",
            ...fields,
            keyName: undefined,
            strip: { open: { before: false, after: false }, end: { before: false, after: false } },
            range,
          }),
        ),
      ),
      { maxLength: 4 },
    ),
    template: tie("parts").map(
      (parts): Expression => ({
        kind: "template",
        form: "quoted",
        parts,
        raw: "",
        delimiter: undefined,
        source: undefined,
        range,
      }),
    ),
    expression: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      tie("leaf"),
      tie("template"),
      node(record("tuple", { items: fc.array(any, { maxLength: 3 }) })),
      node(
        record("object", {
          items: fc.array(
            fc.record({
              key: fc.oneof(
                any,
                names.map((text) => ({ kind: "name" as const, name: text, range })),
              ),
              value: any,
            }),
            {
              maxLength: 3,
            },
          ),
        }),
      ),
      node(
        record("call", {
          name: fc.constantFrom("f", "provider::x::y"),
          nameRange: fc.constant(range),
          arguments: fc.array(any, { minLength: 1, maxLength: 3 }),
          expandFinal: fc.boolean(),
        }),
      ),
      node(record("traversal", { source: tie("leaf").filter((leaf) => leaf.kind !== "number"), steps: tie("steps") })),
      node(
        record("traversal", {
          source: any.filter(({ kind }) => kind !== "traversal" && kind !== "number"),
          steps: tie("plain"),
        }),
      ),
      node(
        record("binary", {
          operator: fc.constantFrom("||", "&&", "==", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "%"),
          left: any,
          right: any,
        }),
      ),
      node(record("unary", { operator: fc.constantFrom("-", "!"), operand: any })),
      node(record("conditional", { condition: any, whenTrue: any, whenFalse: any })),
      node(record("parentheses", { inner: any })),
      node(
        record("for-tuple", {
          keyName: optionalName,
          valueName: name,
          collection: any,
          value: any,
          condition: fc.option(any, { nil: undefined }),
        }),
      ),
      node(
        record("for-object", {
          keyName: optionalName,
          valueName: name,
          collection: any,
          key: any,
          value: any,
          grouped: fc.boolean(),
          condition: fc.option(any, { nil: undefined }),
        }),
      ),
    ),
  };
});

/** Returns the tree without ranges, template forms, applied strip markers and, if dropped, parentheses. */
function bare(node: unknown, parentheses: "keep" | "drop"): unknown {
  if (Array.isArray(node)) return joined(node.map((item) => bare(item, parentheses)));
  if (typeof node !== "object" || node === null) return node;
  if (parentheses === "drop" && "inner" in node) return bare(node.inner, parentheses);
  const skipped = ["range", "nameRange", "operatorRange", "raw", "form", "delimiter", "strip"];
  const kept = Object.entries(node).filter(([key, value]) => !skipped.includes(key) && value !== undefined);
  return Object.fromEntries(kept.map(([key, value]) => [key, bare(value, parentheses)]));
}

/** Joins adjacent literals and removes empty ones. */
function joined(items: unknown[]): unknown[] {
  const result: unknown[] = [];
  for (const item of items) {
    const last = result.at(-1);
    if (isLiteral(item) && item.text === "") continue;
    if (isLiteral(item) && isLiteral(last))
      result[result.length - 1] = { kind: "literal", text: last.text + item.text };
    else result.push(item);
  }
  return result;
}

function isLiteral(item: unknown): item is { kind: "literal"; text: string } {
  return typeof item === "object" && item !== null && "kind" in item && item.kind === "literal";
}

function parsed(text: string): Expression {
  const result = parseExpression({ file: "x.hcl", text });
  expect({ text, diagnostics: result.diagnostics }).toEqual({ text, diagnostics: [] });
  return result.expression;
}

describe("printExpression", () => {
  test("printing and parsing an expression gives the same tree", () => {
    fc.assert(
      fc.property(expression, (tree) => {
        const again = parsed(printExpression(tree));
        expect(bare(again, "drop")).toEqual(bare(tree, "drop"));
        expect(bare(parsed(printExpression(again)), "keep")).toEqual(bare(again, "keep"));
      }),
      { numRuns: 1000 },
    );
  });

  const directory = new URL("../fixtures/", import.meta.url);
  test.each(readdirSync(directory))("%s: printing and parsing every expression gives the same tree", (file) => {
    const { body } = parseConfig({ file, text: readFileSync(new URL(file, directory), "utf8") });
    const all = expressionsIn(body);
    expect(all.length).toBeGreaterThan(0);
    for (const tree of all) expect(bare(parsed(printExpression(tree)), "keep")).toEqual(bare(tree, "keep"));
  });

  test.each([
    ["1+2*3", "1 + 2 * 3"],
    ["(1+2)*3", "(1 + 2) * 3"],
    ["a?b:c", "a ? b : c"],
    ["- -x", "--x"],
    ['{a=1,"b c"=2,(d):3}', '{ a = 1, "b c" = 2, (d) = 3 }'],
    ["x .y [ 0 ].*.z", "x.y[0].*.z"],
    ['"${ {a=1} }"', '"${ { a = 1 } }"'],
    ['"a ${~ b ~} c"', '"a${b}c"'],
    ['"${b ~} "', '"${b ~} "'],
    ["<<E\na\nE\n", '"a\\n"'],
    ["f(a, b...)", "f(a, b...)"],
    ["{for k,v in m:k=>v... if v}", "{ for k, v in m : k => v... if v }"],
  ])("prints %s as %s", (text, printed) => {
    expect(printExpression(parsed(text))).toBe(printed);
  });
});

describe("printString", () => {
  test.each([
    ["plain", '"plain"'],
    ['a "b"\\\n', '"a \\"b\\"\\\\\\n"'],
    ["${x} %{y} $ %", '"$${x} %%{y} $ %"'],
    ["\u0007", '"\\u0007"'],
  ])("prints %j as %s", (text, printed) => {
    expect(printString(text)).toBe(printed);
    expect(bare(parsed(printed), "keep")).toEqual({ kind: "template", parts: [{ kind: "literal", text }] });
  });
});

function expressionsIn(body: Body): Expression[] {
  if (body.syntax === "json") return [];
  return [...body.attributes.map((a) => a.expression), ...body.blocks.flatMap((block) => expressionsIn(block.body))];
}
