import { spanning } from "../../../core/source.js";
import { unify } from "../../values/conversions.js";
import { convertOr } from "../../values/convert.js";
import { BOOL, DYNAMIC, type Type, typeName } from "../../values/types.js";
import { marked, nullValue, unknownValue, type Value } from "../../values/value.js";
import type { Conditional } from "../syntax/ast.js";
import { attemptScope, evaluate, reportProblem, type Scope, toSentence } from "./scope.js";

/** Evaluates `condition ? a : b`. Both results must have a common type. Reports only the errors of the chosen one. */
export function evaluateConditional(expression: Conditional, scope: Scope): Value {
  const whenTrue = evaluateSeparately(expression.whenTrue, scope);
  const whenFalse = evaluateSeparately(expression.whenFalse, scope);
  const type = commonType(whenTrue.value, whenFalse.value);
  if (!type) {
    return reportProblem(scope, {
      code: "inconsistent-results",
      summary: "The true and false results of this conditional have different types",
      detail: `The true result is of type ${typeName(whenTrue.value.type)}, the false result is of type ${typeName(whenFalse.value.type)}.`,
      hint: "Convert one of them, for example with convert(VALUE, TYPE).",
      range: spanning(expression.whenTrue.range, expression.whenFalse.range),
    });
  }
  const sensitive = whenTrue.value.sensitive || whenFalse.value.sensitive;
  const condition = evaluateCondition(expression, scope);
  if (condition.kind !== "bool")
    return marked(unknownResult(whenTrue.value, whenFalse.value, type), sensitive || condition.sensitive);
  const chosen = condition.value ? whenTrue : whenFalse;
  scope.diagnostics.push(...chosen.scope.diagnostics);
  const range = (condition.value ? expression.whenTrue : expression.whenFalse).range;
  return marked(convertResult(chosen.value, type, scope, range), sensitive || condition.sensitive);
}

function evaluateSeparately(
  expression: Conditional["whenTrue"],
  scope: Scope,
): { readonly value: Value; readonly scope: Scope } {
  const own = attemptScope(scope);
  return { value: evaluate(expression, own), scope: own };
}

function isBareNull(value: Value): boolean {
  return value.kind === "null" && value.type.kind === "dynamic";
}

function commonType(a: Value, b: Value): Type | undefined {
  if (isBareNull(a)) return b.type;
  if (isBareNull(b)) return a.type;
  if (a.type.kind === "dynamic" || b.type.kind === "dynamic") return DYNAMIC;
  return unify([a.type, b.type], true);
}

function unknownResult(a: Value, b: Value, type: Type): Value {
  return a.kind === "null" && b.kind === "null" ? nullValue(type) : unknownValue(type);
}

function evaluateCondition(expression: Conditional, scope: Scope): Value {
  const range = expression.condition.range;
  const value = evaluate(expression.condition, scope);
  if (value.kind === "null") {
    return reportProblem(scope, {
      code: "null-condition",
      summary: "The condition is null, but it must be true or false",
      range,
    });
  }
  if (value.kind === "unknown") return value;
  return convertOr(value, BOOL, ({ message }) => {
    return reportProblem(scope, {
      code: "wrong-condition",
      summary: "The condition must be true or false",
      detail: toSentence(message),
      range,
    });
  });
}

function convertResult(value: Value, type: Type, scope: Scope, range: Conditional["range"]): Value {
  return convertOr(value, type, ({ message }) => {
    const summary = "The true and false results of this conditional have different types";
    return reportProblem(scope, { code: "inconsistent-results", summary, detail: toSentence(message), range }, type);
  });
}
