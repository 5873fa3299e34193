import { ConversionError, convertValue } from "../../values/convert.js";
import { equalValues } from "../../values/equality.js";
import type { Exact } from "../../values/number.js";
import { BOOL, DYNAMIC, NUMBER, type Type, typeName } from "../../values/types.js";
import { boolValue, FALSE, marked, numberValue, TRUE, unknownValue, type Value } from "../../values/value.js";
import type { BinaryOperation, BinaryOperator, Expression, UnaryOperation } from "../syntax/ast.js";
import { evaluate } from "./evaluate.js";
import { attemptScope, complain, type Scope } from "./scope.js";

/** Binary operators. `&&` and `||` forgive errors of the right side when the left one decides. */
export function evaluateBinary(expression: BinaryOperation, scope: Scope): Value {
  const { operator } = expression;
  if (operator === "&&" || operator === "||") return evaluateLogic(expression, operator, scope);
  const equality = operator === "==" || operator === "!=";
  const left = operand(expression.left, equality ? DYNAMIC : NUMBER, scope);
  const right = operand(expression.right, equality ? DYNAMIC : NUMBER, scope);
  const type = isArithmetic(operator) ? NUMBER : BOOL;
  if (!left || !right) return unknownValue(type);
  const sensitive = left.sensitive || right.sensitive;
  if (equality) return marked(negateIf(operator === "!=", equalValues(left, right)), sensitive);
  if (left.kind !== "number" || right.kind !== "number") return marked(unknownValue(type), sensitive);
  if (!isArithmetic(operator)) return marked(boolValue(compare(operator, left.value, right.value)), sensitive);
  const result = calculate(operator, left.value, right.value);
  if (!result.isNaN()) return marked(numberValue(result), sensitive);
  return complain(
    scope,
    {
      code: "operation-failed",
      summary: "This operation has no result",
      detail: `${operator} cannot combine these zeros or infinities.`,
      range: expression.range,
    },
    NUMBER,
  );
}

/** `-` and `!`. */
export function evaluateUnary(expression: UnaryOperation, scope: Scope): Value {
  const type = expression.operator === "-" ? NUMBER : BOOL;
  const value = operand(expression.operand, type, scope);
  if (!value) return unknownValue(type);
  if (value.kind === "number") return marked(numberValue(value.value.negated()), value.sensitive);
  return value.kind === "bool"
    ? marked(boolValue(!value.value), value.sensitive)
    : marked(unknownValue(type), value.sensitive);
}

/** The operand as the type, or undefined after a complaint. Equality takes nulls too. */
function operand(expression: Expression, type: Type, scope: Scope): Value | undefined {
  const value = evaluate(expression, scope);
  if (type.kind === "dynamic") return value;
  const code = "wrong-operand";
  const { range } = expression;
  if (value.kind === "null") {
    complain(scope, {
      code,
      summary: "The value of this operand is null",
      detail: `A ${type.kind} is required.`,
      range,
    });
    return undefined;
  }
  try {
    return convertValue(value, type);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    const detail = `It is of type ${typeName(value.type)}: ${error.message}.`;
    complain(scope, { code, summary: `This operand must be a ${type.kind}`, detail, range });
    return undefined;
  }
}

function evaluateLogic(expression: BinaryOperation, operator: "&&" | "||", scope: Scope): Value {
  const rightScope = attemptScope(scope);
  const leftScope = attemptScope(scope);
  const left = operand(expression.left, BOOL, leftScope);
  const right = operand(expression.right, BOOL, rightScope);
  const decisive = operator === "||";
  const sensitive = Boolean(left?.sensitive || right?.sensitive);
  const leftFailed = leftScope.diagnostics.length > 0;
  if (!leftFailed && left?.kind === "bool" && left.value === decisive)
    return marked(decisive ? TRUE : FALSE, sensitive);
  scope.diagnostics.push(...leftScope.diagnostics, ...rightScope.diagnostics);
  if (!left || !right) return marked(unknownValue(BOOL), sensitive);
  if (right.kind === "bool" && right.value === decisive) return marked(decisive ? TRUE : FALSE, sensitive);
  const known = left.kind === "bool" && right.kind === "bool";
  return marked(known ? boolValue(!decisive) : unknownValue(BOOL), sensitive);
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
      return a.modulo(b);
  }
}

function compare(operator: BinaryOperator, a: Exact, b: Exact): boolean {
  if (operator === "<") return a.lessThan(b);
  if (operator === ">") return a.greaterThan(b);
  return operator === "<=" ? a.lessThanOrEqualTo(b) : a.greaterThanOrEqualTo(b);
}

function negateIf(negate: boolean, value: Value): Value {
  return negate && value.kind === "bool" ? marked(boolValue(!value.value), value.sensitive) : value;
}
