import { MASK } from "../../core/secrets/masking.js";
import { printString } from "../hcl/syntax/print.js";
import { exactText } from "./number.js";
import { stringValue, type Value } from "./value.js";

/** Formats a value as HCL writes it, with its secrets. A string alone has no quotes; unknown values are `<unknown>`. */
export function formatValue(value: Value): string {
  return value.kind === "string" ? value.value : write(value, "");
}

/**
 * Formats a value for people: as `formatValue`, with `<sensitive>` for each sensitive string, number and truth value. Numbers and truth values
 * of few characters are not found in text, so they are hidden here.
 */
export function formatVisibly(value: Value): string {
  return formatValue(withoutSecrets(value, false));
}

const HIDDEN = stringValue(MASK);

/** Returns the value with each sensitive part replaced; an empty string is no secret. */
function withoutSecrets(value: Value, inherited: boolean): Value {
  const sensitive = inherited || value.sensitive;
  if ("items" in value) return { ...value, items: value.items.map((item) => withoutSecrets(item, sensitive)) };
  if ("entries" in value) {
    const entries = [...value.entries].map(([key, item]) => [key, withoutSecrets(item, sensitive)] as const);
    return { ...value, entries: new Map(entries) };
  }
  const isShown = !sensitive || value.kind === "null" || value.kind === "unknown";
  return isShown || (value.kind === "string" && value.value === "") ? value : HIDDEN;
}

function write(value: Value, indent: string): string {
  switch (value.kind) {
    case "string":
      return printString(value.value);
    case "number":
      return exactText(value.value);
    case "bool":
      return String(value.value);
    case "null":
      return "null";
    case "unknown":
      return "<unknown>";
    case "map":
    case "object":
      return lines(
        "{",
        [...value.entries].map(([key, item]) => `${printString(key)} = ${write(item, `${indent}  `)}`),
        "}",
        indent,
      );
    default:
      return lines(
        "[",
        value.items.map((item) => `${write(item, `${indent}  `)},`),
        "]",
        indent,
      );
  }
}

function lines(open: string, inner: readonly string[], close: string, indent: string): string {
  if (inner.length === 0) return open + close;
  return [open, ...inner.map((line) => `${indent}  ${line}`), `${indent}${close}`].join("\n");
}
