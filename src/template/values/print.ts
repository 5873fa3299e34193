import { printString } from "../hcl/syntax/print.js";
import { exactText } from "./number.js";
import type { Value } from "./value.js";

/** Formats a value for display, as HCL writes it. A string alone has no quotes; unknown values are `<unknown>`. */
export function formatValue(value: Value): string {
  return value.kind === "string" ? value.value : write(value, "");
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
