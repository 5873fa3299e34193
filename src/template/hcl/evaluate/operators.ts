import { convertOr } from "../../values/convert.js";
import { equalValues } from "../../values/equality.js";
import { extentOf } from "../../values/extent.js";
import { type Exact, exact } from "../../values/number.js";
import { BOOL, DYNAMIC, NUMBER, type Type } from "../../values/types.js";
import { boolValue, marked, numberValue, unknownValue, type Value } from "../../values/value.js";
import type { BinaryOperation, BinaryOperator, Expression, UnaryOperation } from "../syntax/ast.js";
import { attemptScope, type EvaluationProblem, evaluate, reportProblem, type Scope, toSentence } from "./scope.js";

/** Evaluates binary operators. `&&` and `||` ignore errors of the right side when the left side decides. */
export function evaluateBinary(expression: BinaryOperation, scope: Scope): Value {
  const { operator } = expression;
  if (operator === "&&" || operator === "||") return evaluateLogic(expression, operator, scope);
  const equality = operator === "==" || operator === "!=";
  const left = evaluateOperand(expression.left, equality ? DYNAMIC : NUMBER, scope);
  const right = evaluateOperand(expression.right, equality ? DYNAMIC : NUMBER, scope);
  const type = isArithmetic(operator) ? NUMBER : BOOL;
  if (!left || !right) return unknownValue(type);
  const sensitive = left.sensitive || right.sensitive;
  if (equality) scope.budget.charge("steps", extentOf(left).elements + extentOf(right).elements);
  if (equality) return marked(negateIf(operator === "!=", equalValues(left, right)), sensitive);
  if (left.kind !== "number" || right.kind !== "number") return marked(unknownValue(type), sensitive);
  if (!isArithmetic(operator)) return marked(boolValue(compare(operator, left.value, right.value)), sensitive);
  const result = calculate(operator, left.value, right.value);
  if (!result.isNaN()) return marked(numberValue(result), sensitive);
  return reportProblem(
    scope,
    {
      code: "operation-failed",
      summary: "The operation failed",
      detail: `Operator "${operator}" has no result for these zeros or infinities.`,
      range: expression.range,
    },
    NUMBER,
  );
}

/** Evaluates `-` and `!`. */
export function evaluateUnary(expression: UnaryOperation, scope: Scope): Value {
  const type = expression.operator === "-" ? NUMBER : BOOL;
  const value = evaluateOperand(expression.operand, type, scope);
  if (!value) return unknownValue(type);
  if (value.kind === "number") return marked(numberValue(value.value.negated()), value.sensitive);
  return value.kind === "bool"
    ? marked(boolValue(!value.value), value.sensitive)
    : marked(unknownValue(type), value.sensitive);
}

/** Returns the operand converted to the type. Returns undefined after an error. Equality accepts null too. */
function evaluateOperand(expression: Expression, type: Type, scope: Scope): Value | undefined {
  const value = evaluate(expression, scope);
  if (type.kind === "dynamic") return value;
  if (value.kind === "null") {
    reportProblem(scope, nullOperandProblem(type.kind, expression.range));
    return undefined;
  }
  return convertOperand(value, type, expression, scope);
}

function nullOperandProblem(kind: string, range: Expression["range"]): EvaluationProblem {
  return {
    code: "wrong-operand",
    summary: "This operand is null",
    detail: `A ${kind} is required.`,
    range,
  };
}

function convertOperand(value: Value, type: Type, expression: Expression, scope: Scope): Value | undefined {
  return convertOr(value, type, ({ message }) => {
    const summary = `This operand must be a ${type.kind}`;
    reportProblem(scope, { code: "wrong-operand", summary, detail: toSentence(message), range: expression.range });
    return undefined;
  });
}

/**
 * Evaluates `&&` and `||`. When one side decides, errors of the other side are ignored, except that it is not a bool. As in cty, a
 * null counts as false when that decides. Otherwise it is an error.
 */
function evaluateLogic(expression: BinaryOperation, operator: "&&" | "||", scope: Scope): Value {
  const left = logicOperand(expression.left, scope);
  const right = logicOperand(expression.right, scope);
  const sensitive = left.value.sensitive || right.value.sensitive;
  const unknown = marked(unknownValue(BOOL), sensitive);
  if (left.isUnusable || right.isUnusable) {
    scope.diagnostics.push(...left.diagnostics, ...right.diagnostics);
    return unknown;
  }
  // An unknown left side may decide later. Until then, errors of the right side do not count.
  const open = left.value.kind === "unknown" && right.value.kind === "unknown";
  if (open && left.diagnostics.length === 0) return unknown;
  const decisive = operator === "||";
  for (const { value, diagnostics } of [left, right]) {
    const decides = value.kind === "bool" ? value.value === decisive : value.kind === "null" && !decisive;
    if (decides && diagnostics.length === 0) return marked(boolValue(decisive), sensitive);
  }
  scope.diagnostics.push(...left.diagnostics, ...right.diagnostics);
  if (left.diagnostics.length > 0 || right.diagnostics.length > 0) return unknown;
  const missing = [left, right].find(({ value }) => value.kind === "null");
  if (missing) return reportProblem(scope, nullOperandProblem("bool", missing.range), BOOL);
  const known = left.value.kind === "bool" && right.value.kind === "bool";
  return known ? marked(boolValue(!decisive), sensitive) : unknown;
}

interface LogicOperand {
  readonly value: Value;
  /** The errors of its evaluation. */
  readonly diagnostics: Scope["diagnostics"];
  /** True when its value is not a bool. */
  readonly isUnusable: boolean;
  readonly range: Expression["range"];
}

function logicOperand(expression: Expression, scope: Scope): LogicOperand {
  const own = attemptScope(scope);
  const { range } = expression;
  const value = evaluate(expression, own);
  const bool = convertOperand(value, BOOL, expression, own);
  return { value: bool ?? unknownValue(BOOL), diagnostics: own.diagnostics, isUnusable: bool === undefined, range };
}

type Arithmetic = "+" | "-" | "*" | "/" | "%";

function isArithmetic(operator: BinaryOperator): operator is Arithmetic {
  return "+-*/%".includes(operator);
}

function calculate(operator: Arithmetic, a: Exact, b: Exact): Exact {
  switch (operator) {
    case "+":
      return a.plus(b);
    case "-":
      return a.minus(b);
    case "*":
      return a.times(b);
    case "/":
      return a.dividedBy(b);
    case "%":
      return remainder(a, b);
  }
}

/** As in cty, the remainder by zero is the number itself, and infinities have no remainder. */
function remainder(a: Exact, b: Exact): Exact {
  if (!a.isFinite() || !b.isFinite()) return exact(Number.NaN);
  return b.isZero() ? a : a.modulo(b);
}

function compare(operator: BinaryOperator, a: Exact, b: Exact): boolean {
  if (operator === "<") return a.lessThan(b);
  if (operator === ">") return a.greaterThan(b);
  return operator === "<=" ? a.lessThanOrEqualTo(b) : a.greaterThanOrEqualTo(b);
}

function negateIf(negate: boolean, value: Value): Value {
  return negate && value.kind === "bool" ? marked(boolValue(!value.value), value.sensitive) : value;
}
