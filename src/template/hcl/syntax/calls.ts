import type { Expression } from "./ast.js";
import {
  invalidExpression,
  lost,
  type Parser,
  peekType,
  rangeFrom,
  rangeOf,
  read,
  recordError,
  recordErrorUnlessRecovering,
  recoverPast,
  tokenText,
  within,
} from "./parser.js";
import type { Token } from "./tokens.js";

/** A function call; its first name is consumed, and `(` or `::` follows. */
export function parseCall(p: Parser, first: Token): Expression {
  let name = tokenText(p, first);
  let last = first;
  let open = read(p);
  while (open.type === "::") {
    last = read(p);
    if (last.type !== "identifier") return badName(p, first, last, NO_NAME);
    name += `::${tokenText(p, last)}`;
    open = read(p);
  }
  if (open.type !== "(") return badName(p, first, open, "The function's arguments are expected, in parentheses.");
  const { items, expandFinal, close } = within(p, open, "no newlines", () => parseArguments(p, first));
  const nameRange = rangeFrom(p, first, last);
  return { kind: "call", name, nameRange, arguments: items, expandFinal, range: rangeFrom(p, first, close) };
}

const NO_NAME = "A function's name is expected after the two colons.";

function badName(p: Parser, first: Token, at: Token, detail: string): Expression {
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
    if (lost(p, failures)) return { items, expandFinal: false, close: recoverPast(p, ")") };
    const separator = read(p);
    if (separator.type === ")") return { items, expandFinal: false, close: separator };
    if (separator.type === "...") return { items, expandFinal: true, close: closeAfterEllipsis(p, separator) };
    if (separator.type === ",") continue;
    complainAboutSeparator(p, first, separator);
    return { items, expandFinal: false, close: recoverPast(p, ")") };
  }
  return { items, expandFinal: false, close: read(p) };
}

function closeAfterEllipsis(p: Parser, ellipsis: Token): Token {
  if (peekType(p) === ")") return read(p);
  recordErrorUnlessRecovering(p, rangeOf(p, ellipsis), {
    summary: "Missing closing parenthesis",
    detail: "An argument that is expanded with ... is the last one, and the parenthesis closes after it.",
  });
  return recoverPast(p, ")");
}

function complainAboutSeparator(p: Parser, first: Token, separator: Token): void {
  if (separator.type === "end")
    recordError(p, rangeOf(p, first), {
      summary: "Unterminated function call",
      detail: `The call of ${tokenText(p, first)} is not closed before the end of the text.`,
      hint: "A parenthesis may be missing here or further down.",
    });
  else
    recordError(p, rangeOf(p, separator), {
      summary: "Missing argument separator",
      detail: "Arguments are separated by commas.",
    });
}
