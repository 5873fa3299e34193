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
 * Tells what is wrong with the JSON: every missing comma (the parser knows how to go on after one), and the first problem of
 * any other kind, since what follows it is guesswork.
 */
export function reportSyntaxErrors(
  text: string,
  errors: readonly ParseError[],
  range: (start: number, end: number) => Range,
  findings: TemplateFindings,
): void {
  if (text.trim() === "") {
    findings.error("json-syntax", "the template is empty", range(0, 0), {
      hint: "It must be a JSON object with builders.",
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
      return { summary: "a colon is missing after the key", start: before, end: before, hint: 'Write "key": value.' };
    case "PropertyNameExpected":
      return { summary: `a key in double quotes is expected, not ${found}`, ...here, ...keyHint(text, offset) };
    case "ValueExpected":
      return { summary: `a value is expected, not ${found}`, ...here };
    case "CloseBraceExpected":
      return {
        summary: 'a "}" is missing',
        start: before,
        end: before,
        hint: 'An object that was opened with "{" is not closed.',
      };
    case "CloseBracketExpected":
      return {
        summary: 'a "]" is missing',
        start: before,
        end: before,
        hint: 'A list that was opened with "[" is not closed.',
      };
    case "EndOfFileExpected":
      return {
        summary: `the template ends before ${found}`,
        ...here,
        hint: "There is a closing bracket too many, or text after the last one.",
      };
    case "UnexpectedEndOfString":
      return {
        summary: "a string is not closed on its line",
        ...here,
        hint: 'Add the closing ", or write a line break as \\n.',
      };
    case "UnexpectedEndOfComment":
      return { summary: 'a comment is not closed: "*/" is missing', ...here };
    case "InvalidCharacter":
      return {
        summary: "a string holds a control character",
        ...here,
        hint: "Write a tab as \\t and a line break as \\n.",
      };
    case "InvalidEscapeCharacter":
    case "InvalidUnicode":
      return { summary: "a string holds an unknown escape", ...here, hint: "Write a backslash as \\\\." };
    case "InvalidNumberFormat":
      return { summary: `${found} is not a number of JSON`, ...here };
    case "InvalidSymbol":
      if (/^\s*:/.test(text.slice(offset + length)))
        return { summary: `a key in double quotes is expected, not ${found}`, ...here, ...keyHint(text, offset) };
      return { summary: `unexpected ${found}`, ...here, ...symbolHint(text, offset) };
    default:
      return { summary: `unexpected ${found}`, ...here };
  }
}

/** The comma belongs right after the value before, not where the next token was met. */
function missingComma(text: string, offset: number, before: number): Problem {
  const bracket = text[offset];
  if (bracket === "}" || bracket === "]") {
    const missing = bracket === "}" ? "]" : "}";
    return {
      summary: `a "${missing}" is missing before "${bracket}"`,
      start: before,
      end: before,
      hint: `Put a "${missing}" here.`,
    };
  }
  if (text[offset] === ":")
    return { summary: 'unexpected ":"', start: offset, end: offset + 1, hint: "A list has no keys." };
  return { summary: "a comma is missing after this value", start: before, end: before, hint: 'Put a "," here.' };
}

function keyHint(text: string, offset: number): { hint?: string | undefined } {
  if (text[offset] === "'") return { hint: "JSON knows double quotes alone." };
  return /[A-Za-z_]/.test(text[offset] ?? "") ? { hint: "Put the key in double quotes." } : {};
}

function symbolHint(text: string, offset: number): { hint?: string | undefined } {
  if (text[offset] === "'") return { hint: "JSON knows double quotes alone." };
  if (/^(True|False|None|TRUE|FALSE|Null|NULL)\b/.test(text.slice(offset, offset + 6)))
    return { hint: "JSON writes true, false and null in small letters." };
  return {};
}

/** Where the last token before `offset` ends; comments and white space are no tokens. */
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
