import type { OptionNode } from "../../../options/node.js";

/** A JSON value. Objects keep the order of their keys, numbers their digits. */
export type JsonValue = string | boolean | null | JsonNumber | readonly JsonValue[] | JsonObject;

/** An object by its keys, in order. */
export type JsonObject = ReadonlyMap<string, JsonValue>;

/** A number as written. */
interface JsonNumber {
  readonly digits: string;
}

/** Returns the value of a parsed node. */
export function jsonValue(node: OptionNode): JsonValue {
  switch (node.kind) {
    case "object":
      return new Map(node.entries.map(({ key, value }) => [key, jsonValue(value)]));
    case "list":
      return node.items.map(jsonValue);
    case "number":
      return { digits: node.value };
    case "string":
    case "bool":
      return node.value;
    default:
      return null;
  }
}

/** Returns the text of a value, indented by two spaces as `packer fix` does. */
export function printJson(value: JsonValue, margin = ""): string {
  const inner = `${margin}  `;
  if (isList(value)) {
    const items = value.map((item) => `${inner}${printJson(item, inner)}`);
    return items.length === 0 ? "[]" : `[\n${items.join(",\n")}\n${margin}]`;
  }
  if (isObject(value)) {
    const entries = [...value].map(([key, item]) => `${inner}${JSON.stringify(key)}: ${printJson(item, inner)}`);
    return entries.length === 0 ? "{}" : `{\n${entries.join(",\n")}\n${margin}}`;
  }
  return isNumber(value) ? value.digits : JSON.stringify(value);
}

export function isList(value: JsonValue | undefined): value is readonly JsonValue[] {
  return Array.isArray(value);
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return value instanceof Map;
}

export function isNumber(value: JsonValue | undefined): value is JsonNumber {
  return typeof value === "object" && value !== null && "digits" in value;
}

/** Returns the object with a key set, at its place or at the end. */
export function withKey(object: JsonObject, key: string, value: JsonValue): JsonObject {
  return new Map(object).set(key, value);
}

/** Returns the object without some keys. */
export function withoutKeys(object: JsonObject, ...keys: readonly string[]): JsonObject {
  return new Map([...object].filter(([key]) => !keys.includes(key)));
}

/**
 * Returns the object with a value under a new key, at the place of the old key. `over` says what to do if the new key exists: `replace`
 * its value, or `keep` it and drop the old key. Without the old key the object is unchanged.
 */
export function renameKey(object: JsonObject, names: readonly [string, string], over: "replace" | "keep"): JsonObject {
  const [from, to] = names;
  if (!object.has(from)) return object;
  if (object.has(to) && over === "keep") return withoutKeys(object, from);
  return new Map([...object].filter(([key]) => key !== to).map(([key, value]) => [key === from ? to : key, value]));
}
