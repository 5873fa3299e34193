import { spanning } from "../../../core/source.js";
import { blockHeader, finishBlock, parseHeader } from "./blocks.js";
import type { Attribute, Block, NativeBody } from "./body.js";
import { rangeBetween } from "./located.js";
import {
  accept,
  failedSince,
  type Parser,
  parseNested,
  peek,
  peekType,
  previous,
  rangeFrom,
  rangeOf,
  read,
  recordError,
  recordErrorUnlessRecovering,
  recoverPast,
  recoverToNextItem,
  startsItem,
  tokenText,
} from "./parser.js";
import type { Token, TokenType } from "./tokens.js";

interface Items {
  readonly attributes: Map<string, Attribute>;
  readonly blocks: Block[];
}

/** Parses items up to and including `end`: the closing brace of a block, or the end of the file. */
export function parseBody(p: Parser, end: "}" | "end"): NativeBody {
  const open = previous(p);
  const start = end === "}" ? open.end : 0;
  const items: Items = { attributes: new Map(), blocks: [] };
  for (;;) {
    const type = peekType(p);
    if (type === end) return finishBody(p, items, start, read(p));
    if (type === "end") {
      reportUnclosedBlock(p, open);
      return finishBody(p, items, start, peek(p));
    }
    if (type === "newline") read(p);
    else if (type === "identifier") parseItem(p, items);
    else skipStray(p, read(p));
  }
}

function finishBody(p: Parser, items: Items, start: number, close: Token): NativeBody {
  return {
    syntax: "native",
    attributes: [...items.attributes.values()],
    blocks: items.blocks,
    range: rangeBetween(p.source, Math.min(start, close.start), close.start),
    endRange: rangeBetween(p.source, close.start, close.start),
  };
}

function reportUnclosedBlock(p: Parser, open: Token): void {
  recordErrorUnlessRecovering(p, rangeOf(p, open), {
    summary: "Unclosed configuration block",
    detail: "There is no closing brace for this block before the end of the file.",
    hint: "Check the braces here and in the rest of the file.",
  });
  p.recovering = true;
}

/** Reports a token that cannot start an item, and skips the rest of its line. */
function skipStray(p: Parser, token: Token): void {
  const quoted = token.type === "open-quote";
  recordErrorUnlessRecovering(p, rangeOf(p, token), {
    summary: quoted ? "Invalid argument name" : REQUIRED,
    detail: quoted ? "Argument names must not be quoted." : "An argument or block definition is required here.",
    hint: token.type === "}" ? 'Remove this "}", or add the missing "{" before it.' : undefined,
  });
  if (quoted) recoverPast(p, "close-quote");
  recoverToNextItem(p);
}

const REQUIRED = "Argument or block definition required";

function parseItem(p: Parser, items: Items): void {
  // A valid start of an item ends the recovery from an error.
  if (startsItem(p)) p.recovering = false;
  const name = read(p);
  switch (peekType(p)) {
    case "=": {
      addAttribute(p, items, parseAttribute(p, name, "several"));
      return;
    }
    case "open-quote":
    case "{":
    case "identifier":
      items.blocks.push(parseBlock(p, name));
      return;
    default:
      reportInvalidItem(p, name);
      recoverToNextItem(p);
  }
}

function reportInvalidItem(p: Parser, name: Token): void {
  recordError(p, rangeOf(p, name), {
    summary: REQUIRED,
    detail: `An equals sign and a value, or a block, is required after the name "${tokenText(p, name)}".`,
    hint: peekType(p) === ":" ? 'Write "=" instead of ":".' : undefined,
  });
}

function addAttribute(p: Parser, items: Items, attribute: Attribute): void {
  const before = items.attributes.get(attribute.name);
  if (!before) items.attributes.set(attribute.name, attribute);
  else
    recordError(p, attribute.nameRange, {
      summary: "Attribute redefined",
      detail: `The argument "${attribute.name}" was already set on line ${before.nameRange.start.line}. Each argument may be set only once.`,
      hint: "Remove one of the two.",
    });
}

/** Parses the value of an attribute. Its name is consumed and `=` is next. `only`: in a one-line block. */
function parseAttribute(p: Parser, name: Token, place: "several" | "only"): Attribute {
  read(p);
  const failures = p.failures;
  const expression = p.expression(p);
  if (failedSince(p, failures)) recoverToNextItem(p);
  else if (place === "several" && !accept(p, "newline") && peekType(p) !== "end") {
    reportMissingNewline(p);
    recoverToNextItem(p);
  }
  const nameRange = rangeOf(p, name);
  return { name: tokenText(p, name), nameRange, expression, range: spanning(nameRange, expression.range) };
}

function reportMissingNewline(p: Parser): void {
  const comma = peekType(p) === ",";
  recordErrorUnlessRecovering(p, rangeOf(p, peek(p)), {
    summary: comma ? "Unexpected comma after argument" : "Missing newline after argument",
    detail: comma
      ? "Argument definitions must be separated by newlines, not commas."
      : "An argument definition must end with a newline.",
    hint: comma ? undefined : "Check for a missing operator, bracket or closing quote.",
  });
}

/** Parses the rest of a block. Its type is consumed. */
function parseBlock(p: Parser, type: Token): Block {
  const header = parseHeader(p, type);
  if (!header.open) return blockHeader(p, header);
  const open = header.open;
  const next = peekType(p);
  const several = next === "newline" || next === "end" || next === "}";
  const body = parseNested(
    p,
    1,
    () => (several ? parseBody(p, "}") : parseOneLineBody(p, open)),
    () => finishBody(p, { attributes: new Map(), blocks: [] }, open.end, open),
  );
  const close = previous(p);
  finishBlock(p);
  return { ...blockHeader(p, header), body, range: rangeFrom(p, type, close) };
}

/** Parses `name = value }` on the line of the opening brace. */
function parseOneLineBody(p: Parser, open: Token): NativeBody {
  const items: Items = { attributes: new Map(), blocks: [] };
  const name = read(p);
  const next = peekType(p);
  if (name.type === "identifier" && next === "=") addAttribute(p, items, parseAttribute(p, name, "only"));
  else {
    const block = name.type === "identifier" && (next === "open-quote" || next === "{" || next === "identifier");
    recordError(p, rangeOf(p, name), {
      summary: block ? "Argument definition required" : REQUIRED,
      detail: "A single-line block definition can contain only a single argument: name = value.",
      hint: block ? "Put the nested block on a separate line." : undefined,
    });
    recoverToNextItem(p);
  }
  return finishBody(p, items, open.end, closeOneLineBody(p, open));
}

function closeOneLineBody(p: Parser, open: Token): Token {
  const close = accept(p, "}");
  if (close) return close;
  const next = peek(p);
  const type: TokenType = peekType(p);
  if (type === "end") reportUnclosedBlock(p, open);
  else
    recordErrorUnlessRecovering(p, rangeOf(p, next), {
      summary: "Invalid single-argument block definition",
      detail:
        "A single-line block definition must end with a closing brace immediately after its single argument definition.",
      hint: "Put each argument and the closing brace on a separate line.",
    });
  return recoverPast(p, "}");
}
