import type { Diagnostic } from "../../../../core/diagnostics.js";
import type { Position } from "../../../../core/source.js";
import type { JsonString } from "../body.js";
import { type LocatedText, rangeBetween } from "../located.js";

/** A cursor over a JSON text (RFC 8259). Parsing stops at the first error. */
export interface JsonScanner {
  readonly source: LocatedText;
  readonly diagnostics: Diagnostic[];
  offset: number;
  /** Number of values so far. */
  values: number;
}

const BLANK = /[ \t\r\n]*/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SHORT = new Map([..."bfnrt"].map((letter, i) => [letter, "\b\f\n\r\t".charAt(i)]));

/** Skips white space. Returns the next character, or an empty string at the end. */
export function nextCharacter(s: JsonScanner): string {
  readMatch(s, BLANK);
  return s.source.text.charAt(s.offset);
}

/** Consumes and returns the text that matches a pattern at the cursor. */
export function readMatch(s: JsonScanner, pattern: RegExp): string | undefined {
  pattern.lastIndex = s.offset;
  const found = pattern.exec(s.source.text)?.[0];
  if (found !== undefined) s.offset += found.length;
  return found;
}

/** Records an error. Returns undefined, so that the caller can return it. */
export function recordProblem(
  s: JsonScanner,
  place: { readonly start: number; readonly end: number },
  problem: { readonly summary: string; readonly detail: string; readonly hint?: string | undefined },
): undefined {
  const code = problem.summary.toLowerCase().replaceAll(" ", "-");
  const range = rangeBetween(s.source, place.start, Math.min(place.end, s.source.text.length));
  s.diagnostics.push({ severity: "error", code, ...problem, range });
  return undefined;
}

/** Scans a string. The cursor is at its opening quote. */
export function scanString(s: JsonScanner): JsonString | undefined {
  const start = s.offset++;
  let text = readMatch(s, PLAIN) ?? "";
  // The offset of each character in the file, used when the string contains escapes.
  const offsets: number[] = [];
  const addOffsets = (from: number, length: number) => {
    for (let i = 0; i < length; i++) offsets.push(from + i);
  };
  if (s.source.text[s.offset] === "\\") addOffsets(start + 1, text.length);
  while (s.source.text[s.offset] === "\\") {
    addOffsets(s.offset, 1);
    const sequence = readMatch(s, ESCAPE);
    if (sequence === undefined) return failEscape(s);
    const from = s.offset;
    const plain = readMatch(s, PLAIN) ?? "";
    addOffsets(from, plain.length);
    text += decode(sequence) + plain;
  }
  if (s.source.text[s.offset] !== '"') return failString(s, start);
  const end = s.offset++;
  const range = rangeBetween(s.source, start, s.offset);
  return {
    kind: "string",
    text: text.replaceAll(/\p{Surrogate}/gu, "\ufffd"),
    at: positionFinder(s.source, start + 1, end, offsets),
    range,
  };
}

function positionFinder(source: LocatedText, start: number, end: number, offsets: readonly number[]): JsonString["at"] {
  if (offsets.length === 0) return (index): Position => source.at(start + index);
  return (index): Position => source.at(offsets[index] ?? end);
}

function decode(sequence: string): string {
  const letter = sequence.charAt(1);
  if (letter === "u") return String.fromCharCode(Number.parseInt(sequence.slice(2), 16));
  return SHORT.get(letter) ?? letter;
}

function failEscape(s: JsonScanner): undefined {
  return recordProblem(
    s,
    { start: s.offset, end: s.offset + 2 },
    {
      summary: "Invalid escape sequence",
      detail: 'Valid sequences are \\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uNNNN.',
      hint: "Write \\\\ for a backslash.",
    },
  );
}

function failString(s: JsonScanner, start: number): undefined {
  const control = s.offset < s.source.text.length;
  return recordProblem(s, control ? { start: s.offset, end: s.offset + 1 } : { start, end: start + 1 }, {
    summary: control ? "Invalid character in string" : "Unterminated string literal",
    detail: control
      ? "A JSON string cannot contain newlines, tabs or other control characters."
      : "There is no closing quote for this string before the end of the file.",
    hint: control ? "Write \\n for a newline and \\t for a tab. Check for a missing closing quote." : undefined,
  });
}
