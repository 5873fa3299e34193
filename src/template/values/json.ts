import { type Exact, exactText } from "./number.js";
import type { Value } from "./value.js";

/** A value that JSON cannot hold. */
export class NotJson extends Error {
  constructor(message: string) {
    super(message);
    this.name = "NotJson";
  }
}

/** The value as compact JSON as Go writes it: keys sorted, `<`, `>` and `&` escaped. The value must be wholly known. */
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

/** A JSON string as Go's encoding/json writes it. */
export function goQuote(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
