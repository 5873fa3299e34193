import type { Diagnostic } from "../../../../core/diagnostics.js";
import type { Position } from "../../../../core/source.js";
import type { JsonString } from "../body.js";
import { type LocatedText, rangeBetween } from "../located.js";

/** A cursor over a JSON text (RFC 8259). After the first error nothing more is read. */
export interface JsonScanner {
  readonly source: LocatedText;
  readonly diagnostics: Diagnostic[];
  offset: number;
}

const BLANK = /[ \t\r\n]*/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SHORT = new Map([..."bfnrt"].map((letter, i) => [letter, "\b\f\n\r\t".charAt(i)]));

/** Skips white space. Returns the character that follows, empty at the end. */
export function nextCharacter(s: JsonScanner): string {
  readMatch(s, BLANK);
  return s.source.text.charAt(s.offset);
}

/** The text that a pattern matches at the cursor, consumed. */
export function readMatch(s: JsonScanner, pattern: RegExp): string | undefined {
  pattern.lastIndex = s.offset;
  const found = pattern.exec(s.source.text)?.[0];
  if (found !== undefined) s.offset += found.length;
  return found;
}

/** Records what is wrong from `start` on. Returns undefined, for the caller to return. */
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

/** A string; the cursor is at its opening quote. */
export function scanString(s: JsonScanner): JsonString | undefined {
  const start = s.offset++;
  let text = readMatch(s, PLAIN) ?? "";
  // Where each character stands, once an escape makes the text run apart from the file.
  const offsets: number[] = [];
  const note = (from: number, length: number) => {
    for (let i = 0; i < length; i++) offsets.push(from + i);
  };
  if (s.source.text[s.offset] === "\\") note(start + 1, text.length);
  while (s.source.text[s.offset] === "\\") {
    note(s.offset, 1);
    const sequence = readMatch(s, ESCAPE);
    if (sequence === undefined) return failEscape(s);
    const from = s.offset;
    const plain = readMatch(s, PLAIN) ?? "";
    note(from, plain.length);
    text += decode(sequence) + plain;
  }
  if (s.source.text[s.offset] !== '"') return failString(s, start);
  const end = s.offset++;
  const range = rangeBetween(s.source, start, s.offset);
  return {
    kind: "string",
    text: text.replaceAll(/\p{Surrogate}/gu, "\ufffd"),
    at: placer(s.source, start + 1, end, offsets),
    range,
  };
}

function placer(source: LocatedText, start: number, end: number, offsets: readonly number[]): JsonString["at"] {
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
      detail: 'JSON knows \\" \\\\ \\/ \\b \\f \\n \\r \\t and \\uNNNN.',
      hint: "For a backslash write \\\\.",
    },
  );
}

function failString(s: JsonScanner, start: number): undefined {
  const control = s.offset < s.source.text.length;
  return recordProblem(s, control ? { start: s.offset, end: s.offset + 1 } : { start, end: start + 1 }, {
    summary: control ? "Invalid character in string" : "Unterminated string literal",
    detail: control
      ? "Line breaks, tabs and other control characters cannot stand in a JSON string as they are."
      : "The string is not closed before the end of the file.",
    hint: control ? "Write \\n for a line break and \\t for a tab. Or is a closing quote missing?" : undefined,
  });
}
