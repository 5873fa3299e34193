import type { Expression, ObjectItem, ObjectKey } from "./ast.js";
import { parseFor } from "./for-expressions.js";
import {
  accept,
  failedSince,
  isNextWord,
  type Parser,
  parseInBrackets,
  peek,
  peekType,
  rangeFrom,
  rangeOf,
  read,
  recordErrorUnlessRecovering,
  recoverPast,
  type SyntaxProblem,
} from "./parser.js";
import type { Token } from "./tokens.js";

/** Parses `[…]`: a tuple or a for expression. Newlines within it are white space. */
export function parseTuple(p: Parser): Expression {
  const open = read(p);
  return parseInBrackets(p, open, "no newlines", () => {
    if (isNextWord(p, "for")) return parseFor(p, open);
    const items: Expression[] = [];
    const close = parseItems(p, open, items);
    return { kind: "tuple", items, range: rangeFrom(p, open, close) };
  });
}

function parseItems(p: Parser, open: Token, items: Expression[]): Token {
  for (;;) {
    const empty = accept(p, "]");
    if (empty) return empty;
    const failures = p.failures;
    items.push(p.expression(p));
    if (failedSince(p, failures)) return recoverPast(p, "]");
    if (accept(p, ",")) continue;
    const close = accept(p, "]");
    if (close) return close;
    reportItemError(p, open, {
      unclosed: "Unterminated tuple constructor expression",
      bracket: "]",
      summary: "Missing item separator",
      detail: "A comma is required to separate each item from the next.",
    });
    return recoverPast(p, "]");
  }
}

/** Parses `{…}`: an object or a for expression. Newlines separate the items of an object. */
export function parseObject(p: Parser): Expression {
  const open = read(p);
  const isFor = parseInBrackets(p, open, "no newlines", () => isNextWord(p, "for"));
  if (isFor) return parseInBrackets(p, open, "no newlines", () => parseFor(p, open));
  return parseInBrackets(p, open, "newlines", () => {
    const items: ObjectItem[] = [];
    const close = parseObjectItems(p, open, items);
    return { kind: "object", items, range: rangeFrom(p, open, close) };
  });
}

function parseObjectItems(p: Parser, open: Token, items: ObjectItem[]): Token {
  for (;;) {
    while (accept(p, "newline"));
    const empty = accept(p, "}");
    if (empty) return empty;
    const failures = p.failures;
    const key = toKey(p.expression(p));
    if (failedSince(p, failures)) return recoverPast(p, "}");
    if (!accept(p, "=") && !accept(p, ":")) {
      reportInvalidKey(p, open);
      return recoverPast(p, "}");
    }
    const value = p.expression(p);
    items.push({ key, value });
    if (failedSince(p, failures)) return recoverPast(p, "}");
    const close = accept(p, "}");
    if (close) return close;
    if (accept(p, ",") || accept(p, "newline")) continue;
    reportItemError(p, open, {
      unclosed: UNCLOSED_OBJECT,
      bracket: "}",
      summary: "Missing attribute separator",
      detail: "A newline or comma is required to separate each attribute from the next.",
    });
    return recoverPast(p, "}");
  }
}

const UNCLOSED_OBJECT = "Unterminated object constructor expression";

/** Returns the key of an item. A bare name, even a keyword, is a literal key. */
function toKey(key: Expression): ObjectKey {
  const { range } = key;
  switch (key.kind) {
    case "variable":
      return { kind: "name", name: key.name, range };
    case "boolean":
      return { kind: "name", name: String(key.value), range };
    case "null":
      return { kind: "name", name: "null", range };
    default:
      return key;
  }
}

function reportInvalidKey(p: Parser, open: Token): void {
  const next = peekType(p);
  const noValue = next === "newline" || next === ",";
  reportItemError(p, open, {
    unclosed: UNCLOSED_OBJECT,
    bracket: "}",
    summary: noValue ? "Missing attribute value" : "Missing key/value separator",
    detail: 'Expected an equals sign ("=") and a value after the attribute name.',
    hint: next === "identifier" ? "Put names with dots or spaces in quotes." : undefined,
  });
}

/** Reports a missing separator at the next token. At the end of the text, reports the opening bracket as not closed. */
function reportItemError(
  p: Parser,
  open: Token,
  problem: SyntaxProblem & { readonly unclosed: string; readonly bracket: string },
): void {
  const { unclosed, bracket, ...other } = problem;
  const next = peek(p);
  if (next.type !== "end") recordErrorUnlessRecovering(p, rangeOf(p, next), other);
  else
    recordErrorUnlessRecovering(p, rangeOf(p, open), {
      summary: unclosed,
      detail: `There is no corresponding closing "${bracket}" before the end of the file.`,
      hint: "Check the brackets here and in the rest of the file.",
    });
}
