import { spanning } from "../../../core/source.js";
import type { BinaryOperator, Expression } from "./ast.js";
import { parseCall } from "./calls.js";
import { parseObject, parseTuple } from "./collections.js";
import {
  accept,
  failedSince,
  invalidExpression,
  type Parser,
  parseInBrackets,
  parseNested,
  peek,
  peekType,
  rangeFrom,
  rangeOf,
  read,
  recordError,
  recordErrorUnlessRecovering,
  recoverPast,
  type SyntaxProblem,
  tokenText,
} from "./parser.js";
import { PRECEDENCE } from "./precedence.js";
import { parseTemplateToken } from "./template-sequences.js";
import type { Token } from "./tokens.js";
import { parseSteps } from "./traversals.js";

/** Parses an expression of any kind. The conditional operator has the lowest precedence. */
export function parseAnyExpression(p: Parser): Expression {
  return parseNested(
    p,
    1,
    () => parseConditional(p),
    () => invalidExpression(rangeOf(p, peek(p))),
  );
}

function parseConditional(p: Parser): Expression {
  const failures = p.failures;
  const condition = parseBinary(p, 1);
  if (failedSince(p, failures) || !accept(p, "?")) return condition;
  const whenTrue = parseAnyExpression(p);
  if (failedSince(p, failures)) return condition;
  if (!accept(p, ":")) {
    recordError(p, rangeOf(p, peek(p)), {
      summary: "Missing false expression in conditional",
      detail: "The conditional operator (...?...:...) requires a false expression, delimited by a colon.",
    });
    return condition;
  }
  const whenFalse = parseAnyExpression(p);
  const range = spanning(condition.range, whenFalse.range);
  return failedSince(p, failures) ? condition : { kind: "conditional", condition, whenTrue, whenFalse, range };
}

/** Parses operators with at least the precedence `lowest`. A chain nests to the left, so each operator is a nesting level. */
function parseBinary(p: Parser, lowest: number): Expression {
  const failures = p.failures;
  let left = parseOperand(p);
  let links = 0;
  while (!failedSince(p, failures)) {
    const precedence = PRECEDENCE.get(peekType(p));
    if (precedence === undefined || precedence < lowest) break;
    const operator = tokenText(p, read(p)) as BinaryOperator;
    links++;
    const right = parseNested(
      p,
      links,
      () => parseBinary(p, precedence + 1),
      () => invalidExpression(rangeOf(p, peek(p))),
    );
    if (failedSince(p, failures)) break;
    left = { kind: "binary", operator, left, right, range: spanning(left.range, right.range) };
  }
  return left;
}

function parseOperand(p: Parser): Expression {
  const failures = p.failures;
  const source = parseTerm(p);
  if (failedSince(p, failures)) return source;
  const steps = parseSteps(p);
  const last = steps.at(-1);
  return last ? { kind: "traversal", source, steps, range: spanning(source.range, last.range) } : source;
}

function parseTerm(p: Parser): Expression {
  const token = peek(p);
  switch (token.type) {
    case "number":
      return parseNumber(p);
    case "identifier":
      return parseName(p);
    case "(":
      return parseParentheses(p);
    case "[":
      return parseTuple(p);
    case "{":
      return parseObject(p);
    case "open-quote":
    case "open-heredoc":
      return parseTemplateToken(p);
    case "-":
    case "!":
      return parseUnary(p, token.type);
    default:
      return reportMissingExpression(p, token);
  }
}

function reportMissingExpression(p: Parser, token: Token): Expression {
  const range = rangeOf(p, token);
  const atEnd = token.type === "end";
  recordErrorUnlessRecovering(p, range, {
    summary: atEnd ? "Missing expression" : "Invalid expression",
    detail: atEnd
      ? "Expected the start of an expression, but found the end of the file."
      : "Expected the start of an expression, but found an invalid expression token.",
    hint: hintFor(p, token),
    related: atEnd ? unclosedBracket(p) : undefined,
  });
  p.recovering = true;
  return invalidExpression(range);
}

/** Returns the bracket that is still open at the end of the text, the probable cause of the error. */
function unclosedBracket(p: Parser): SyntaxProblem["related"] {
  const open = p.open.at(-1);
  return open && { text: "This is not closed", range: rangeOf(p, open) };
}

function hintFor(p: Parser, token: Token): string | undefined {
  const { text } = p.source;
  if (token.type === "newline") return "Start the value on the same line as the equals sign.";
  if (token.type === "<" && text.startsWith("<<", token.start))
    return 'Start a heredoc with "<<" or "<<-" and a word at the end of the line, like "<<EOT".';
  if (token.type === "*" && text[token.start - 1] === "*") return 'Use function "pow" instead of "**".';
  if (token.type === "=") return 'Use "==" to compare values.';
  if (token.type === ".") return "Start the number with a digit, for example 0.5.";
  return undefined;
}

/** Parses a number and keeps its digits as written. Some `number` tokens are not valid numbers. */
function parseNumber(p: Parser): Expression {
  const token = read(p);
  const digits = tokenText(p, token);
  const range = rangeOf(p, token);
  if (/^\d+(?:\.\d*)?(?:[eE][+-]?\d+)?$/.test(digits)) return { kind: "number", digits, range };
  recordError(p, range, {
    summary: "Invalid number literal",
    detail: "A number consists of digits, at most one decimal point and at most one exponent: 12, 1.5, 1e3.",
    hint: "Put version numbers and addresses in quotes.",
  });
  return invalidExpression(range);
}

function parseName(p: Parser): Expression {
  const token = read(p);
  const next = peekType(p);
  if (next === "(" || next === "::") return parseCall(p, token);
  const name = tokenText(p, token);
  const range = rangeOf(p, token);
  if (name === "true" || name === "false") return { kind: "boolean", value: name === "true", range };
  return name === "null" ? { kind: "null", range } : { kind: "variable", name, range };
}

function parseUnary(p: Parser, operator: "-" | "!"): Expression {
  const token = read(p);
  return parseNested<Expression>(
    p,
    1,
    () => {
      const operand = parseOperand(p);
      return { kind: "unary", operator, operand, range: spanning(rangeOf(p, token), operand.range) };
    },
    () => invalidExpression(rangeOf(p, token)),
  );
}

function parseParentheses(p: Parser): Expression {
  const open = read(p);
  return parseInBrackets(p, open, "no newlines", () => {
    const failures = p.failures;
    const inner = p.expression(p);
    if (p.failures > failures) {
      recoverPast(p, ")");
      return inner;
    }
    const close = peek(p);
    if (close.type !== ")") {
      recordError(p, rangeOf(p, close), {
        summary: "Unbalanced parentheses",
        detail: `Expected a closing parenthesis for the parenthesis opened on line ${rangeOf(p, open).start.line}.`,
      });
      p.recovering = true;
    }
    read(p);
    return { kind: "parentheses", inner, range: rangeFrom(p, open, close) };
  });
}
