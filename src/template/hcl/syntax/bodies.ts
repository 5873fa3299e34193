import { spanning } from "../../../core/source.js";
import { blockHeader, finishBlock, parseHeader } from "./blocks.js";
import type { Attribute, Block, NativeBody } from "./body.js";
import { rangeBetween } from "./located.js";
import {
  accept,
  deeper,
  lost,
  type Parser,
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

/** The items up to `end`, which is consumed: the brace of a block, or the end of the file. */
export function parseBody(p: Parser, end: "}" | "end"): NativeBody {
  const open = previous(p);
  const start = end === "}" ? open.end : 0;
  const items: Items = { attributes: new Map(), blocks: [] };
  for (;;) {
    const type = peekType(p);
    if (type === end) return finishBody(p, items, start, read(p));
    if (type === "end") {
      complainAboutEnd(p, open);
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

function complainAboutEnd(p: Parser, open: Token): void {
  recordErrorUnlessRecovering(p, rangeOf(p, open), {
    summary: "Unclosed configuration block",
    detail: "The file ends before the brace that closes this block.",
    hint: 'A "}" may be missing here or further down.',
  });
  p.recovering = true;
}

/** Something that can start no item: reported, and skipped with the rest of its line. */
function skipStray(p: Parser, token: Token): void {
  const quoted = token.type === "open-quote";
  recordErrorUnlessRecovering(p, rangeOf(p, token), {
    summary: quoted ? "Invalid argument name" : REQUIRED,
    detail: quoted ? "The names of arguments and blocks are written without quotes." : "A name is expected here.",
    hint: token.type === "}" ? 'There is a "}" too many, or a "{" is missing further up.' : undefined,
  });
  if (quoted) recoverPast(p, "close-quote");
  recoverToNextItem(p);
}

const REQUIRED = "Argument or block definition required";

function parseItem(p: Parser, items: Items): void {
  // What reads like an item again ends the silence after an error.
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
      complainAboutItem(p, name);
      recoverToNextItem(p);
  }
}

function complainAboutItem(p: Parser, name: Token): void {
  recordError(p, rangeOf(p, name), {
    summary: REQUIRED,
    detail: `After the name "${tokenText(p, name)}" an equals sign and a value, or a block, is expected.`,
    hint: peekType(p) === ":" ? 'Write "=" instead of ":".' : undefined,
  });
}

function addAttribute(p: Parser, items: Items, attribute: Attribute): void {
  const before = items.attributes.get(attribute.name);
  if (!before) items.attributes.set(attribute.name, attribute);
  else
    recordError(p, attribute.nameRange, {
      summary: "Attribute redefined",
      detail: `The argument "${attribute.name}" is set at line ${before.nameRange.start.line} already.`,
      hint: "Keep one of the two.",
    });
}

/** The value of an attribute; its name is consumed and `=` is next. `only`: in a block of one line. */
function parseAttribute(p: Parser, name: Token, place: "several" | "only"): Attribute {
  read(p);
  const failures = p.failures;
  const expression = p.expression(p);
  if (lost(p, failures)) recoverToNextItem(p);
  else if (place === "several" && !accept(p, "newline") && peekType(p) !== "end") {
    complainAboutNewline(p);
    recoverToNextItem(p);
  }
  const nameRange = rangeOf(p, name);
  return { name: tokenText(p, name), nameRange, expression, range: spanning(nameRange, expression.range) };
}

function complainAboutNewline(p: Parser): void {
  const comma = peekType(p) === ",";
  recordErrorUnlessRecovering(p, rangeOf(p, peek(p)), {
    summary: comma ? "Unexpected comma after argument" : "Missing newline after argument",
    detail: comma ? "Arguments are separated by newlines, not by commas." : "An argument ends with its line.",
    hint: comma ? undefined : "Is an operator, a bracket or a closing quote missing?",
  });
}

/** The rest of a block; its type is consumed. */
function parseBlock(p: Parser, type: Token): Block {
  const header = parseHeader(p, type);
  if (!header.open) return blockHeader(p, header);
  const open = header.open;
  const next = peekType(p);
  const several = next === "newline" || next === "end" || next === "}";
  const body = deeper(
    p,
    1,
    () => (several ? parseBody(p, "}") : parseOneLineBody(p, open)),
    () => finishBody(p, { attributes: new Map(), blocks: [] }, open.end, open),
  );
  const close = previous(p);
  finishBlock(p);
  return { ...blockHeader(p, header), body, range: rangeFrom(p, type, close) };
}

/** `name = value }` on the line of the opening brace. */
function parseOneLineBody(p: Parser, open: Token): NativeBody {
  const items: Items = { attributes: new Map(), blocks: [] };
  const name = read(p);
  const next = peekType(p);
  if (name.type === "identifier" && next === "=") addAttribute(p, items, parseAttribute(p, name, "only"));
  else {
    const block = name.type === "identifier" && (next === "open-quote" || next === "{" || next === "identifier");
    recordError(p, rangeOf(p, name), {
      summary: block ? "Argument definition required" : REQUIRED,
      detail: "A block on one line holds exactly one argument: name = value.",
      hint: block ? "Put nested blocks on lines of their own." : undefined,
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
  if (type === "end") complainAboutEnd(p, open);
  else
    recordErrorUnlessRecovering(p, rangeOf(p, next), {
      summary: "Invalid single-argument block definition",
      detail: "A block that starts on one line with its argument ends on that line, right after it.",
      hint: "For several arguments put each, and the closing brace, on a line of its own.",
    });
  return recoverPast(p, "}");
}
