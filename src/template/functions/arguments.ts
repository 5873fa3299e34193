import type { Exact } from "../values/number.js";
import { exactText, safeInteger } from "../values/number.js";
import type { Value } from "../values/value.js";
import { fail } from "./definition.js";

/** Readers of arguments that were converted to the parameter's type already, so that a wrong kind is a bug of ours. */

export function textOf(args: readonly Value[], index: number): string {
  const value = args[index];
  return value?.kind === "string" ? value.value : fail("a string is required", index);
}

export function numberOf(args: readonly Value[], index: number): Exact {
  const value = args[index];
  return value?.kind === "number" ? value.value : fail("a number is required", index);
}

/** A whole number that fits. */
export function integerOf(args: readonly Value[], index: number, what = "value"): number {
  const number = numberOf(args, index);
  return safeInteger(number) ?? fail(`${what} must be a whole number, not ${exactText(number)}`, index);
}

/** Items of a list, set or tuple. */
export function itemsOf(args: readonly Value[], index: number): readonly Value[] {
  const value = args[index];
  return value && "items" in value ? value.items : fail("a list, set or tuple is required", index);
}

/** Texts of a known list of strings. */
export function textsOf(args: readonly Value[], index: number): readonly string[] {
  return itemsOf(args, index).map((item, i) =>
    item.kind === "string" ? item.value : fail(`element ${i} is null; null values cannot be used here`, index),
  );
}
