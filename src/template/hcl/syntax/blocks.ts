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

/** Type and labels of a block. `open` is its consumed brace. It is undefined after an error; then the item is skipped. */
interface Header {
  readonly type: Token;
  readonly labels: readonly Label[];
  readonly last: Token;
  readonly open: Token | undefined;
}

/** Parses the labels of a block and its opening brace. */
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
        reportInvalidHeader(p, token);
        recoverToNextItem(p);
        return { type, labels, last, open: undefined };
    }
  }
}

function reportInvalidHeader(p: Parser, token: Token): void {
  const type = peekType(p);
  const record = type === "=" || type === "newline" ? recordError : recordErrorUnlessRecovering;
  record(p, rangeOf(p, token), { summary: "Invalid block definition", ...headerProblem(type) });
}

function headerProblem(type: TokenType): { readonly detail: string; readonly hint?: string | undefined } {
  if (type === "=")
    return {
      detail: 'The equals sign "=" indicates an argument definition, and must not be used when defining a block.',
      hint: 'Remove the "=" to define a block. Write an object for a name with spaces: { "a b" = 1 }.',
    };
  if (type === "newline")
    return { detail: 'The opening brace ("{") of a block must be on the same line as the block header.' };
  return { detail: 'Either a quoted string block label or an opening brace ("{") is expected here.' };
}

/** Parses a quoted label, which cannot contain template sequences. */
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
        reportLabelSequence(p, token);
        recoverPast(p, "sequence-end");
        break;
      case "end":
        recordError(p, rangeOf(p, token), {
          summary: "Unterminated string literal",
          detail: `There is no closing quote for the string on line ${rangeOf(p, open).start.line} before the end of the file.`,
        });
        return label();
      default:
        recordError(p, rangeOf(p, token), {
          summary: "Invalid string literal",
          detail: "This character is not allowed in a label.",
        });
        recoverPast(p, "close-quote");
        return label();
    }
  }
}

function reportLabelSequence(p: Parser, token: Token): void {
  const mark = tokenText(p, token).charAt(0);
  recordError(p, rangeOf(p, token), {
    summary: "Invalid string literal",
    detail: "Template sequences are not allowed in this string.",
    hint: `Write "${mark}${mark}{" for a literal "${mark}{".`,
  });
}

/** Returns the block with an empty body. */
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

/** Consumes the newline after a block. */
export function finishBlock(p: Parser): void {
  const next = peekType(p);
  if (next === "newline" || next === "end") {
    read(p);
    return;
  }
  recordErrorUnlessRecovering(p, rangeOf(p, peek(p)), {
    summary: "Missing newline after block definition",
    detail: "A block definition must end with a newline.",
  });
  recoverToNextItem(p);
}
