import { tryConvert } from "../values/convert.js";
import { STRING, typeName } from "../values/types.js";
import { elementsOf, objectValue, unknownValue, type Value } from "../values/value.js";
import { childScope, evaluate, reportProblem, type Scope } from "./evaluate/scope.js";
import { evaluateWithin } from "./evaluate/within-budget.js";
import type { Attribute, Block, Label } from "./syntax/body.js";
import { content } from "./syntax/content.js";
import { staticExpression } from "./syntax/json/expressions.js";

/** A block with the iterators of the dynamic blocks that it comes from. */
export interface ExpandedBlock {
  readonly block: Block;
  /** Outer iterators first. */
  readonly iterators: readonly (readonly [name: string, value: Value])[];
}

const SCHEMA = {
  attributes: [{ name: "for_each", required: true }, { name: "iterator" }, { name: "labels" }],
  blocks: [{ type: "content" }],
};

/** Returns the blocks in order, each `dynamic "TYPE"` block expanded (HCL's dynamic block extension). */
export function expandBlocks(
  blocks: readonly Block[],
  scope: Scope,
  iterators: ExpandedBlock["iterators"] = [],
): readonly ExpandedBlock[] {
  return blocks.flatMap((block) => {
    return block.type === "dynamic" ? expandDynamic(block, scope, iterators) : [{ block, iterators }];
  });
}

function expandDynamic(block: Block, outer: Scope, iterators: ExpandedBlock["iterators"]): readonly ExpandedBlock[] {
  const scope = iterators.length > 0 ? childScope(outer, iterators) : outer;
  const found = content(block.body, SCHEMA);
  scope.diagnostics.push(...found.diagnostics);
  const [label] = block.labels;
  const forEach = found.content.attributes.get("for_each");
  const [body, second] = found.content.blocks;
  if (!label || !forEach) return [];
  if (!body || second) {
    const summary = body
      ? 'A dynamic block can have only one nested "content" block'
      : 'A dynamic block must have a nested "content" block';
    reportProblem(scope, { code: "wrong-dynamic-block", summary, range: (second ?? block).headerRange });
    return [];
  }
  const iterator = iteratorName(found.content.attributes.get("iterator"), label.text, scope);
  const labels = found.content.attributes.get("labels");
  return forEachItems(forEach, scope).flatMap(([key, value]) => {
    const own = [
      ...iterators,
      [
        iterator,
        objectValue([
          ["key", key],
          ["value", value],
        ]),
      ] as const,
    ];
    const made = labels ? readLabels(labels, childScope(scope, own)) : [];
    if (!made) return [];
    const expanded: Block = {
      ...body,
      type: label.text,
      typeRange: label.range,
      labels: made,
      headerRange: block.headerRange,
    };
    return [{ block: expanded, iterators: own }];
  });
}

function iteratorName(attribute: Attribute | undefined, type: string, scope: Scope): string {
  if (!attribute) return type;
  const { expression } = staticExpression(attribute.expression);
  if (expression.kind === "variable") return expression.name;
  reportProblem(scope, {
    code: "wrong-dynamic-block",
    summary: "The iterator must be a single variable name",
    hint: "Write iterator = item, without quotes.",
    range: expression.range,
  });
  return type;
}

/** Returns the keys and values of `for_each`. An unknown `for_each` gives one pair of unknown values. */
function forEachItems(attribute: Attribute, scope: Scope): readonly (readonly [Value, Value])[] {
  const value = evaluateWithin(attribute.expression, scope);
  if ("items" in value || "entries" in value) return elementsOf(value);
  if (value.kind === "unknown") return [[unknownValue(STRING), unknownValue()]];
  const what = value.kind === "null" ? "null" : `a ${typeName(value.type)}`;
  reportProblem(scope, {
    code: "wrong-for-each",
    summary: `"for_each" must be a list, set, map or object, not ${what}`,
    hint: value.kind === "null" ? "Write [] for no blocks." : undefined,
    range: attribute.expression.range,
  });
  return [];
}

function readLabels(attribute: Attribute, scope: Scope): readonly Label[] | undefined {
  const { range } = attribute.expression;
  const value = evaluate(attribute.expression, scope);
  if (!("items" in value)) {
    if (value.kind !== "unknown")
      reportProblem(scope, { code: "wrong-labels", summary: '"labels" must be a list of strings', range });
    return undefined;
  }
  const labels: Label[] = [];
  for (const item of value.items) {
    const text = labelText(item);
    if (text === undefined) {
      reportProblem(scope, { code: "wrong-labels", summary: "A label must be a string with a known value", range });
      return undefined;
    }
    labels.push({ text, quoted: true, range });
  }
  return labels;
}

function labelText(item: Value): string | undefined {
  const text = tryConvert(item, STRING);
  return text?.kind === "string" ? text.value : undefined;
}
