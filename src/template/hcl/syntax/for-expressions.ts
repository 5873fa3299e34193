import type { Range } from "../../../core/source.js";
import type { Expression, Name } from "./ast.js";
import {
  accept,
  failedSince,
  invalidExpression,
  isNextWord,
  type Parser,
  peek,
  peekType,
  rangeFrom,
  rangeOf,
  read,
  recordError,
  recordErrorUnlessRecovering,
  recoverPast,
  tokenText,
} from "./parser.js";
import type { Token } from "./tokens.js";

/** `k, v in collection` or `v in collection`, of a for expression or a for directive. */
export interface ForIntroduction {
  readonly keyName: Name | undefined;
  readonly valueName: Name;
  readonly collection: Expression;
}

/** Parses the variables and the collection after `for`. Returns undefined after an error. */
export function parseForIntroduction(p: Parser, summary: string): ForIntroduction | undefined {
  const first = parseVariable(p, summary, 'A variable name is required after "for".');
  if (!first) return undefined;
  const second = accept(p, ",")
    ? parseVariable(p, summary, "A value variable name is required after the comma.")
    : first;
  if (!second) return undefined;
  if (!isNextWord(p, "in")) {
    reportExpected(p, summary, 'The "in" keyword is required after the variable names.');
    return undefined;
  }
  read(p);
  const failures = p.failures;
  const collection = p.expression(p);
  if (failedSince(p, failures)) return undefined;
  return { keyName: second === first ? undefined : first, valueName: second, collection };
}

function parseVariable(p: Parser, summary: string, detail: string): Name | undefined {
  const token = accept(p, "identifier");
  if (token) return { name: tokenText(p, token), range: rangeOf(p, token) };
  reportExpected(p, summary, detail);
  return undefined;
}

function reportExpected(p: Parser, summary: string, detail: string): void {
  recordErrorUnlessRecovering(p, rangeOf(p, peek(p)), { summary, detail });
}

const SUMMARY = "Invalid 'for' expression";

/** Parses the rest of a for expression. Its bracket is consumed and `for` is next. */
export function parseFor(p: Parser, open: Token): Expression {
  const close = open.type === "{" ? "}" : "]";
  const result = parseForBody(p, open, close);
  return result ?? invalidExpression(rangeFrom(p, open, recoverPast(p, close)));
}

function parseForBody(p: Parser, open: Token, closer: "}" | "]"): Expression | undefined {
  read(p);
  const failures = p.failures;
  const introduction = parseForIntroduction(p, SUMMARY);
  if (!introduction) return undefined;
  if (!accept(p, ":")) {
    reportExpected(p, SUMMARY, "A colon is required after the collection expression.");
    return undefined;
  }
  const first = p.expression(p);
  const second = accept(p, "=>") ? p.expression(p) : undefined;
  if (failedSince(p, failures)) return undefined;
  const ellipsis = accept(p, "...");
  let condition: Expression | undefined;
  if (isNextWord(p, "if")) {
    read(p);
    condition = p.expression(p);
    if (failedSince(p, failures)) return undefined;
  }
  if (peekType(p) !== closer) {
    reportExpected(p, SUMMARY, `Expected "${closer}" to close the for expression.`);
    return undefined;
  }
  const range = rangeFrom(p, open, read(p));
  const head = { ...introduction, condition, range };
  if (closer === "]") {
    if (second) reportAt(p, first.range, "A key expression is not valid when building a tuple.");
    if (ellipsis)
      reportAt(p, rangeOf(p, ellipsis), "The grouping ellipsis (...) cannot be used when building a tuple.");
    return { kind: "for-tuple", ...head, value: second ?? first };
  }
  if (!second) reportAt(p, first.range, "A key expression is required when building an object: key => value.");
  const value = second ?? invalidExpression(first.range);
  return { kind: "for-object", ...head, key: first, value, grouped: ellipsis !== undefined };
}

function reportAt(p: Parser, range: Range, detail: string): void {
  recordError(p, range, { summary: SUMMARY, detail });
}
