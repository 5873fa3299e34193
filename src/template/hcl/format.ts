import { tokenize } from "./syntax/lexer.js";
import { MAX_DEPTH } from "./syntax/located.js";
import type { TokenType } from "./syntax/tokens.js";

/**
 * A line in three columns, which are aligned with those of the adjacent lines: `lead`, `assigned` (from the equals sign on), and
 * the comment at the end. A heredoc or a multi-line comment belongs to one line.
 */
interface Line {
  readonly lead: readonly FormatToken[];
  readonly assigned: readonly FormatToken[];
  readonly comment: FormatToken | undefined;
}

/**
 * Formats HCL2 as `packer fmt` does: indents by two spaces per level of brackets, aligns equals signs and trailing comments of
 * consecutive lines, and puts one space between most tokens. Changes only white space within lines. Keeps blank lines, heredocs
 * and comments. The text should parse without errors. Formatting a formatted text does not change it.
 */
export function formatConfig(text: string): string {
  const lines = splitLines(text);
  indent(lines);
  for (const { lead, assigned } of lines) {
    spaceTokens(lead);
    spaceTokens(assigned);
  }
  alignAssigned(lines);
  alignComments(lines);
  return lines.flatMap(tokensOf).map(printToken).join("");
}

function tokensOf({ lead, assigned, comment }: Line): FormatToken[] {
  return [...lead, ...assigned, ...(comment ? [comment] : [])];
}

function printToken(token: FormatToken): string {
  return " ".repeat(token.spaces) + token.text;
}

function splitLines(text: string): Line[] {
  const lines: Line[] = [];
  let current: FormatToken[] = [];
  for (const { type, start, end } of tokenize(text, "configuration")) {
    if (type === "end") break;
    current.push({ type, text: text.slice(start, end), spaces: 0 });
    if (type === "newline" || (type === "comment" && text[end - 1] === "\n")) {
      lines.push(toLine(current));
      current = [];
    }
  }
  if (current.length > 0) lines.push(toLine(current));
  return lines;
}

function toLine(tokens: readonly FormatToken[]): Line {
  const last = tokens.at(-1);
  const comment = tokens.length > 1 && last?.type === "comment" ? last : undefined;
  const rest = comment ? tokens.slice(0, -1) : tokens;
  const equals = rest.findIndex((token, i) => i > 0 && token.type === "=");
  // A line with unclosed brackets has no column, because its value continues on the next lines.
  const whole = equals !== -1 && sum(rest.slice(equals), bracketChange) === 0;
  return whole
    ? { lead: rest.slice(0, equals), assigned: rest.slice(equals), comment }
    : { lead: rest, assigned: [], comment };
}

function sum(tokens: readonly FormatToken[], measure: (token: FormatToken) => number): number {
  return tokens.reduce((total, token) => total + measure(token), 0);
}

/** Indents lines. A line with unclosed brackets adds one level, for any number of brackets. */
function indent(lines: readonly Line[]): void {
  const levels: number[] = [];
  for (const { lead, assigned } of lines) {
    const first = lead[0];
    if (!first || first.type === "newline") continue;
    const heredoc = lead.findIndex(({ type }) => type === "open-heredoc");
    const counted = heredoc === -1 ? lead : lead.slice(0, heredoc);
    const change = sum(counted, bracketChange) + sum(assigned, bracketChange);
    if (change < 0) closeLevels(levels, -change);
    first.spaces = 2 * Math.min(levels.length, MAX_DEPTH);
    if (change > 0) levels.push(change);
  }
}

function closeLevels(levels: number[], brackets: number): void {
  let left = brackets;
  while (left > 0 && levels.length > 0) {
    const opened = levels.pop() ?? 0;
    if (left < opened) levels.push(opened - left);
    left -= opened;
  }
}

function spaceTokens(tokens: readonly FormatToken[]): void {
  tokens.forEach((token, i) => {
    const next = tokens[i + 1];
    if (next) next.spaces = needsSpace(token, tokens[i - 1], next) ? 1 : 0;
  });
}

function alignAssigned(lines: readonly Line[]): void {
  for (const chain of groupLines(lines, ({ assigned }) => assigned.length > 0)) {
    const widths = chain.map(({ lead }) => sum(lead, width));
    const widest = widths.reduce((a, b) => Math.max(a, b), 0);
    chain.forEach(({ assigned }, i) => {
      if (assigned[0]) assigned[0].spaces = widest - (widths[i] ?? 0) + 1;
    });
  }
}

function alignComments(lines: readonly Line[]): void {
  for (const chain of groupLines(lines, ({ comment }) => comment !== undefined)) {
    const widths = chain.map(({ lead, assigned }) => sum(lead, width) + sum(assigned, width));
    const widest = widths.reduce((a, b) => Math.max(a, b), 0);
    chain.forEach(({ comment }, i) => {
      if (comment) comment.spaces = widest - (widths[i] ?? 0) + 1;
    });
  }
}

/** Returns the groups of consecutive lines for which `has` is true. */
function groupLines(lines: readonly Line[], has: (line: Line) => boolean): Line[][] {
  const all: Line[][] = [];
  let current: Line[] = [];
  for (const line of lines) {
    if (has(line)) {
      if (current.length === 0) all.push(current);
      current.push(line);
    } else current = [];
  }
  return all;
}

const graphemes = new Intl.Segmenter();

/** Returns the width of a token with the spaces before it, in visible characters. */
function width({ text, spaces }: FormatToken): number {
  if (/^[\x20-\x7e]*$/.test(text)) return spaces + text.length;
  let count = 0;
  for (const _ of graphemes.segment(text)) count++;
  return spaces + count;
}

/** A token with the number of spaces before it. */
export interface FormatToken {
  readonly type: TokenType;
  readonly text: string;
  spaces: number;
}

/** Returns the number of brackets that a token opens; negative for a closing token. */
export function bracketChange({ type }: FormatToken): number {
  if (type === "{" || type === "[" || type === "(" || type === "interpolation" || type === "directive") return 1;
  return type === "}" || type === "]" || type === ")" || type === "sequence-end" ? -1 : 0;
}

/** Returns true when a space belongs between `token` and `next`. `before` is the token before `token` in its column. */
export function needsSpace(token: FormatToken, before: FormatToken | undefined, next: FormatToken): boolean {
  const pair = `${token.type} ${next.type}`;
  if (next.type === "newline") return false;
  if (JOINED.has(pair) || token.type === "." || next.type === ".") return false;
  if (next.type === "," || next.type === "...") return false;
  if (token.type === ",") return true;
  if (GLUED_AFTER.has(token.type) || GLUED_BEFORE.has(next.type)) return false;
  // `in [a]` of a for expression must not look like an index.
  if (token.type === "identifier" && token.text === "in" && before?.type === "identifier") return true;
  if (next.type === "[" && isIndexable(token)) return false;
  if (token.type === "!") return false;
  if (token.type === "-") return before !== undefined && !BEFORE_NEGATION.has(before.type);
  if (token.type === "{" || next.type === "}") return pair !== "{ }";
  return spaceAtBrackets(token, next);
}

function isIndexable(token: FormatToken): boolean {
  return token.type === "identifier" || token.type === "number" || bracketChange(token) < 0;
}

function spaceAtBrackets(token: FormatToken, next: FormatToken): boolean {
  const opens = token.type === "interpolation" || token.type === "directive";
  if (opens && next.type === "{") return true;
  if (token.type === "}" && next.type === "sequence-end") return true;
  if (token.type === "sequence-end" && (next.type === "interpolation" || next.type === "directive")) return false;
  return bracketChange(token) <= 0 && bracketChange(next) >= 0;
}

const JOINED = new Set(["identifier (", "identifier ::", ":: identifier"]);

/** In templates, every space is part of the text. */
const GLUED_AFTER = new Set<TokenType>(["quoted-literal", "literal", "open-quote", "open-heredoc"]);
const GLUED_BEFORE = new Set<TokenType>(["quoted-literal", "literal", "close-quote", "close-heredoc"]);

/** The tokens after which a minus is a sign, not a subtraction. */
const BEFORE_NEGATION = new Set<TokenType>([..."({[=:,?+*/%-><!", "==", "!=", ">=", "<=", "&&", "||"] as TokenType[]);
