import type { Diagnostic } from "../../../core/diagnostics.js";
import type { Range } from "../../../core/source.js";
import type { Expression, InvalidExpression } from "./ast.js";
import { type LexerMode, tokenize } from "./lexer.js";
import { lexicalErrors } from "./lexical-errors.js";
import { type LocatedText, MAX_DEPTH, MAX_TOKENS, rangeBetween } from "./located.js";
import { opposite, type Token, type TokenType } from "./tokens.js";

/** State of one parse: a cursor over the tokens, and the diagnostics so far. */
export interface Parser {
  readonly source: LocatedText;
  readonly tokens: readonly Token[];
  readonly diagnostics: Diagnostic[];
  /** Start offsets of tokens that already have a lexical error. */
  readonly reported: ReadonlySet<number>;
  /** Parses any expression. It is part of the parser to avoid circular imports. */
  readonly expression: (p: Parser) => Expression;
  index: number;
  /** Last item: true when newlines are tokens (bodies, objects), false when they are white space (brackets, calls, sequences). */
  readonly newlines: boolean[];
  /** The brackets that the cursor is in, innermost last. */
  readonly open: Token[];
  /** True after an error, until parsing is synchronized again. Further errors are probably consequences and are not reported. */
  recovering: boolean;
  /** Number of failures so far, reported or not. */
  failures: number;
  depth: number;
  aborted: boolean;
}

/** Returns a parser at the start of a text. `expression` parses any expression. */
export function createParser(source: LocatedText, mode: LexerMode, expression: (p: Parser) => Expression): Parser {
  const tokens = tokenize(source.text, mode);
  const { diagnostics, reported } = lexicalErrors(source, tokens);
  const p: Parser = {
    source,
    tokens,
    diagnostics,
    reported,
    expression,
    index: 0,
    newlines: [mode === "configuration"],
    open: [],
    recovering: false,
    failures: 0,
    depth: 0,
    aborted: false,
  };
  if (tokens.length > MAX_TOKENS) refuseSize(p);
  return p;
}

function refuseSize(p: Parser): void {
  recordError(p, rangeOf(p, p.tokens[MAX_TOKENS] ?? peek(p)), {
    summary: "Text too large",
    detail: `A text may have up to ${MAX_TOKENS.toLocaleString("en-US")} tokens: names, numbers, operators and parts of strings.`,
    hint: "Read large data from a file, for example with jsondecode(file(PATH)).",
  });
  p.aborted = true;
  p.recovering = true;
}

/** Returns the next token without consuming it. */
export function peek(p: Parser): Token {
  return p.tokens[nextIndex(p)] ?? { type: "end", start: p.source.text.length, end: p.source.text.length };
}

/** Returns the type of the next token. A line comment has the type of the newline that ends it. */
export function peekType(p: Parser): TokenType {
  const token = peek(p);
  return token.type === "comment" ? "newline" : token.type;
}

/** Consumes and returns the next token. At the end of the text, returns the `end` token each time. */
export function read(p: Parser): Token {
  const index = nextIndex(p);
  p.index = Math.min(index + 1, p.tokens.length);
  const token = p.tokens[index] ?? peek(p);
  return token.type === "comment" ? { ...token, type: "newline" } : token;
}

/** Consumes and returns the next token if it has this type. */
export function accept(p: Parser, type: TokenType): Token | undefined {
  return peekType(p) === type ? read(p) : undefined;
}

function nextIndex(p: Parser): number {
  const last = p.tokens.length - 1;
  if (p.aborted) return last;
  const newlines = p.newlines.at(-1) ?? true;
  let i = p.index;
  for (; i < last; i++) {
    const token = p.tokens[i];
    if (!token) break;
    if (token.type === "newline") {
      if (newlines) break;
    } else if (token.type === "comment") {
      if (newlines && p.source.text[token.end - 1] === "\n") break;
    } else break;
  }
  return Math.min(i, last);
}

/** Returns true when the next tokens can start an argument or a block. */
export function startsItem(p: Parser): boolean {
  const second = p.tokens[nextIndex(p) + 1]?.type;
  return second === "=" || second === "{" || second === "open-quote" || second === "identifier";
}

/** Returns the last consumed token, comments included. */
export function previous(p: Parser): Token {
  return p.tokens[Math.max(0, p.index - 1)] ?? peek(p);
}

/** Returns the text of a token. */
export function tokenText(p: Parser, token: Token): string {
  return p.source.text.slice(token.start, token.end);
}

/** Returns true when the next token is this word. */
export function isNextWord(p: Parser, word: string): boolean {
  const token = peek(p);
  return token.type === "identifier" && tokenText(p, token) === word;
}

/** Returns the range of a token. */
export function rangeOf(p: Parser, token: Token): Range {
  return rangeBetween(p.source, token.start, token.end);
}

/** Returns the range from the start of one token to the end of another. */
export function rangeFrom(p: Parser, first: Token, last: Token): Range {
  return rangeBetween(p.source, first.start, Math.max(first.end, last.end));
}

/** Runs `parse` after an opening bracket. `newlines` decides whether newlines are tokens or white space. */
export function parseInBrackets<T>(p: Parser, open: Token, newlines: "newlines" | "no newlines", parse: () => T): T {
  p.newlines.push(newlines === "newlines");
  p.open.push(open);
  const result = parse();
  p.newlines.pop();
  p.open.pop();
  return result;
}

/** Runs `parse` at a deeper nesting level. Beyond the limit, records an error, stops parsing and returns `otherwise()`. */
export function parseNested<T>(p: Parser, levels: number, parse: () => T, otherwise: () => T): T {
  p.depth += levels;
  let result: T;
  if (p.depth <= MAX_DEPTH) result = parse();
  else {
    abort(p);
    result = otherwise();
  }
  p.depth -= levels;
  return result;
}

function abort(p: Parser): void {
  recordError(p, rangeOf(p, peek(p)), {
    summary: "Nesting too deep",
    detail: `Expressions, blocks and chains of operators may be nested up to ${MAX_DEPTH} levels deep.`,
    hint: "Move inner parts to separate local values.",
  });
  p.aborted = true;
  p.recovering = true;
}

/** The maximum number of errors of one text. A text with more is probably not HCL. */
const MAX_ERRORS = 100;

/** A syntax error without its range. The code of the diagnostic is derived from the summary. */
export interface SyntaxProblem {
  readonly summary: string;
  readonly detail: string;
  readonly hint?: string | undefined;
  readonly related?: { readonly text: string; readonly range: Range } | undefined;
}

/** Records an error, even while recovering from another error. */
export function recordError(p: Parser, range: Range, problem: SyntaxProblem): void {
  p.failures++;
  if (p.aborted || p.reported.has(range.start.offset) || p.diagnostics.length > MAX_ERRORS) return;
  if (p.diagnostics.length === MAX_ERRORS) {
    const summary = "Too many errors";
    p.diagnostics.push({
      severity: "error",
      code: "too-many-errors",
      summary,
      detail: "Further errors are not reported.",
      range,
    });
    return;
  }
  const code = problem.summary
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "");
  p.diagnostics.push({ severity: "error", code, ...problem, range });
}

/** Records an error, except while recovering from another error. */
export function recordErrorUnlessRecovering(p: Parser, range: Range, problem: SyntaxProblem): void {
  if (p.recovering) p.failures++;
  else recordError(p, range, problem);
}

/** Returns true when parsing failed since the count `failures` and is not synchronized again. */
export function failedSince(p: Parser, failures: number): boolean {
  return p.recovering && p.failures > failures;
}

/** Returns a placeholder for an expression that cannot be parsed. */
export function invalidExpression(range: Range): InvalidExpression {
  return { kind: "invalid", range };
}

/** Skips past the bracket that closes the current one, over nested ones. Returns it, or the end of the text. */
export function recoverPast(p: Parser, close: TokenType): Token {
  const open = opposite(close);
  p.recovering = true;
  for (let nested = 0; ; ) {
    const token = read(p);
    if (token.type === "end") return token;
    if (token.type === open || (close === "sequence-end" && token.type === "directive")) nested++;
    else if (token.type === close && nested-- === 0) return token;
  }
}

/** Skips past the newline that ends the current item of a body, over nested brackets. */
export function recoverToNextItem(p: Parser): void {
  p.recovering = true;
  const open: (TokenType | undefined)[] = [];
  for (;;) {
    const token = read(p);
    if (token.type === "end" || (token.type === "newline" && open.length === 0)) return;
    if (OPENERS.has(token.type)) open.push(opposite(token.type));
    else if (CLOSERS.has(token.type)) {
      // A bracket without a counterpart closes nothing. Any other bracket also closes all brackets opened after its counterpart.
      while (open.length > 0 && open.pop() !== token.type);
    }
  }
}

const OPENERS = new Set<TokenType>(["{", "[", "(", "open-quote", "open-heredoc", "interpolation", "directive"]);
const CLOSERS = new Set<TokenType>(["}", "]", ")", "close-quote", "close-heredoc", "sequence-end"]);
