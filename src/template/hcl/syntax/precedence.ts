import type { Expression } from "./ast.js";
import type { TokenType } from "./tokens.js";

/** Binary operators by how tightly they bind; all are left-associative (HCL specification, "Operations"). */
export const PRECEDENCE: ReadonlyMap<TokenType, number> = new Map<TokenType, number>([
  ["||", 1],
  ["&&", 2],
  ["==", 3],
  ["!=", 3],
  ["<", 4],
  [">", 4],
  ["<=", 4],
  [">=", 4],
  ["+", 5],
  ["-", 5],
  ["*", 6],
  ["/", 6],
  ["%", 6],
]);

/** The level of the signs `-` and `!`, above all binary operators. */
export const UNARY = 7;

/** How tightly an expression binds: 0 for the conditional, the operator's precedence, `UNARY`, and one more for all else. */
export function levelOf(expression: Expression): number {
  switch (expression.kind) {
    case "conditional":
      return 0;
    case "binary":
      return PRECEDENCE.get(expression.operator) ?? 1;
    case "unary":
      return UNARY;
    default:
      return UNARY + 1;
  }
}
