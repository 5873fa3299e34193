import { suggest } from "../../../core/diagnostics.js";
import type { Expression, StripMarkers, TemplateExpression } from "./ast.js";
import { parseForIntroduction } from "./for-expressions.js";
import { rangeBetween } from "./located.js";
import {
  invalidExpression,
  type Parser,
  parseInBrackets,
  peek,
  previous,
  rangeFrom,
  rangeOf,
  read,
  recordErrorUnlessRecovering,
  recoverPast,
  tokenText,
} from "./parser.js";
import { decodeQuoted, trimLeft, trimRight, unescapeSequence } from "./template-literals.js";
import { buildParts, dedent, type Piece, type Sequence } from "./template-tree.js";
import type { Token, TokenType } from "./tokens.js";

/** Parses a quoted template or a heredoc. Its opening token is next. */
export function parseTemplateToken(p: Parser): TemplateExpression {
  const open = read(p);
  const quoted = open.type === "open-quote";
  const flush = !quoted && p.source.text[open.start + 2] === "-";
  const pieces = parsePieces(p, quoted ? "close-quote" : "close-heredoc");
  const close = previous(p);
  if (flush) dedent(pieces);
  const delimiter = quoted
    ? undefined
    : tokenText(p, open)
        .slice(flush ? 3 : 2)
        .trimEnd();
  return {
    kind: "template",
    form: quoted ? "quoted" : flush ? "flush-heredoc" : "heredoc",
    parts: buildParts(p, pieces, rangeOf(p, close)),
    raw: p.source.text.slice(open.end, Math.max(open.end, close.start)),
    delimiter,
    source: undefined,
    range: rangeFrom(p, open, close),
  };
}

/** Parses a whole text as a template. */
export function parseWholeTemplate(p: Parser, form: "text" | "json"): TemplateExpression {
  const { text } = p.source;
  const pieces = parsePieces(p, "end");
  const parts = buildParts(p, pieces, rangeOf(p, peek(p)));
  const range = rangeBetween(p.source, 0, text.length);
  return { kind: "template", form, parts, raw: text, delimiter: undefined, source: undefined, range };
}

/** Parses literals and sequences up to and including `end`. Applies strip markers, does not match directives. */
function parsePieces(p: Parser, end: TokenType): Piece[] {
  const open = previous(p);
  const pieces: Piece[] = [];
  let strip = false;
  for (;;) {
    const token = read(p);
    if (token.type === end) return pieces;
    const before = pieces.at(-1);
    switch (token.type) {
      case "quoted-literal":
      case "literal": {
        const text = token.type === "literal" ? unescapeSequence(tokenText(p, token)) : decodeQuoted(p, token);
        pieces.push({ kind: "literal", text: strip ? trimLeft(text) : text, range: rangeOf(p, token) });
        strip = false;
        break;
      }
      case "interpolation":
      case "directive": {
        const left = stripsBefore(p, token);
        if (left && before?.kind === "literal") before.text = trimRight(before.text);
        const sequence = parseInBrackets(p, token, "no newlines", () =>
          token.type === "directive"
            ? parseDirective(p, token, left)
            : parseInterpolation(p, token, left, { open, end }),
        );
        pieces.push(sequence);
        strip = sequence.strip.after;
        break;
      }
      default:
        recordErrorUnlessRecovering(p, rangeOf(p, token), {
          summary: "Unterminated template string",
          detail: `No closing marker was found for the string that starts on line ${rangeOf(p, open).start.line}.`,
          hint:
            end === "close-heredoc"
              ? `Add a line with only "${tokenText(p, open).replace(/^<<-?/, "").trimEnd()}" and a newline after it.`
              : 'Add a closing quote (").',
        });
        recoverPast(p, end);
        return pieces;
    }
  }
}

function stripsBefore(p: Parser, token: Token): boolean {
  return p.source.text[token.end - 1] === "~";
}

/** The string that contains a sequence: its opening token and the type of its closing token. */
interface EnclosingText {
  readonly open: Token;
  readonly end: TokenType;
}

function parseInterpolation(p: Parser, start: Token, before: boolean, text: EnclosingText): Sequence {
  const expression = p.expression(p);
  const next = peek(p);
  if (next.type !== "sequence-end") recordInterpolationError(p, next, text);
  const { strip, last } = finishSequence(p, before);
  return { kind: "interpolation", expression, strip, range: rangeFrom(p, start, last) };
}

/** Consumes the end of a sequence. Skips other tokens before it. */
function finishSequence(p: Parser, before: boolean): { strip: StripMarkers; last: Token } {
  const last = peek(p).type === "sequence-end" ? read(p) : recoverPast(p, "sequence-end");
  return { strip: { before, after: last.type === "sequence-end" && last.end - last.start === 2 }, last };
}

function recordInterpolationError(p: Parser, next: Token, { open, end }: EnclosingText): void {
  const quote = (next.type === "close-quote" || next.type === "open-quote") && end === "close-quote";
  if (next.type === "end" || quote)
    recordErrorUnlessRecovering(p, rangeOf(p, open), {
      summary: "Unclosed template interpolation sequence",
      detail: `There is no closing brace for an interpolation sequence before the end of the ${quote ? "quoted template" : "template"}.`,
      hint: 'Close the sequence with "}". Write "$${" for a literal "${".',
    });
  else
    recordErrorUnlessRecovering(p, rangeOf(p, next), {
      summary: "Extra characters after interpolation expression",
      detail: "Expected a closing brace to end the interpolation expression, but found extra characters.",
      hint: 'Write "$${" instead of "${" if the sequence is for another language, such as shell scripting.',
    });
}

const KEYWORDS = ["if", "else", "endif", "for", "endfor"];

function parseDirective(p: Parser, start: Token, before: boolean): Sequence {
  const word = peek(p);
  const keyword = word.type === "identifier" ? tokenText(p, word) : undefined;
  const head = readDirective(p, word, keyword);
  if (head && peek(p).type !== "sequence-end")
    recordErrorUnlessRecovering(p, rangeOf(p, peek(p)), {
      summary: `Extra characters in ${keyword} marker`,
      detail: "Expected a closing brace to end the directive, but found extra characters.",
    });
  const { strip, last } = finishSequence(p, before);
  const range = rangeFrom(p, start, last);
  return head ? { ...head, strip, range } : { kind: "broken", expression: invalidExpression(range), strip, range };
}

type Head = { kind: "if"; condition: Expression } | { kind: "for"; introduction: Introduction } | { kind: Closing };
type Introduction = NonNullable<ReturnType<typeof parseForIntroduction>>;
type Closing = "else" | "endif" | "endfor";

function readDirective(p: Parser, word: Token, keyword: string | undefined): Head | undefined {
  switch (keyword) {
    case "if":
      read(p);
      return { kind: "if", condition: p.expression(p) };
    case "for": {
      read(p);
      const introduction = parseForIntroduction(p, "Invalid 'for' directive");
      return introduction && { kind: "for", introduction };
    }
    case "else":
    case "endif":
    case "endfor":
      read(p);
      return { kind: keyword };
    default:
      reportInvalidKeyword(p, word, keyword);
      return undefined;
  }
}

function reportInvalidKeyword(p: Parser, word: Token, keyword: string | undefined): void {
  const near = keyword === undefined ? undefined : suggest(keyword, KEYWORDS);
  recordErrorUnlessRecovering(p, rangeOf(p, word), {
    summary: keyword === undefined ? "Invalid template directive" : "Invalid template control keyword",
    detail: `Expected one of these keywords after "%{": ${KEYWORDS.join(", ")}.`,
    hint: near ? `Did you mean "${near}"?` : 'Write "%%{" for a literal "%{".',
  });
}
