import type { OptionNode } from "../../../options/node.js";

/** A JSON value. Objects keep the order of their keys, numbers their digits. */
export type JsonTree = string | boolean | null | JsonNumber | readonly JsonTree[] | JsonMap;

/** An object by its keys, in order. */
export type JsonMap = ReadonlyMap<string, JsonTree>;

/** A number as written. */
interface JsonNumber {
  readonly digits: string;
}

/** Returns the value of a parsed node. */
export function jsonValue(node: OptionNode): JsonTree {
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
export function printJson(value: JsonTree, margin = ""): string {
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

export function isList(value: JsonTree | undefined): value is readonly JsonTree[] {
  return Array.isArray(value);
}

export function isObject(value: JsonTree | undefined): value is JsonMap {
  return value instanceof Map;
}

export function isNumber(value: JsonTree | undefined): value is JsonNumber {
  return typeof value === "object" && value !== null && "digits" in value;
}

/** Returns the object with a key set, at its place or at the end. */
export function withKey(object: JsonMap, key: string, value: JsonTree): JsonMap {
  return new Map(object).set(key, value);
}

/** Returns the object without some keys. */
export function withoutKeys(object: JsonMap, ...keys: readonly string[]): JsonMap {
  return new Map([...object].filter(([key]) => !keys.includes(key)));
}

/**
 * Returns the object with a value under a new key, at the place of the old key. `over` says what to do if the new key exists: `replace`
 * its value, or `keep` it and drop the old key. Without the old key the object is unchanged.
 */
export function renameKey(object: JsonMap, names: readonly [string, string], over: "replace" | "keep"): JsonMap {
  const [from, to] = names;
  if (!object.has(from)) return object;
  if (object.has(to) && over === "keep") return withoutKeys(object, from);
  return new Map([...object].filter(([key]) => key !== to).map(([key, value]) => [key === from ? to : key, value]));
}
