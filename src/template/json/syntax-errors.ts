import { createScanner, type ParseError, printParseErrorCode } from "jsonc-parser";
import type { Range } from "../../core/source.js";
import type { TemplateFindings } from "./findings.js";

interface Problem {
  readonly summary: string;
  readonly start: number;
  readonly end: number;
  readonly hint?: string | undefined;
}

/**
 * Reports JSON syntax errors: every missing comma, since the parser continues after one, and the first error of any other
 * kind, since later errors may only be its consequences.
 */
export function reportSyntaxErrors(
  text: string,
  errors: readonly ParseError[],
  range: (start: number, end: number) => Range,
  findings: TemplateFindings,
): void {
  if (text.trim() === "") {
    findings.error("json-syntax", "The template is empty", range(0, 0), {
      hint: 'Write a JSON object with "builders".',
    });
    return;
  }
  for (const error of errors) {
    const { summary, start, end, hint } = explain(text, error);
    findings.error("json-syntax", summary, range(start, Math.max(end, start)), hint ? { hint } : {});
    if (printParseErrorCode(error.error) !== "CommaExpected" || /[}\]]/.test(text[error.offset] ?? "")) return;
  }
}

function explain(text: string, { error, offset, length }: ParseError): Problem {
  const here = { start: offset, end: offset + length };
  const found =
    offset >= text.trimEnd().length ? "the end of the file" : `"${text.slice(offset, offset + Math.min(length, 20))}"`;
  const before = endOfTokenBefore(text, offset);
  switch (printParseErrorCode(error)) {
    case "CommaExpected":
      return missingComma(text, offset, before);
    case "ColonExpected":
      return { summary: "Missing colon after the key", start: before, end: before, hint: 'Write "key": value.' };
    case "PropertyNameExpected":
      return { summary: `Expected a key in double quotes, found ${found}`, ...here, ...keyHint(text, offset) };
    case "ValueExpected":
      return { summary: `Expected a value, found ${found}`, ...here };
    case "CloseBraceExpected":
      return {
        summary: 'Missing "}"',
        start: before,
        end: before,
        hint: 'Close every object that starts with "{".',
      };
    case "CloseBracketExpected":
      return {
        summary: 'Missing "]"',
        start: before,
        end: before,
        hint: 'Close every list that starts with "[".',
      };
    case "EndOfFileExpected":
      return {
        summary: `Unexpected ${found} after the end of the template`,
        ...here,
        hint: "Remove the extra closing bracket, or the text after the last one.",
      };
    case "UnexpectedEndOfString":
      return {
        summary: "A string is not closed on its line",
        ...here,
        hint: 'Add the closing ", or write a line break as \\n.',
      };
    case "UnexpectedEndOfComment":
      return { summary: 'A comment is not closed: "*/" is missing', ...here };
    case "InvalidCharacter":
      return {
        summary: "A string contains a control character",
        ...here,
        hint: "Write a tab as \\t and a line break as \\n.",
      };
    case "InvalidEscapeCharacter":
    case "InvalidUnicode":
      return { summary: "A string contains an unknown escape sequence", ...here, hint: "Write a backslash as \\\\." };
    case "InvalidNumberFormat":
      return { summary: `${found} is not a valid JSON number`, ...here };
    case "InvalidSymbol":
      if (/^\s*:/.test(text.slice(offset + length)))
        return { summary: `Expected a key in double quotes, found ${found}`, ...here, ...keyHint(text, offset) };
      return { summary: `Unexpected ${found}`, ...here, ...symbolHint(text, offset) };
    default:
      return { summary: `Unexpected ${found}`, ...here };
  }
}

/** The place is right after the value before, where the comma belongs, not at the next token. */
function missingComma(text: string, offset: number, before: number): Problem {
  const bracket = text[offset];
  if (bracket === "}" || bracket === "]") {
    const missing = bracket === "}" ? "]" : "}";
    return {
      summary: `Missing "${missing}" before "${bracket}"`,
      start: before,
      end: before,
      hint: `Add "${missing}" here.`,
    };
  }
  if (text[offset] === ":")
    return {
      summary: 'Unexpected ":"',
      start: offset,
      end: offset + 1,
      hint: "Remove the key, or write an object: a list has no keys.",
    };
  return { summary: "Missing comma after this value", start: before, end: before, hint: 'Add "," here.' };
}

function keyHint(text: string, offset: number): { hint?: string | undefined } {
  if (text[offset] === "'") return { hint: "Use double quotes." };
  return /[A-Za-z_]/.test(text[offset] ?? "") ? { hint: "Put the key in double quotes." } : {};
}

function symbolHint(text: string, offset: number): { hint?: string | undefined } {
  if (text[offset] === "'") return { hint: "Use double quotes." };
  if (/^(True|False|None|TRUE|FALSE|Null|NULL)\b/.test(text.slice(offset, offset + 6)))
    return { hint: "Write true, false and null in lower case." };
  return {};
}

/** Returns the end of the last token before `offset`. Comments and white space are not tokens. */
function endOfTokenBefore(text: string, offset: number): number {
  const scanner = createScanner(text, true);
  let end = 0;
  for (;;) {
    scanner.scan();
    const [at, length] = [scanner.getTokenOffset(), scanner.getTokenLength()];
    if (length === 0 || at >= offset) return end;
    end = at + length;
  }
}
