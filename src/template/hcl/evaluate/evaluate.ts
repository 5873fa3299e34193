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
  switch (expression.kind) {
    case "number":
      return numberValue(parseExact(expression.digits) ?? 0);
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
