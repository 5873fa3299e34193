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

/** The type of a value as Go names it in messages. */
export function typeName(value: GoValue): string {
  if (value === null) return "nil";
  if (typeof value === "string") return "string";
  if (typeof value === "bigint") return "int";
  if (typeof value === "number") return "float64";
  if (typeof value === "boolean") return "bool";
  return isList(value) ? "[]interface {}" : "map[string]interface {}";
}

/** Whether a value is a list; `Array.isArray` alone does not narrow readonly arrays. */
export function isList(value: GoValue): value is readonly GoValue[] {
  return Array.isArray(value);
}

/** Whether a value is a map. */
export function isMap(value: GoValue): value is { readonly [key: string]: GoValue } {
  return typeof value === "object" && value !== null && !isList(value);
}

/** Go's truth: false, zero, nil and anything empty are false (text/template, "Actions"). */
export function isTrue(value: GoValue): boolean {
  if (value === null) return false;
  if (typeof value !== "object") return Boolean(value);
  return isList(value) ? value.length > 0 : Object.keys(value).length > 0;
}
