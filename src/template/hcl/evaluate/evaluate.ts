import { type Budget, withPlace } from "../../budget.js";
import { digitsOf, extentOf } from "../../values/extent.js";
import { parseExact } from "../../values/number.js";
import { boolValue, nullValue, numberValue, tupleValue, unknownValue, type Value } from "../../values/value.js";
import type { Expression } from "../syntax/ast.js";
import { evaluateCall } from "./calls.js";
import { evaluateForObject, evaluateForTuple, evaluateObject } from "./collections.js";
import { evaluateConditional } from "./conditionals.js";
import { evaluateBinary, evaluateUnary } from "./operators.js";
import { evaluate, type Scope } from "./scope.js";
import { evaluateTemplate } from "./templates.js";
import { evaluateTraversal, evaluateVariable } from "./traversals.js";

/**
 * Returns the value of an expression (HCL native syntax specification, "Expressions"). It is the `evaluate` of every scope. Import
 * it only to create a scope. Elsewhere, call `evaluate` of `scope.ts`: this avoids circular imports.
 */
export function evaluateExpression(expression: Expression, scope: Scope): Value {
  const { budget } = scope;
  try {
    budget.charge("steps", 1);
    const value = evaluateKind(expression, scope);
    if (makesValue(expression)) chargeValue(value, expression, budget);
    return value;
  } catch (error) {
    throw withPlace(error, expression.range);
  }
}

/** Returns whether the value of an expression is new. Other expressions return a value that exists already, or one of an inner expression. */
function makesValue(expression: Expression): boolean {
  switch (expression.kind) {
    case "variable":
    case "parentheses":
      return false;
    case "traversal":
      return expression.steps.some(({ kind }) => kind === "splat");
    default:
      return true;
  }
}

/** Elements of a value that are checked or converted in the time of one step. */
const ELEMENTS_PER_STEP = 4;

/**
 * Charges a new value: the text or the elements that it has itself, and for a function call all that is in it. All of it must be within the
 * limits too.
 */
function chargeValue(value: Value, { kind }: Expression, budget: Budget): void {
  if (value.kind === "string") budget.charge("bytes", value.value.length);
  else if (value.kind === "number") budget.limit("digits", digitsOf(value.value));
  else if ("items" in value) budget.charge("elements", value.items.length);
  else if ("entries" in value) budget.charge("elements", value.entries.size);
  else return;
  if (kind === "call") budget.charge("elements", extentOf(value).elements);
  const { elements, bytes, depth } = extentOf(value);
  budget.charge("steps", elements / ELEMENTS_PER_STEP);
  budget.limit("elements", elements);
  budget.limit("bytes", bytes);
  budget.limit("depth", depth);
}

/** The exponent of a literal is beyond all numbers. */
function exceedDigits(budget: Budget): never {
  budget.limit("digits", Number.POSITIVE_INFINITY);
  throw new RangeError("The budget has no limit of digits");
}

function evaluateKind(expression: Expression, scope: Scope): Value {
  switch (expression.kind) {
    case "number":
      return numberValue(parseExact(expression.digits) ?? exceedDigits(scope.budget));
    case "boolean":
      return boolValue(expression.value);
    case "null":
      return nullValue();
    case "template":
      return evaluateTemplate(expression, scope);
    case "variable":
      return evaluateVariable(expression, scope);
    case "traversal":
      return evaluateTraversal(expression, scope);
    case "call":
      return evaluateCall(expression, scope);
    case "tuple":
      return tupleValue(expression.items.map((item) => evaluate(item, scope)));
    case "object":
      return evaluateObject(expression, scope);
    case "for-tuple":
      return evaluateForTuple(expression, scope);
    case "for-object":
      return evaluateForObject(expression, scope);
    case "conditional":
      return evaluateConditional(expression, scope);
    case "binary":
      return evaluateBinary(expression, scope);
    case "unary":
      return evaluateUnary(expression, scope);
    case "parentheses":
      return evaluate(expression.inner, scope);
    case "invalid":
      return unknownValue();
  }
}
