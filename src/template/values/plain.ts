import { exactText } from "./number.js";
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

/** JSON data as a value: arrays are tuples, objects objects; undefined is null. */
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

/** A known value as JSON data; numbers that JavaScript cannot hold exactly are text. */
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
