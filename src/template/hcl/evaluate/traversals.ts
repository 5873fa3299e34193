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
import { didYouMean, evaluate, findVariable, listNames, reportProblem, type Scope } from "./scope.js";

/** Returns the value of a root name: `var`, `local`, an iterator. */
export function evaluateVariable(expression: VariableExpression, scope: Scope): Value {
  const value = findVariable(scope, expression.name);
  if (value) return value;
  const reason = scope.unavailable.get(expression.name);
  if (reason !== undefined) {
    const summary = `"${expression.name}" cannot be used here`;
    return reportProblem(scope, { code: "unavailable-name", summary, detail: reason, range: expression.range });
  }
  const names = listNames(scope);
  return reportProblem(scope, {
    code: "unknown-name",
    summary: `There is no variable named "${expression.name}"`,
    detail:
      names.length > 0
        ? `Available names: ${[...new Set(names)].sort().join(", ")}.`
        : "Variables may not be used here.",
    hint: didYouMean(suggest(expression.name, names)),
    range: expression.range,
  });
}

/** Evaluates `source.step[step]`. */
export function evaluateTraversal(expression: Traversal, scope: Scope): Value {
  const value = evaluate(expression.source, scope);
  return applySteps(value, expression.steps, scope, rootName(expression.source));
}

function rootName(expression: Expression): string | undefined {
  return expression.kind === "variable" ? expression.name : undefined;
}

/** Applies the steps in order. `path` is the path to the value, for messages. */
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

/** Evaluates `[*]` and `.*`: applies the steps to every element. A single value is a list of one, null is an empty list. */
function evaluateSplat(value: Value, step: SplatStep, scope: Scope): Value {
  const { type } = value;
  const sequence = type.kind === "list" || type.kind === "set" || type.kind === "tuple";
  if (value.kind === "null") {
    if (!sequence) return marked(tupleValue([]), value.sensitive);
    const summary = `Splat expression "${step.form === "full" ? "[*]" : ".*"}" cannot be applied to a null ${type.kind}`;
    return reportProblem(scope, { code: "splat-of-null", summary, range: step.operatorRange });
  }
  if (type.kind === "dynamic") return marked(unknownValue(), value.sensitive);
  if (value.kind === "list" || value.kind === "set" || value.kind === "tuple") return applyToItems(value, step, scope);
  if (!sequence) {
    const item = applySteps(value, step.steps, scope);
    // An unknown value can be null later. Then the result is empty.
    return marked(value.kind === "unknown" ? unknownValue() : tupleValue([item]), value.sensitive);
  }
  return marked(unknownValue(resultType(type, step, scope)), value.sensitive);
}

function applyToItems(value: SequenceValue, step: SplatStep, scope: Scope): Value {
  scope.budget.charge("steps", value.items.length * step.steps.length);
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
  return reportProblem(scope, {
    code: "mixed-splat",
    summary: "The results of this splat expression have different types",
    hint: "Use a for expression: [for x in LIST : x…].",
    range: step.range,
  });
}

/** Returns the result type of a splat over an unknown or empty sequence. Reports steps that no element supports. */
function resultType(type: Type, step: SplatStep, scope: Scope): Type {
  const each = (element: Type) => applySteps(unknownValue(element), step.steps, scope).type;
  if (type.kind === "tuple") return tupleOf(type.elements.map(each));
  return isCollection(type) ? listOf(each(type.element)) : DYNAMIC;
}
