import { suggest } from "../../../core/diagnostics.js";
import { DYNAMIC, isCollection, listOf, sameType, type Type, tupleOf } from "../../values/types.js";
import {
  listValue,
  marked,
  numberValue,
  type SequenceValue,
  tupleValue,
  unknownValue,
  type Value,
} from "../../values/value.js";
import type { Expression, SplatStep, Traversal, TraversalStep, VariableExpression } from "../syntax/ast.js";
import { getAttribute, getIndex } from "./access.js";
import { complain, didYouMean, evaluate, findVariable, namesIn, type Scope } from "./scope.js";

/** A root name: `var`, `local`, an iterator. */
export function evaluateVariable(expression: VariableExpression, scope: Scope): Value {
  const value = findVariable(scope, expression.name);
  if (value) return value;
  const why = scope.absent.get(expression.name);
  if (why !== undefined) {
    const summary = `"${expression.name}" cannot be used here`;
    return complain(scope, { code: "unavailable-name", summary, detail: why, range: expression.range });
  }
  const names = namesIn(scope);
  return complain(scope, {
    code: "unknown-name",
    summary: `There is no "${expression.name}" here`,
    detail:
      names.length > 0
        ? `Names that can be used here: ${[...new Set(names)].sort().join(", ")}.`
        : "No name can be used here.",
    hint: didYouMean(suggest(expression.name, names)),
    range: expression.range,
  });
}

/** `source.step[step]`. */
export function evaluateTraversal(expression: Traversal, scope: Scope): Value {
  const value = evaluate(expression.source, scope);
  return applySteps(value, expression.steps, scope, rootName(expression.source));
}

function rootName(expression: Expression): string | undefined {
  return expression.kind === "variable" ? expression.name : undefined;
}

/** Applies steps one after the other; `path` is how the value was reached, for messages. */
function applySteps(start: Value, steps: readonly TraversalStep[], scope: Scope, path?: string): Value {
  let value = start;
  let reached = path;
  for (const step of steps) {
    value = applyStep(value, step, scope, reached);
    reached = step.kind === "attribute" && reached !== undefined ? `${reached}.${step.name}` : undefined;
  }
  return value;
}

function applyStep(value: Value, step: TraversalStep, scope: Scope, path: string | undefined): Value {
  switch (step.kind) {
    case "attribute":
      return getAttribute(value, { name: step.name, range: step.nameRange, path }, scope);
    case "index":
      return getIndex(value, evaluate(step.key, scope), step.range, scope);
    case "legacy-index":
      return getIndex(value, numberValue(Number(step.digits)), step.range, scope);
    case "splat":
      return evaluateSplat(value, step, scope);
  }
}

/** `[*]` and `.*`: the steps for every element; a single value counts as a list of one, null as an empty one. */
function evaluateSplat(value: Value, step: SplatStep, scope: Scope): Value {
  const { type } = value;
  const sequence = type.kind === "list" || type.kind === "set" || type.kind === "tuple";
  if (value.kind === "null") {
    if (!sequence) return marked(tupleValue([]), value.sensitive);
    const summary = `This ${type.kind} is null; ${step.form === "full" ? "[*]" : ".*"} needs its elements`;
    return complain(scope, { code: "splat-of-null", summary, range: step.operatorRange });
  }
  if (type.kind === "dynamic") return marked(unknownValue(), value.sensitive);
  if (value.kind === "list" || value.kind === "set" || value.kind === "tuple") return spread(value, step, scope);
  if (!sequence) {
    const item = applySteps(value, step.steps, scope);
    // An unknown value may turn out to be null, and then the result is empty.
    return marked(value.kind === "unknown" ? unknownValue() : tupleValue([item]), value.sensitive);
  }
  return marked(unknownValue(resultType(type, step, scope)), value.sensitive);
}

function spread(value: SequenceValue, step: SplatStep, scope: Scope): Value {
  const items = value.items.map((item) => applySteps(item, step.steps, scope));
  if (value.kind === "tuple") return marked(tupleValue(items), value.sensitive);
  const first = items[0];
  if (!first) {
    const type = resultType(value.type, step, scope);
    return marked(listValue(type.kind === "list" ? type.element : DYNAMIC, []), value.sensitive);
  }
  if (items.every((item) => sameType(item.type, first.type)))
    return marked(listValue(first.type, items), value.sensitive);
  if (items.some((item) => item.type.kind === "dynamic")) return marked(unknownValue(), value.sensitive);
  return complain(scope, {
    code: "mixed-splat",
    summary: "The elements of this splat have different types",
    hint: "Use a for expression: [for x in LIST : x…].",
    range: step.range,
  });
}

/** The type that a splat over an unknown or empty sequence has; steps that fit no element are reported. */
function resultType(type: Type, step: SplatStep, scope: Scope): Type {
  const each = (element: Type) => applySteps(unknownValue(element), step.steps, scope).type;
  if (type.kind === "tuple") return tupleOf(type.elements.map(each));
  return isCollection(type) ? listOf(each(type.element)) : DYNAMIC;
}
