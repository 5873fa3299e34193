import type { Fields, FieldValue } from "../../core/late.js";

/**
 * A value inside Go-template text. `bigint` is Go's int, `number` its float64; `null` is both nil and "no such field",
 * which prints as `<no value>`.
 */
export type GoValue =
  | string
  | bigint
  | number
  | boolean
  | null
  | readonly GoValue[]
  | { readonly [key: string]: GoValue };

/** Returns Go's name for the type of a value, for messages. */
export function goTypeName(value: GoValue): string {
  if (value === null) return "nil";
  if (typeof value === "string") return "string";
  if (typeof value === "bigint") return "int";
  if (typeof value === "number") return "float64";
  if (typeof value === "boolean") return "bool";
  return isList(value) ? "[]interface {}" : "map[string]interface {}";
}

/** Returns whether a value is a list. `Array.isArray` alone does not narrow readonly arrays. */
export function isList(value: GoValue): value is readonly GoValue[] {
  return Array.isArray(value);
}

/** Returns whether a value is a map. */
export function isMap(value: GoValue): value is { readonly [key: string]: GoValue } {
  return typeof value === "object" && value !== null && !isList(value);
}

/** Returns whether Go treats a value as true: false, zero, nil and empty values are false (text/template, "Actions"). */
export function isTrue(value: GoValue): boolean {
  if (value === null) return false;
  if (typeof value !== "object") return Boolean(value);
  return isList(value) ? value.length > 0 : Object.keys(value).length > 0;
}

/** Replaces `{{` in the values of fields, so that they are never read as template text. */
const BRACES = "\u{10fffd}\u{10fffc}";

/** Returns fields as Go values. Whole numbers are ints. */
export function goFields(fields: Fields): GoValue {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, goValue(value)]));
}

function goValue(value: FieldValue): GoValue {
  if (typeof value === "string") return value.replaceAll("{{", BRACES);
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof value === "boolean") return value;
  return Object.fromEntries(Object.entries(value).map(([name, text]) => [name, goValue(text)]));
}

/** Restores the `{{` of field values after rendering. */
export function restoreBraces(text: string): string {
  return text.replaceAll(BRACES, "{{");
}
