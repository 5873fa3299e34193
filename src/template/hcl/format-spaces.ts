import type { TokenType } from "./syntax/tokens.js";

/** A token with the white space that will stand before it. */
export interface FormatToken {
  readonly type: TokenType;
  readonly text: string;
  spaces: number;
}

/** How many levels of brackets a token opens (closes, when negative). */
export function bracketChange({ type }: FormatToken): number {
  if (type === "{" || type === "[" || type === "(" || type === "interpolation" || type === "directive") return 1;
  return type === "}" || type === "]" || type === ")" || type === "sequence-end" ? -1 : 0;
}

/** Whether a space stands between `token` and `next`; `before` is what precedes `token` in its column of the line. */
export function needsSpace(token: FormatToken, before: FormatToken | undefined, next: FormatToken): boolean {
  const pair = `${token.type} ${next.type}`;
  if (next.type === "newline") return false;
  if (JOINED.has(pair) || token.type === "." || next.type === ".") return false;
  if (next.type === "," || next.type === "...") return false;
  if (token.type === ",") return true;
  if (GLUED_AFTER.has(token.type) || GLUED_BEFORE.has(next.type)) return false;
  // `in [a]` of a for expression, which must not look like an index.
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

/** Within templates every space is text. */
const GLUED_AFTER = new Set<TokenType>(["quoted-literal", "literal", "open-quote", "open-heredoc"]);
const GLUED_BEFORE = new Set<TokenType>(["quoted-literal", "literal", "close-quote", "close-heredoc"]);

/** What a minus follows when it is a sign and no subtraction. */
const BEFORE_NEGATION = new Set<TokenType>([..."({[=:,?+*/%-><!", "==", "!=", ">=", "<=", "&&", "||"] as TokenType[]);
