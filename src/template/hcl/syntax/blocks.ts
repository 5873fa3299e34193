import type { Block, Label } from "./body.js";
import { rangeBetween } from "./located.js";
import {
  type Parser,
  peek,
  peekType,
  rangeFrom,
  rangeOf,
  read,
  recordError,
  recordErrorUnlessRecovering,
  recoverPast,
  recoverToNextItem,
  tokenText,
} from "./parser.js";
import { decodeQuoted } from "./template-literals.js";
import type { Token, TokenType } from "./tokens.js";

/** Type and labels of a block; `open` is its brace, consumed, or undefined when there is none (reported and skipped). */
interface Header {
  readonly type: Token;
  readonly labels: readonly Label[];
  readonly last: Token;
  readonly open: Token | undefined;
}

/** What follows a block's type up to its brace. */
export function parseHeader(p: Parser, type: Token): Header {
  const labels: Label[] = [];
  let last = type;
  for (;;) {
    const token = peek(p);
    switch (token.type) {
      case "{":
        return { type, labels, last, open: read(p) };
      case "identifier":
        last = read(p);
        labels.push({ text: tokenText(p, last), quoted: false, range: rangeOf(p, last) });
        break;
      case "open-quote": {
        const label = parseLabel(p);
        last = label.last;
        labels.push(label.label);
        break;
      }
      default:
        complainAboutHeader(p, token);
        recoverToNextItem(p);
        return { type, labels, last, open: undefined };
    }
  }
}

function complainAboutHeader(p: Parser, token: Token): void {
  const type = peekType(p);
  const tell = type === "=" || type === "newline" ? recordError : recordErrorUnlessRecovering;
  tell(p, rangeOf(p, token), { summary: "Invalid block definition", ...headerProblem(type) });
}

function headerProblem(type: TokenType): { readonly detail: string; readonly hint?: string | undefined } {
  if (type === "=")
    return {
      detail: 'An equals sign ("=") sets an argument, which has a single name; this reads like a block.',
      hint: 'For a block leave the "=" out; for a name with spaces write an object: { "a b" = 1 }.',
    };
  if (type === "newline")
    return { detail: 'The brace ("{") that opens a block stands on the line of its type and labels.' };
  return { detail: 'A label in quotes or the opening brace ("{") is expected here.' };
}

/** A label in quotes: text without template sequences. */
function parseLabel(p: Parser): { readonly label: Label; readonly last: Token } {
  const open = read(p);
  let text = "";
  for (;;) {
    const token = read(p);
    const label = () => ({ label: { text, quoted: true, range: rangeFrom(p, open, token) }, last: token });
    switch (token.type) {
      case "close-quote":
        return label();
      case "quoted-literal":
        text += decodeQuoted(p, token);
        break;
      case "interpolation":
      case "directive":
        complainAboutSequence(p, token);
        recoverPast(p, "sequence-end");
        break;
      case "end":
        recordError(p, rangeOf(p, token), {
          summary: "Unterminated string literal",
          detail: `The quotes opened at line ${rangeOf(p, open).start.line} are not closed before the end of the file.`,
        });
        return label();
      default:
        recordError(p, rangeOf(p, token), {
          summary: "Invalid string literal",
          detail: "This cannot stand in a label.",
        });
        recoverPast(p, "close-quote");
        return label();
    }
  }
}

function complainAboutSequence(p: Parser, token: Token): void {
  const mark = tokenText(p, token).charAt(0);
  recordError(p, rangeOf(p, token), {
    summary: "Invalid string literal",
    detail: "Labels are plain text: they are known before anything is evaluated.",
    hint: `For a literal "${mark}{" write "${mark}${mark}{".`,
  });
}

/** The block without its content. */
export function blockHeader(p: Parser, header: Header): Block {
  const at = header.last.end;
  const empty = rangeBetween(p.source, at, at);
  const headerRange = rangeFrom(p, header.type, header.last);
  return {
    type: tokenText(p, header.type),
    typeRange: rangeOf(p, header.type),
    labels: header.labels,
    body: { syntax: "native", attributes: [], blocks: [], range: empty, endRange: empty },
    range: headerRange,
    headerRange,
  };
}

/** The newline after a block. */
export function finishBlock(p: Parser): void {
  const next = peekType(p);
  if (next === "newline" || next === "end") {
    read(p);
    return;
  }
  recordErrorUnlessRecovering(p, rangeOf(p, peek(p)), {
    summary: "Missing newline after block definition",
    detail: "After the brace that closes a block its line ends.",
  });
  recoverToNextItem(p);
}
