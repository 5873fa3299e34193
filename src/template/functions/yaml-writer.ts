import { exactText } from "../values/number.js";
import type { Value } from "../values/value.js";

/** Writes a known value as go-cty-yaml does: block style, strings in double quotes, and multi-line strings as literal blocks. */
export function writeYaml(value: Value): string {
  // A single plain scalar needs an end marker after the document.
  const bare = value.kind === "number" || value.kind === "bool" || value.kind === "null";
  return `${node(value, 0, "top")}\n${bare ? "...\n" : ""}`;
}

/** Text that a literal block cannot represent: a space before a line end or at the end, and characters that cannot be printed. */
const NO_BLOCK = / (?:[\n\u2028\u2029]|$)|[\u2028\u2029]|[^\n\u0020-\u007e\u00a0-\ud7ff\ue000-\ufefe\uff00-\ufffd]/u;

type Place = "top" | "key" | "item";

function node(value: Value, depth: number, place: Place): string {
  if ("items" in value) return value.items.length === 0 ? spaced(place, "[]") : sequence(value.items, depth, place);
  if ("entries" in value) return value.entries.size === 0 ? spaced(place, "{}") : mapping(value.entries, depth, place);
  if (value.kind === "string" && value.value.includes("\n") && !NO_BLOCK.test(value.value))
    return spaced(place, literal(value.value, place === "top" ? 0 : depth));
  return spaced(place, scalar(value));
}

function spaced(place: Place, text: string): string {
  return place === "key" ? ` ${text}` : text;
}

function indent(depth: number): string {
  return "  ".repeat(depth);
}

/** Items of a list in a map have the indentation of its key. */
function sequence(items: readonly Value[], depth: number, place: Place): string {
  const at = place === "key" ? depth - 1 : depth;
  const lines = items.map((item) => `- ${node(item, at + 1, "item")}`);
  return (place === "key" ? `\n${indent(at)}` : "") + lines.join(`\n${indent(at)}`);
}

function mapping(entries: ReadonlyMap<string, Value>, depth: number, place: Place): string {
  const lines = [...entries].map(([key, item]) => `${quote(key)}:${node(item, depth + 1, "key")}`);
  return (place === "key" ? `\n${indent(depth)}` : "") + lines.join(`\n${indent(depth)}`);
}

function scalar(value: Value): string {
  if (value.kind === "string") return quote(value.value);
  if (value.kind === "number") return exactText(value.value);
  return value.kind === "bool" ? String(value.value) : "null";
}

/** Writes `|`, with `-` when no line end follows and `+` when several do. */
function literal(text: string, depth: number): string {
  const chomping = text.endsWith("\n") ? (/(^|\n)\n$/.test(text) ? "+" : "") : "-";
  const hint = /^[ \n]/.test(text) ? "2" : "";
  const body = text.replace(/\n$/, "").split("\n");
  const lines = body.map((line) => (line === "" ? "" : `${indent(Math.max(depth, 1))}${line}`));
  return `|${hint}${chomping}\n${lines.join("\n")}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "\0": "\\0",
  "\u0007": "\\a",
  "\b": "\\b",
  "\t": "\\t",
  "\u000b": "\\v",
  "\f": "\\f",
  "\r": "\\r",
  "\n": "\\n",
  "\u001b": "\\e",
  '"': '\\"',
  "\\": "\\\\",
  "\u0085": "\\N",
  "\u2028": "\\L",
  "\u2029": "\\P",
  "\ufeff": "\\uFEFF",
};

function quote(text: string): string {
  const escaped = text.replace(/[\u0000-\u001f"\\\u007f-\u009f\u2028\u2029\ufeff]|[\u{10000}-\u{10ffff}]/gu, (c) => {
    const point = c.codePointAt(0) ?? 0;
    if (point > 0xffff) return `\\U${point.toString(16).toUpperCase().padStart(8, "0")}`;
    return ESCAPES[c] ?? `\\x${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  });
  return `"${escaped}"`;
}
