import { suggest } from "../../../core/diagnostics.js";
import type { Range } from "../../../core/source.js";
import { numberValue, type Value } from "../../values/value.js";
import type { Expression, Traversal, TraversalStep, Variable } from "../syntax/ast.js";
import { getAttribute, getIndex } from "./access.js";
import { evaluate } from "./evaluate.js";
import { complain, didYouMean, findVariable, namesIn, type Scope } from "./scope.js";
import { evaluateSplat } from "./splats.js";

/** A root name: `var`, `local`, an iterator. */
export function evaluateVariable(expression: Variable, scope: Scope): Value {
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
export function applySteps(start: Value, steps: readonly TraversalStep[], scope: Scope, path?: string): Value {
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
      return getAttribute(value, step.name, stepRange(step), scope, path);
    case "index":
      return getIndex(value, evaluate(step.key, scope), step.range, scope);
    case "legacy-index":
      return getIndex(value, numberValue(Number(step.digits)), step.range, scope);
    case "splat":
      return evaluateSplat(value, step, scope);
  }
}

function stepRange(step: Extract<TraversalStep, { kind: "attribute" }>): Range {
  return step.nameRange;
}
