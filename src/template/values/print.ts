import { exactText } from "./number.js";
import type { Value } from "./value.js";

/** A value for people, as HCL writes it; text alone stands without quotes, what is not known yet as `<unknown>`. */
export function formatValue(value: Value): string {
  return value.kind === "string" ? value.value : write(value, "");
}

/** A value as an HCL expression. */
export function valueExpression(value: Value): string {
  return write(value, "");
}

function write(value: Value, indent: string): string {
  switch (value.kind) {
    case "string":
      return quote(value.value);
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
        [...value.entries].map(([key, item]) => `${quote(key)} = ${write(item, `${indent}  `)}`),
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

const ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\" };

/** A quoted HCL string; what would start an interpolation is escaped. */
function quote(text: string): string {
  const escaped = text
    .replace(/[\n\r\t"\\]/g, (c) => ESCAPES[c] ?? c)
    .replace(/[\u0000-\u001f\u007f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .replace(/[$%](?=\{)/g, (c) => c + c);
  return `"${escaped}"`;
}
