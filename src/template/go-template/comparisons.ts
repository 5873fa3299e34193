import { TextFailure } from "./function.js";
import { type GoValue, typeName } from "./values.js";

function incompatible(a: GoValue, b: GoValue): TextFailure {
  return new TextFailure(`${typeName(a)} and ${typeName(b)} cannot be compared`);
}

/** Go's `eq` of two values: basic kinds of one type only; nothing equals "no value" but itself. */
export function equal(a: GoValue, b: GoValue): boolean {
  if (a === null || b === null) return a === b;
  if (typeof a !== typeof b) throw incompatible(a, b);
  if (typeof a === "object") throw incompatible(a, b);
  return a === b;
}

/** Negative, zero or positive; strings by bytes of UTF-8. */
export function compare(a: GoValue, b: GoValue): number {
  if (typeof a === "string" && typeof b === "string") return compareText(a, b);
  if (typeof a === "bigint" && typeof b === "bigint") return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === "number" && typeof b === "number") return a - b;
  throw incompatible(a, b);
}

/** By code points, which is the order of UTF-8 bytes. */
function compareText(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const away = (left[i]?.codePointAt(0) ?? 0) - (right[i]?.codePointAt(0) ?? 0);
    if (away !== 0) return away;
  }
  return left.length - right.length;
}
