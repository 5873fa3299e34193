import { MAX_TOKENS } from "./located.js";
import { punctuationAt, type Token, type TokenType } from "./tokens.js";

/** The kind of text: `configuration` also for expressions; a `template` is literal text up to its first sequence. */
export type LexerMode = "configuration" | "template";

type Mode = { readonly kind: "main" | "quoted" | "bare" } | Heredoc;

interface Heredoc {
  readonly kind: "heredoc";
  readonly marker: string;
  startOfLine: boolean;
}

interface Lexer {
  readonly text: string;
  readonly tokens: Token[];
  readonly modes: Mode[];
  offset: number;
  braces: number;
  /** Brace counts at which a `}` ends a template sequence. */
  readonly sequences: number[];
}

const SPACES = /[ \t]+/y;
const IDENTIFIER = /[\p{ID_Start}_][\p{ID_Continue}-]*/uy;
const NUMBER = /\d(?:(?:[\d.]|[eE][+-]?\d)*(?:\d|[eE][+-]?\d))?/y;
const HEREDOC = /<<-?([\p{ID_Start}_][\p{ID_Continue}-]*)\r?\n/uy;
const LINE_COMMENT = /(?:#|\/\/)[^\n]*\n?/y;
const QUOTED_LITERAL = /(?:[^"\\$%\r\n\ufffd]|\\[^\r\n\ufffd])+/uy;
const LINE_LITERAL = /[^$%\r\n\ufffd]+/y;
const NEWLINE = /\r?\n/y;
const NEWLINES = /[\r\n]+/y;
const MAIN: Mode = { kind: "main" };

/**
 * Splits a text into tokens by the lexical rules of HCL's native syntax. Never throws: text that no rule matches becomes an
 * `invalid` token. Stops after `MAX_TOKENS`. The last token is always `end`. Skips a byte order mark at the start. Runs in linear time.
 */
export function tokenize(text: string, mode: LexerMode): Token[] {
  const lexer: Lexer = {
    text,
    tokens: [],
    modes: [mode === "template" ? { kind: "bare" } : MAIN],
    offset: text.startsWith("\ufeff") ? 1 : 0,
    braces: 0,
    sequences: [],
  };
  while (lexer.offset < text.length && lexer.tokens.length < MAX_TOKENS) step(lexer, lexer.modes.at(-1) ?? MAIN);
  emit(lexer, "end", 0);
  return lexer.tokens;
}

function step(lexer: Lexer, mode: Mode): void {
  if (mode.kind === "main") stepMain(lexer);
  else if (emitSequence(lexer)) return;
  else if (mode.kind === "quoted") stepQuoted(lexer);
  else if (mode.kind === "heredoc") stepHeredoc(lexer, mode);
  else stepBare(lexer);
}

function emit(lexer: Lexer, type: TokenType, length: number): void {
  const end = lexer.offset + length;
  lexer.tokens.push({ type, start: lexer.offset, end });
  lexer.offset = end;
}

/** Returns the length of the match at the offset, or 0. */
function matchLength(lexer: Lexer, pattern: RegExp): number {
  pattern.lastIndex = lexer.offset;
  return pattern.test(lexer.text) ? pattern.lastIndex - lexer.offset : 0;
}

function stepMain(lexer: Lexer): void {
  const { text, offset } = lexer;
  const spaces = matchLength(lexer, SPACES);
  if (spaces > 0) lexer.offset += spaces;
  else if (!emitWord(lexer) && !emitComment(lexer)) {
    const newline = matchLength(lexer, NEWLINE);
    if (newline > 0) emit(lexer, "newline", newline);
    else if (text[offset] === '"') {
      emit(lexer, "open-quote", 1);
      lexer.modes.push({ kind: "quoted" });
    } else if (!emitHeredoc(lexer)) emitPunctuation(lexer);
  }
}

function emitWord(lexer: Lexer): boolean {
  const identifier = matchLength(lexer, IDENTIFIER);
  if (identifier > 0) {
    emit(lexer, "identifier", identifier);
    return true;
  }
  const number = matchLength(lexer, NUMBER);
  if (number > 0) emit(lexer, "number", number);
  return number > 0;
}

function emitComment(lexer: Lexer): boolean {
  const line = matchLength(lexer, LINE_COMMENT);
  if (line > 0) {
    emit(lexer, "comment", line);
    return true;
  }
  if (!lexer.text.startsWith("/*", lexer.offset)) return false;
  const end = lexer.text.indexOf("*/", lexer.offset + 2);
  if (end === -1) emit(lexer, "unclosed-comment", lexer.text.length - lexer.offset);
  else emit(lexer, "comment", end + 2 - lexer.offset);
  return true;
}

function emitHeredoc(lexer: Lexer): boolean {
  if (!lexer.text.startsWith("<<", lexer.offset)) return false;
  HEREDOC.lastIndex = lexer.offset;
  const found = HEREDOC.exec(lexer.text);
  if (!found) return false;
  emit(lexer, "open-heredoc", found[0].length);
  lexer.modes.push({ kind: "heredoc", marker: found[1] ?? "", startOfLine: true });
  return true;
}

/** Emits punctuation. Counts braces to distinguish the `}` of an object from the `}` of a template sequence. */
function emitPunctuation(lexer: Lexer): void {
  const { text, offset, sequences } = lexer;
  const strips = text.startsWith("~}", offset);
  if (strips || text[offset] === "}") {
    const ends = sequences.length > 0 && sequences.at(-1) === lexer.braces;
    emit(lexer, strips || ends ? "sequence-end" : "}", strips ? 2 : 1);
    lexer.braces--;
    if (ends) {
      sequences.pop();
      lexer.modes.pop();
    }
    return;
  }
  const found = punctuationAt(text, offset);
  if (found === "{") lexer.braces++;
  if (found) emit(lexer, found, found.length);
  else emitStray(lexer);
}

/** Emits a character that no rule matches. A surrogate pair is one character. */
function emitStray(lexer: Lexer): void {
  const code = lexer.text.codePointAt(lexer.offset) ?? 0;
  emit(lexer, code === 0xfffd ? "bad-encoding" : "invalid", code > 0xffff ? 2 : 1);
}

/** Emits `${`, `${~`, `%{` or `%{~`. Returns false when none follows. */
function emitSequence(lexer: Lexer): boolean {
  const { text, offset } = lexer;
  const first = text[offset];
  if ((first !== "$" && first !== "%") || text[offset + 1] !== "{") return false;
  emit(lexer, first === "$" ? "interpolation" : "directive", text[offset + 2] === "~" ? 3 : 2);
  lexer.sequences.push(++lexer.braces);
  const top = lexer.modes.at(-1);
  if (top?.kind === "heredoc") top.startOfLine = false;
  lexer.modes.push(MAIN);
  return true;
}

/** Returns the length of a `$` or `%` that does not start a sequence: a single character, or escaped as `$${`. */
function dollarLength(lexer: Lexer): number {
  const { text, offset } = lexer;
  const first = text[offset];
  if (first !== "$" && first !== "%") return 0;
  if (text[offset + 1] !== first || text[offset + 2] !== "{") return 1;
  return text[offset + 3] === "~" ? 4 : 3;
}

function stepQuoted(lexer: Lexer): void {
  const { text, offset } = lexer;
  if (text[offset] === '"') {
    emit(lexer, "close-quote", 1);
    lexer.modes.pop();
    return;
  }
  const literal = dollarLength(lexer) || matchLength(lexer, QUOTED_LITERAL);
  const newlines = literal === 0 ? matchLength(lexer, NEWLINES) : 0;
  if (literal > 0) emit(lexer, "quoted-literal", literal);
  else if (newlines > 0) emit(lexer, "quoted-newline", newlines);
  else emitStray(lexer);
}

/** Returns the lengths of the literal text and of the newline at the offset, in a heredoc or bare template. */
function lineParts(lexer: Lexer): { literal: number; newline: number } {
  const { text, offset } = lexer;
  const mark = dollarLength(lexer);
  // HCL's scanner splits a line that ends in `$` or `%` and one more character before its newline. Strip markers depend on it.
  if (mark === 1 && /^[\x20-\x7f\t]\r?\n/.test(text.slice(offset + 1, offset + 4))) return { literal: 2, newline: 0 };
  const literal = mark || matchLength(lexer, LINE_LITERAL);
  NEWLINE.lastIndex = offset + literal;
  return { literal, newline: NEWLINE.test(text) ? NEWLINE.lastIndex - (offset + literal) : 0 };
}

/** Emits one token per line, because strip markers and dedent work on lines. The line of the marker must end with a newline. */
function stepHeredoc(lexer: Lexer, mode: Heredoc): void {
  const { text, offset } = lexer;
  const { literal, newline } = lineParts(lexer);
  if (newline > 0 && mode.startOfLine && text.slice(offset, offset + literal).trim() === mode.marker) {
    emit(lexer, "close-heredoc", literal);
    emit(lexer, "newline", newline);
    lexer.modes.pop();
  } else if (literal + newline > 0) {
    mode.startOfLine = newline > 0;
    emit(lexer, "literal", literal + newline);
  } else if (text[offset] === "\ufffd") emitStray(lexer);
  // As in HCL's scanner, the rest of a heredoc after a carriage return without a newline is invalid.
  else emit(lexer, "invalid", text.length - offset);
}

function stepBare(lexer: Lexer): void {
  const { text, offset } = lexer;
  const { literal, newline } = lineParts(lexer);
  if (literal + newline > 0) emit(lexer, "literal", literal + newline);
  else if (text[offset] === "\ufffd") emitStray(lexer);
  // As in HCL, the rest of a template after a carriage return without a newline is literal text.
  else emit(lexer, "literal", text.length - offset);
}
