import type { Range } from "../../core/source.js";
import type { ObjectNode, OptionEntry, OptionNode } from "../../options/node.js";
import { exactText } from "../values/number.js";
import { derivedSecretsOf, type Value } from "../values/value.js";
import { type ExpandedBlock, expandBlocks } from "./dynamic-blocks.js";
import { childScope, reportProblem, type Scope } from "./evaluate/scope.js";
import { evaluateWithin } from "./evaluate/within-budget.js";
import type { Expression } from "./syntax/ast.js";
import type { Attribute, Block, Body } from "./syntax/body.js";
import { justAttributes, partialContent } from "./syntax/content.js";

/** Returns the options of a body. Adds sensitive values to `secrets`. */
export function readOptions(body: Body, scope: Scope, secrets: Set<string>): ObjectNode {
  const { attributes, blocks } = splitBody(body, scope);
  const entries = [
    ...attributes.map((attribute) => ({
      at: attribute.range.start.offset,
      entry: readAttribute(attribute, body, scope, secrets),
    })),
    ...expandBlocks(blocks, scope).map((expanded) => ({
      at: expanded.block.range.start.offset,
      entry: readBlock(expanded, scope, secrets),
    })),
  ];
  entries.sort((a, b) => a.at - b.at);
  return { kind: "object", entries: entries.map(({ entry }) => entry), range: body.range };
}

/** In the JSON syntax only a schema distinguishes blocks from attributes, so everything except `dynamic` is an attribute. */
function splitBody(body: Body, scope: Scope): { attributes: readonly Attribute[]; blocks: readonly Block[] } {
  if (body.syntax === "native") return body;
  const found = partialContent(body, { blocks: [{ type: "dynamic", labels: ["type"] }] });
  const rest = justAttributes(found.rest);
  scope.diagnostics.push(...found.diagnostics, ...rest.diagnostics);
  return { attributes: rest.attributes, blocks: found.content.blocks };
}

function readAttribute(attribute: Attribute, body: Body, scope: Scope, secrets: Set<string>): OptionEntry {
  const value = evaluateWithin(attribute.expression, scope);
  for (const secret of derivedSecretsOf(value)) secrets.add(secret);
  return {
    key: attribute.name,
    keyRange: attribute.nameRange,
    value: optionNode(value, attribute.expression),
    form: body.syntax === "native" ? "attribute" : undefined,
  };
}

function readBlock({ block, iterators }: ExpandedBlock, scope: Scope, secrets: Set<string>): OptionEntry {
  const [label] = block.labels;
  if (label) {
    reportProblem(scope, {
      code: "unexpected-label",
      summary: `No labels are expected for "${block.type}" blocks here`,
      hint: `Write ${block.type} { … }.`,
      range: label.range,
    });
  }
  const inner = iterators.length > 0 ? childScope(scope, iterators) : scope;
  const node = readOptions(block.body, inner, secrets);
  return { key: block.type, keyRange: block.typeRange, value: { ...node, range: block.range }, form: "block" };
}

/** Returns a value as an option node. Parts of literal lists and objects have their own ranges. */
export function optionNode(value: Value, expression: Expression): OptionNode {
  const inner = expression.kind === "parentheses" ? expression.inner : expression;
  const { range } = inner;
  switch (value.kind) {
    case "string":
      return { kind: "string", value: value.value, range };
    case "bool":
      return { kind: "bool", value: value.value, range };
    case "number":
      return { kind: "number", value: exactText(value.value), range };
    case "null":
    case "unknown":
      return { kind: value.kind, range };
    case "map":
    case "object":
      return { kind: "object", entries: [...value.entries].map(([key, item]) => optionEntry(key, item, inner)), range };
    default: {
      const items = inner.kind === "tuple" && inner.items.length === value.items.length ? inner.items : undefined;
      return { kind: "list", items: value.items.map((item, i) => optionNode(item, items?.[i] ?? inner)), range };
    }
  }
}

function optionEntry(key: string, item: Value, expression: Expression): OptionEntry {
  const written =
    expression.kind === "object" ? expression.items.findLast((each) => keyText(each.key) === key) : undefined;
  const keyRange: Range = written?.key.range ?? expression.range;
  return { key, keyRange, value: optionNode(item, written?.value ?? expression) };
}

function keyText(key: Extract<Expression, { kind: "object" }>["items"][number]["key"]): string | undefined {
  if (key.kind === "name") return key.name;
  const [part] = key.kind === "template" && key.parts.length === 1 ? key.parts : [];
  return part?.kind === "literal" ? part.text : undefined;
}
