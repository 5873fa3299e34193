import { type Exact, exactText } from "./number.js";
import {
  boolValue,
  nullValue,
  numberValue,
  objectValue,
  stringValue,
  tupleValue,
  unknownValue,
  type Value,
} from "./value.js";

/** A value cannot be written as JSON. */
export class NotJson extends Error {
  constructor(message: string) {
    super(message);
    this.name = "NotJson";
  }
}

/** Returns compact JSON as Go writes it: keys are sorted, `<`, `>` and `&` escaped. The value must be wholly known. */
export function toJson(value: Value): string {
  switch (value.kind) {
    case "null":
      return "null";
    case "unknown":
      throw new NotJson("the value is not known yet");
    case "string":
      return goQuote(value.value);
    case "number":
      return jsonNumber(value.value);
    case "bool":
      return String(value.value);
    case "map":
    case "object":
      return `{${[...value.entries].map(([key, item]) => `${goQuote(key)}:${toJson(item)}`).join(",")}}`;
    default:
      return `[${value.items.map(toJson).join(",")}]`;
  }
}

function jsonNumber(value: Exact): string {
  if (!value.isFinite()) throw new NotJson("JSON has no infinity");
  return exactText(value);
}

/** Returns a JSON string as Go's encoding/json writes it. */
export function goQuote(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Converts JSON data to a value: arrays to tuples, objects to objects, undefined to null. */
export function fromPlain(data: unknown): Value {
  if (data === null || data === undefined) return nullValue();
  if (typeof data === "string") return stringValue(data);
  if (typeof data === "number" || typeof data === "bigint") return numberValue(data);
  if (typeof data === "boolean") return boolValue(data);
  if (Array.isArray(data)) return tupleValue(data.map(fromPlain));
  if (typeof data === "object")
    return objectValue(Object.entries(data).map(([key, item]) => [key, fromPlain(item)] as const));
  return unknownValue();
}

/** Converts a known value to JSON data. Numbers that JavaScript cannot represent exactly become strings. */
export function toPlain(value: Value): unknown {
  switch (value.kind) {
    case "string":
    case "bool":
      return value.value;
    case "number": {
      const number = value.value.toNumber();
      return String(number) === exactText(value.value) ? number : exactText(value.value);
    }
    case "null":
    case "unknown":
      return null;
    case "map":
    case "object":
      return Object.fromEntries([...value.entries].map(([key, item]) => [key, toPlain(item)]));
    default:
      return value.items.map(toPlain);
  }
}
