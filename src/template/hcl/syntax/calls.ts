import type { Expression } from "./ast.js";
import {
  failedSince,
  invalidExpression,
  type Parser,
  parseInBrackets,
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

/** Parses a function call. Its first name is consumed, and `(` or `::` follows. */
export function parseCall(p: Parser, first: Token): Expression {
  let name = tokenText(p, first);
  let last = first;
  let open = read(p);
  while (open.type === "::") {
    last = read(p);
    if (last.type !== "identifier") return reportInvalidCall(p, first, last, NO_NAME);
    name += `::${tokenText(p, last)}`;
    open = read(p);
  }
  if (open.type !== "(")
    return reportInvalidCall(p, first, open, "An opening parenthesis is required to begin the function arguments.");
  const { items, expandFinal, close } = parseInBrackets(p, open, "no newlines", () => parseArguments(p, first));
  const nameRange = rangeFrom(p, first, last);
  return { kind: "call", name, nameRange, arguments: items, expandFinal, range: rangeFrom(p, first, close) };
}

const NO_NAME = "A function name is required after the double colon.";

function reportInvalidCall(p: Parser, first: Token, at: Token, detail: string): Expression {
  const summary = detail === NO_NAME ? "Missing function name" : "Missing open parenthesis";
  recordError(p, rangeOf(p, at), { summary, detail });
  p.recovering = true;
  return invalidExpression(rangeFrom(p, first, at));
}

interface Arguments {
  readonly items: Expression[];
  readonly expandFinal: boolean;
  readonly close: Token;
}

function parseArguments(p: Parser, first: Token): Arguments {
  const items: Expression[] = [];
  while (peekType(p) !== ")") {
    const failures = p.failures;
    items.push(p.expression(p));
    if (failedSince(p, failures)) return { items, expandFinal: false, close: recoverPast(p, ")") };
    const separator = read(p);
    if (separator.type === ")") return { items, expandFinal: false, close: separator };
    if (separator.type === "...") return { items, expandFinal: true, close: closeAfterEllipsis(p, separator) };
    if (separator.type === ",") continue;
    reportMissingSeparator(p, first, separator);
    return { items, expandFinal: false, close: recoverPast(p, ")") };
  }
  return { items, expandFinal: false, close: read(p) };
}

function closeAfterEllipsis(p: Parser, ellipsis: Token): Token {
  if (peekType(p) === ")") return read(p);
  recordErrorUnlessRecovering(p, rangeOf(p, ellipsis), {
    summary: "Missing closing parenthesis",
    detail: "An expanded function argument (with ...) must be immediately followed by a closing parenthesis.",
  });
  return recoverPast(p, ")");
}

function reportMissingSeparator(p: Parser, first: Token, separator: Token): void {
  if (separator.type === "end")
    recordError(p, rangeOf(p, first), {
      summary: "Unterminated function call",
      detail: `There is no closing parenthesis for the call to "${tokenText(p, first)}" before the end of the file.`,
      hint: "Check the parentheses here and in the rest of the file.",
    });
  else
    recordError(p, rangeOf(p, separator), {
      summary: "Missing argument separator",
      detail: "A comma is required to separate each function argument from the next.",
    });
}
