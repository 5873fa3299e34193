import { ConversionError, convertValue } from "../../values/convert.js";
import { equalValues } from "../../values/equality.js";
import type { Exact } from "../../values/number.js";
import { BOOL, DYNAMIC, NUMBER, type Type, typeName } from "../../values/types.js";
import { boolValue, marked, numberValue, unknownValue, type Value } from "../../values/value.js";
import type { BinaryOperation, BinaryOperator, Expression, UnaryOperation } from "../syntax/ast.js";
import { evaluate } from "./evaluate.js";
import { attemptScope, type Complaint, complain, type Scope } from "./scope.js";

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
  if (value.kind === "null") {
    complain(scope, nullOperand(type.kind, expression.range));
    return undefined;
  }
  return converted(value, type, expression, scope);
}

function nullOperand(kind: string, range: Expression["range"]): Complaint {
  return {
    code: "wrong-operand",
    summary: "The value of this operand is null",
    detail: `A ${kind} is required.`,
    range,
  };
}

function converted(value: Value, type: Type, expression: Expression, scope: Scope): Value | undefined {
  try {
    return convertValue(value, type);
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    const detail = `It is of type ${typeName(value.type)}: ${error.message}.`;
    const summary = `This operand must be a ${type.kind}`;
    complain(scope, { code: "wrong-operand", summary, detail, range: expression.range });
    return undefined;
  }
}

/** As in cty a null counts as false where the other side does not decide, but not for `null || false`. */
function evaluateLogic(expression: BinaryOperation, operator: "&&" | "||", scope: Scope): Value {
  const leftScope = attemptScope(scope);
  const rightScope = attemptScope(scope);
  const left = logicOperand(expression.left, leftScope);
  const right = logicOperand(expression.right, rightScope);
  const sensitive = Boolean(left?.sensitive || right?.sensitive);
  const decisive = operator === "||";
  const decides = (value: Value | undefined) =>
    (value?.kind === "bool" && value.value === decisive) || (value?.kind === "null" && !decisive);
  if (leftScope.diagnostics.length === 0 && decides(left)) return marked(boolValue(decisive), sensitive);
  scope.diagnostics.push(...leftScope.diagnostics, ...rightScope.diagnostics);
  if (!left || !right) return marked(unknownValue(BOOL), sensitive);
  if (decides(right)) return marked(boolValue(decisive), sensitive);
  const missing = left.kind === "null" ? expression.left : right.kind === "null" ? expression.right : undefined;
  if (missing) return complain(scope, nullOperand("bool", missing.range), BOOL);
  const known = left.kind === "bool" && right.kind === "bool";
  return marked(known ? boolValue(!decisive) : unknownValue(BOOL), sensitive);
}

function logicOperand(expression: Expression, scope: Scope): Value | undefined {
  const value = evaluate(expression, scope);
  return value.kind === "null" ? value : converted(value, BOOL, expression, scope);
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
