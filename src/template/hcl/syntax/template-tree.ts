import { type Range, spanning } from "../../../core/source.js";
import type { Expression, ForPart, IfPart, InterpolationPart, LiteralPart, StripMarkers, TemplatePart } from "./ast.js";
import type { ForIntroduction } from "./for-expressions.js";
import { type Parser, parseNested, recordErrorUnlessRecovering } from "./parser.js";
import { trimLeft } from "./template-literals.js";

/** A literal or sequence of a template, before directives are matched with their end. */
export type Piece = LiteralPiece | Sequence;

/** Strip markers and dedent change the text. */
interface LiteralPiece {
  readonly kind: "literal";
  text: string;
  readonly range: Range;
}

/** An interpolation or one directive, before directives are matched. */
export type Sequence = InterpolationPart | IfMarker | ForMarker | ClosingMarker | BrokenMarker;

interface Marker {
  readonly strip: StripMarkers;
  readonly range: Range;
}

interface IfMarker extends Marker {
  readonly kind: "if";
  readonly condition: Expression;
}

interface ForMarker extends Marker {
  readonly kind: "for";
  readonly introduction: ForIntroduction;
}

interface ClosingMarker extends Marker {
  readonly kind: "else" | "endif" | "endfor";
}

/** A directive that could not be parsed. */
interface BrokenMarker extends Marker {
  readonly kind: "broken";
  readonly expression: Expression;
}

interface Builder {
  readonly p: Parser;
  readonly pieces: readonly Piece[];
  readonly end: Range;
  index: number;
}

/** Matches directives with their end and joins adjacent literals. `end` is the range of the template's end. */
export function buildParts(p: Parser, pieces: readonly Piece[], end: Range): TemplatePart[] {
  const builder: Builder = { p, pieces, end, index: 0 };
  const parts: TemplatePart[] = [];
  while (builder.index < pieces.length) {
    const stop = collectParts(builder, parts);
    if (stop)
      recordErrorUnlessRecovering(p, stop.range, {
        summary: `Unexpected ${stop.kind} directive`,
        detail: `There is no matching directive for this "${stop.kind}".`,
      });
  }
  return parts;
}

/** Adds parts until a marker of an outer directive. Consumes and returns this marker. */
function collectParts(builder: Builder, parts: TemplatePart[]): ClosingMarker | undefined {
  for (;;) {
    const piece = builder.pieces[builder.index];
    if (!piece) return undefined;
    builder.index++;
    switch (piece.kind) {
      case "literal":
        addLiteral(parts, piece);
        break;
      case "interpolation":
        parts.push(piece);
        break;
      case "broken":
        parts.push({ kind: "interpolation", expression: piece.expression, strip: piece.strip, range: piece.range });
        break;
      case "if":
      case "for": {
        const part = buildNested(builder, piece);
        if (part) parts.push(part);
        break;
      }
      default:
        return piece;
    }
  }
}

function addLiteral(parts: TemplatePart[], piece: LiteralPart): void {
  const last = parts.at(-1);
  if (last?.kind === "literal") {
    const text = last.text + piece.text;
    parts[parts.length - 1] = { kind: "literal", text, range: spanning(last.range, piece.range) };
  } else parts.push({ kind: "literal", text: piece.text, range: piece.range });
}

function buildNested(builder: Builder, open: IfMarker | ForMarker): IfPart | ForPart | undefined {
  return parseNested<IfPart | ForPart | undefined>(
    builder.p,
    1,
    () => (open.kind === "if" ? finishIf(builder, open) : finishFor(builder, open)),
    () => {
      builder.index = builder.pieces.length;
      return undefined;
    },
  );
}

function finishIf(builder: Builder, open: IfMarker): IfPart | undefined {
  const whenTrue: TemplatePart[] = [];
  let stop = collectParts(builder, whenTrue);
  const middle = stop?.kind === "else" ? stop : undefined;
  const whenFalse: TemplatePart[] | undefined = middle ? [] : undefined;
  if (middle && whenFalse) stop = collectParts(builder, whenFalse);
  if (stop?.kind !== "endif") return reportUnmatched(builder, open, stop, "endif");
  return {
    kind: "if",
    condition: open.condition,
    whenTrue,
    whenFalse,
    strip: { open: open.strip, else: middle?.strip, end: stop.strip },
    range: spanning(open.range, stop.range),
  };
}

function finishFor(builder: Builder, open: ForMarker): ForPart | undefined {
  const body: TemplatePart[] = [];
  const stop = collectParts(builder, body);
  if (stop?.kind !== "endfor") return reportUnmatched(builder, open, stop, "endfor");
  const strip = { open: open.strip, end: stop.strip };
  return { kind: "for", ...open.introduction, body, strip, range: spanning(open.range, stop.range) };
}

function reportUnmatched(
  builder: Builder,
  open: IfMarker | ForMarker,
  stop: ClosingMarker | undefined,
  expected: string,
): undefined {
  const started = `the ${open.kind} directive on line ${open.range.start.line}`;
  recordErrorUnlessRecovering(builder.p, stop?.range ?? builder.end, {
    summary: stop ? `Unexpected ${stop.kind} directive` : "Unexpected end of template",
    detail: stop
      ? `Expected an "${expected}" for ${started}.`
      : `There is no "${expected}" for ${started} before the end of the template.`,
  });
  return undefined;
}

/**
 * Removes the common indentation of the lines of a `<<-` heredoc. Lines with only white space do not count. A line that starts
 * with a sequence has no indentation. Each literal piece is at most one line.
 */
export function dedent(pieces: readonly Piece[]): void {
  let least = Number.POSITIVE_INFINITY;
  let startsLine = true;
  const indented: LiteralPiece[] = [];
  for (const piece of pieces) {
    if (startsLine) {
      if (piece.kind !== "literal") least = 0;
      else if (trimLeft(piece.text) !== "" || !piece.text.endsWith("\n")) {
        least = Math.min(least, piece.text.length - trimLeft(piece.text).length);
        indented.push(piece);
      }
    }
    startsLine = piece.kind === "literal" && piece.text.endsWith("\n");
  }
  for (const piece of indented) piece.text = piece.text.slice(least);
}
