import { BudgetExceeded, budgetDiagnostic, withPlace } from "../../budget.js";
import { extentOf } from "../../values/extent.js";
import { unknownValue, type Value } from "../../values/value.js";
import type { Expression } from "../syntax/ast.js";
import { evaluate, type Scope } from "./scope.js";

/**
 * Evaluates an expression whose value is copied. If it exceeds the budget, reports that and returns an unknown value, so that the other
 * options of a part have no errors that follow from it. `evaluate` throws instead.
 */
export function evaluateWithin(expression: Expression, scope: Scope): Value {
  try {
    const value = evaluate(expression, scope);
    scope.budget.charge("elements", extentOf(value).elements);
    return value;
  } catch (error) {
    if (!(error instanceof BudgetExceeded)) throw error;
    withPlace(error, expression.range);
    scope.diagnostics.push(budgetDiagnostic(error));
    return unknownValue();
  }
}
