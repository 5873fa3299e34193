import { type Span, TextSyntaxError } from "./ast.js";
import { readCharacter, readNumber, readQuoted } from "./literals.js";

type TextTokenKind =
  | "text"
  | "open"
  | "close"
  | "identifier"
  | "field"
  | "variable"
  | "literal"
  | "|"
  | "("
  | ")"
  | ":="
  | "="
  | ","
  | "."
  | "end-of-text";

/** A token of the text. `spaced`: white space before it separates it from the operand before. */
export interface TextToken {
  readonly kind: TextTokenKind;
  readonly start: number;
  readonly end: number;
  /** The text, the name without `.`, or the source of a literal. */
  readonly text: string;
  readonly spaced: boolean;
  readonly literal: string | bigint | number | undefined;
}

/** `{{ .Field … }}`, which stays unchanged in the values of user variables (Packer §1.3). */
const KEPT_FIELD = /\{\{\s?\..*?\s?\}\}/y;

const SPACE = /[ \t\r\n]/;
const NAME = /[\p{L}\p{Nd}_]/u;

/** Splits Go-template text into tokens. With `keepFields`, actions that start with a field are plain text. Throws `TextSyntaxError`. */
export function lex(source: string, keepFields = false): TextToken[] {
  const tokens: TextToken[] = [];
  let at = 0;
  let trimNext = false;
  while (at < source.length) {
    const open = nextAction(source, at, keepFields);
    const trims = open < source.length && /^\{\{-[ \t\r\n]/.test(source.slice(open, open + 4));
    for (const token of textTokens(source, { start: at, end: open }, { left: trimNext, right: trims }))
      tokens.push(token);
    if (open >= source.length) break;
    const action = lexAction(source, open, trims);
    for (const token of action.tokens) tokens.push(token);
    checkCount(tokens);
    at = action.end;
    trimNext = action.trimsRight;
  }
  tokens.push({
    kind: "end-of-text",
    start: source.length,
    end: source.length,
    text: "",
    spaced: false,
    literal: undefined,
  });
  return tokens;
}

/** Maximum number of tokens in one text: the parsed text takes about 1 kB for each. */
const MAX_TOKENS = 100_000;

/** Throws `TextSyntaxError` at the last token when there are too many. */
function checkCount(tokens: readonly TextToken[]): void {
  const last = tokens.at(-1);
  if (last && tokens.length > MAX_TOKENS)
    throw new TextSyntaxError(
      `The template text has more than ${MAX_TOKENS.toLocaleString("en-US")} names, values and signs`,
      { start: last.start, end: last.end },
    );
}

function nextAction(source: string, from: number, keepFields: boolean): number {
  for (let at = source.indexOf("{{", from); at !== -1; at = source.indexOf("{{", at)) {
    KEPT_FIELD.lastIndex = at;
    if (!keepFields || !KEPT_FIELD.test(source)) return at;
    at = KEPT_FIELD.lastIndex;
  }
  return source.length;
}

/** Returns the text between two actions, without the white space that they trim; no token when the text is empty. */
function textTokens(
  source: string,
  span: Span,
  trim: { readonly left: boolean; readonly right: boolean },
): TextToken[] {
  let { start, end } = span;
  if (trim.left) while (start < end && SPACE.test(source[start] ?? "")) start++;
  if (trim.right) while (end > start && SPACE.test(source[end - 1] ?? "")) end--;
  return end > start
    ? [{ kind: "text", start, end, text: source.slice(start, end), spaced: false, literal: undefined }]
    : [];
}

interface Action {
  readonly tokens: readonly TextToken[];
  readonly end: number;
  readonly trimsRight: boolean;
}

/** Returns the end of a closing `}}`, or ` -}}` with the white space before it. Returns undefined when there is none at `at`. */
function closeAt(source: string, at: number): { readonly end: number; readonly trims: boolean } | undefined {
  if (source.startsWith("}}", at)) return { end: at + 2, trims: false };
  if (SPACE.test(source[at] ?? "") && source.startsWith("-}}", at + 1)) return { end: at + 4, trims: true };
  return undefined;
}

function lexAction(source: string, open: number, trims: boolean): Action {
  const begin = open + (trims ? 3 : 2);
  const inner = trims ? skipSpace(source, begin) : begin;
  if (source.startsWith("/*", inner)) return lexComment(source, open, inner);
  const tokens: TextToken[] = [
    { kind: "open", start: open, end: begin, text: "{{", spaced: false, literal: undefined },
  ];
  let at = begin;
  let depth = 0;
  for (;;) {
    const close = closeAt(source, at);
    const next = skipSpace(source, at);
    const later = close ?? closeAt(source, next);
    if (later) {
      if (depth > 0)
        throw new TextSyntaxError(
          "A parenthesis is not closed",
          { start: open, end: later.end },
          'Add ")" before "}}".',
        );
      const start = later.trims ? later.end - 3 : later.end - 2;
      tokens.push({ kind: "close", start, end: later.end, text: "}}", spaced: start > at, literal: undefined });
      return { tokens, end: later.end, trimsRight: later.trims };
    }
    if (next >= source.length)
      throw new TextSyntaxError('"{{" is not closed', { start: open, end: open + 2 }, 'Add "}}" at the end.');
    const token = lexToken(source, next, next > at);
    if (token.kind === "(") depth++;
    if (token.kind === ")" && --depth < 0)
      throw new TextSyntaxError('Unexpected ")"', token, 'Remove it, or add the opening "(".');
    tokens.push(token);
    checkCount(tokens);
    at = token.end;
  }
}

function lexComment(source: string, open: number, inner: number): Action {
  const finish = source.indexOf("*/", inner + 2);
  if (finish === -1)
    throw new TextSyntaxError("A comment is not closed", { start: open, end: inner + 2 }, 'Add "*/}}".');
  const close = closeAt(source, finish + 2);
  if (!close)
    throw new TextSyntaxError(
      "Unexpected text after a comment",
      { start: inner, end: finish + 2 },
      'Write "*/}}" without anything in between.',
    );
  return { tokens: [], end: close.end, trimsRight: close.trims };
}

function skipSpace(source: string, from: number): number {
  let at = from;
  while (at < source.length && SPACE.test(source[at] ?? "")) at++;
  return at;
}

const SINGLE: readonly TextTokenKind[] = ["|", "(", ")", "=", ","];

function lexToken(source: string, at: number, spaced: boolean): TextToken {
  const make = (kind: TextTokenKind, end: number, text = source.slice(at, end)): TextToken => ({
    kind,
    start: at,
    end,
    text,
    spaced,
    literal: undefined,
  });
  const char = source[at] ?? "";
  if (source.startsWith(":=", at)) return make(":=", at + 2);
  const single = SINGLE.find((kind) => kind === char);
  if (single) return make(single, at + 1);
  if (char === '"' || char === "`") return { ...make("literal", 0), ...readQuoted(source, at) };
  if (char === "'") return { ...make("literal", 0), ...readCharacter(source, at) };
  if (char === "." && !/\d/.test(source[at + 1] ?? "")) {
    const end = nameEnd(source, at + 1);
    return end === at + 1 ? make(".", end) : checkNameEnd(source, make("field", end, source.slice(at + 1, end)));
  }
  if (char === "$") return checkNameEnd(source, make("variable", nameEnd(source, at + 1)));
  if (/[\d+\-.]/.test(char)) return { ...make("literal", 0), ...readNumber(source, at) };
  const end = nameEnd(source, at);
  if (end > at) return checkNameEnd(source, make("identifier", end));
  const shown = char.charCodeAt(0) < 32 ? `U+${char.charCodeAt(0).toString(16).padStart(4, "0")}` : `"${char}"`;
  throw new TextSyntaxError(`Unexpected ${shown} inside {{ }}`, { start: at, end: at + 1 });
}

function nameEnd(source: string, from: number): number {
  let at = from;
  while (at < source.length) {
    const char = String.fromCodePoint(source.codePointAt(at) ?? 0);
    if (!NAME.test(char)) break;
    at += char.length;
  }
  return at;
}

/** Checks the character after a name: `{{user"x"}}` is an error in Go too. */
function checkNameEnd(source: string, token: TextToken): TextToken {
  const next = source[token.end] ?? "";
  if (next === "" || /[\s.,|:()=]/.test(next) || source.startsWith("}}", token.end)) return token;
  throw new TextSyntaxError(
    `Unexpected "${next}" after "${token.text}"`,
    { start: token.end, end: token.end + 1 },
    "Add a space between them.",
  );
}

const NAMES: Readonly<Partial<Record<TextTokenKind, string>>> = { close: '"}}"', "end-of-text": "the end of the text" };

/** Reads tokens one by one. A class because of its position. */
export class TokenReader {
  private readonly tokens: readonly TextToken[];
  private at = 0;

  constructor(tokens: readonly TextToken[]) {
    this.tokens = tokens;
  }

  peek(): TextToken {
    return this.tokens[this.at] ?? END;
  }

  next(): TextToken {
    const token = this.peek();
    this.at++;
    return token;
  }

  /** The last token that was read. */
  get last(): TextToken {
    return this.tokens[this.at - 1] ?? END;
  }

  mark(): number {
    return this.at;
  }

  reset(mark: number): void {
    this.at = mark;
  }

  expect(kind: TextTokenKind, context: string): TextToken {
    const token = this.next();
    return token.kind === kind ? token : this.unexpected(token, context);
  }

  /** Reads the names of `.A.B` that follow without a space. */
  fields(): readonly string[] {
    const names: string[] = [];
    while (this.peek().kind === "field" && !this.peek().spaced) names.push(this.next().text);
    return names;
  }

  unexpected(token: TextToken, context: string): never {
    const what = NAMES[token.kind] ?? `"${token.kind === "field" ? "." : ""}${token.text}"`;
    const where = context === "action" ? "{{ }}" : context === "parentheses" ? context : `{{${context}}}`;
    throw new TextSyntaxError(`Unexpected ${what} in ${where}`, token);
  }
}

const END: TextToken = { kind: "end-of-text", start: 0, end: 0, text: "", spaced: false, literal: undefined };
