import type { Diagnostic } from "../../../../core/diagnostics.js";
import type { JsonProperty, JsonValue } from "../body.js";
import { type LocatedText, MAX_DEPTH, MAX_JSON_VALUES, rangeBetween } from "../located.js";
import { type JsonScanner, nextCharacter, readMatch, recordProblem, scanString } from "./scanner.js";

/** Parses strict JSON (RFC 8259: no comments, no trailing commas). `value` is undefined after an error. */
export function parseJsonValue(source: LocatedText): {
  value: JsonValue | undefined;
  diagnostics: readonly Diagnostic[];
} {
  const s: JsonScanner = { source, diagnostics: [], offset: source.text.startsWith("\ufeff") ? 1 : 0, values: 0 };
  const value = parseValue(s, 0);
  if (value && nextCharacter(s) !== "")
    reportUnexpected(s, "Extraneous data after value", "Extra characters appear after the JSON value.");
  return { value: s.diagnostics.length > 0 ? undefined : value, diagnostics: s.diagnostics };
}

function parseValue(s: JsonScanner, depth: number): JsonValue | undefined {
  const first = nextCharacter(s);
  if (++s.values > MAX_JSON_VALUES)
    return reportUnexpected(s, "Too many values", `A JSON text may have up to ${MAX_JSON_VALUES} values.`);
  if (depth > MAX_DEPTH)
    return reportUnexpected(s, "Nesting too deep", `Values may be nested up to ${MAX_DEPTH} levels deep.`);
  if (first === "{") return parseObject(s, depth);
  if (first === "[") return parseArray(s, depth);
  if (first === '"') return scanString(s);
  return parseWord(s, first);
}

const WORD = /[\w+.-]+/y;
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const KEYWORDS = new Map<string, boolean | null>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

function parseWord(s: JsonScanner, first: string): JsonValue | undefined {
  const start = s.offset;
  const word = readMatch(s, WORD) ?? "";
  const range = rangeBetween(s.source, start, s.offset);
  const keyword = KEYWORDS.get(word);
  if (keyword !== undefined) return { kind: "keyword", value: keyword, range };
  if (NUMBER.test(word)) return { kind: "number", digits: word, range };
  s.offset = start;
  if (first === "")
    return reportUnexpected(s, "Missing JSON value", "Expected a JSON value, but found the end of the file.");
  if (first === "/" || first === "#")
    return reportUnexpected(s, "Invalid JSON value", "JSON does not support comments.", 'Use a property named "//".');
  if (first === "}" || first === "]")
    return reportUnexpected(
      s,
      "Missing JSON value",
      "Expected a JSON value before this bracket.",
      "Remove a trailing comma.",
    );
  const end = start + Math.max(1, word.length);
  return recordProblem(
    s,
    { start, end },
    {
      summary: "Invalid JSON value",
      detail: "Expected a string, a number, true, false, null, an object or an array.",
      hint: /^[A-Za-z_']/.test(first) ? "Use double quotes to enclose strings." : undefined,
    },
  );
}

function reportUnexpected(s: JsonScanner, summary: string, detail: string, hint?: string): undefined {
  return recordProblem(s, { start: s.offset, end: s.offset + 1 }, { summary, detail, hint });
}

function parseArray(s: JsonScanner, depth: number): JsonValue | undefined {
  const start = s.offset++;
  const items: JsonValue[] = [];
  for (let more = nextCharacter(s) !== "]"; more; ) {
    const item = parseValue(s, depth + 1);
    if (!item) return undefined;
    items.push(item);
    const separated = parseSeparator(s, start, "]");
    if (separated === undefined) return undefined;
    more = separated;
  }
  s.offset++;
  return { kind: "array", items, range: rangeBetween(s.source, start, s.offset) };
}

function parseObject(s: JsonScanner, depth: number): JsonValue | undefined {
  const start = s.offset++;
  const properties: JsonProperty[] = [];
  for (let more = nextCharacter(s) !== "}"; more; ) {
    const property = parseProperty(s, depth);
    if (!property) return undefined;
    properties.push(property);
    const separated = parseSeparator(s, start, "}");
    if (separated === undefined) return undefined;
    more = separated;
  }
  s.offset++;
  return { kind: "object", properties, range: rangeBetween(s.source, start, s.offset) };
}

function parseProperty(s: JsonScanner, depth: number): JsonProperty | undefined {
  const next = nextCharacter(s);
  if (next !== '"')
    return reportUnexpected(
      s,
      "Invalid property name",
      "Expected a property name in double quotes.",
      next === "}" ? "Remove the comma before the closing brace." : undefined,
    );
  const name = scanString(s);
  if (!name) return undefined;
  if (nextCharacter(s) !== ":")
    return reportUnexpected(
      s,
      "Missing property value colon",
      `Expected a colon after the property name "${name.text}".`,
    );
  s.offset++;
  const value = parseValue(s, depth + 1);
  return value && { name, value };
}

/** Returns true after a comma and false before the closing bracket. Returns undefined after an error. */
function parseSeparator(s: JsonScanner, start: number, close: string): boolean | undefined {
  const next = nextCharacter(s);
  if (next === close) return false;
  if (next === ",") {
    s.offset++;
    return true;
  }
  if (next === "")
    return recordProblem(
      s,
      { start, end: start + 1 },
      {
        summary: close === "}" ? "Unclosed object" : "Unclosed array",
        detail: `There is no closing "${close}" for this bracket before the end of the file.`,
      },
    );
  return reportUnexpected(s, "Missing separator comma", `Expected a comma or "${close}".`);
}
