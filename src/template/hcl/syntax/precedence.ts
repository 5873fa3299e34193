import type { Expression } from "./ast.js";
import type { TokenType } from "./tokens.js";

/** Precedence of binary operators. All are left-associative (HCL specification, "Operations"). */
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

/** Precedence of the unary operators `-` and `!`, above all binary operators. */
export const UNARY = 7;

/** Returns the precedence of an expression: 0 for a conditional, that of its operator, or `UNARY` + 1 for all others. */
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
