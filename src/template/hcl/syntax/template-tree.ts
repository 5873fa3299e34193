import type { Range } from "../../../core/source.js";
import { spanning } from "../../../core/source.js";
import type { ForPart, IfPart, LiteralPart, TemplatePart } from "./ast.js";
import { complainUnlessRecovering, deeper, type Parser } from "./parser.js";
import type { ClosingMarker, ForMarker, IfMarker, Piece } from "./template-pieces.js";

interface Builder {
  readonly p: Parser;
  readonly pieces: readonly Piece[];
  readonly end: Range;
  index: number;
}

/** Matches directives with their ends and joins neighbouring literals. `end` is where the template ends. */
export function buildParts(p: Parser, pieces: readonly Piece[], end: Range): TemplatePart[] {
  const builder: Builder = { p, pieces, end, index: 0 };
  const parts: TemplatePart[] = [];
  while (builder.index < pieces.length) {
    const stop = collect(builder, parts);
    if (stop)
      complainUnlessRecovering(p, stop.range, {
        summary: `Unexpected ${stop.kind} directive`,
        detail: "There is no directive that this one could belong to.",
      });
  }
  return parts;
}

/** Adds parts until a marker that belongs to an outer directive, which is consumed and answered. */
function collect(builder: Builder, parts: TemplatePart[]): ClosingMarker | undefined {
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
        const part = nested(builder, piece);
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

function nested(builder: Builder, open: IfMarker | ForMarker): IfPart | ForPart | undefined {
  return deeper<IfPart | ForPart | undefined>(
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
  let stop = collect(builder, whenTrue);
  const middle = stop?.kind === "else" ? stop : undefined;
  const whenFalse: TemplatePart[] | undefined = middle ? [] : undefined;
  if (middle && whenFalse) stop = collect(builder, whenFalse);
  if (stop?.kind !== "endif") return unmatched(builder, open, stop, "endif");
  return {
    kind: "if",
    condition: open.condition,
    whenTrue,
    whenFalse,
    strip: { open: open.strip, else: middle ? middle.strip : undefined, end: stop.strip },
    range: spanning(open.range, stop.range),
  };
}

function finishFor(builder: Builder, open: ForMarker): ForPart | undefined {
  const body: TemplatePart[] = [];
  const stop = collect(builder, body);
  if (stop?.kind !== "endfor") return unmatched(builder, open, stop, "endfor");
  const strip = { open: open.strip, end: stop.strip };
  return { kind: "for", ...open.introduction, body, strip, range: spanning(open.range, stop.range) };
}

function unmatched(
  builder: Builder,
  open: IfMarker | ForMarker,
  stop: ClosingMarker | undefined,
  expected: string,
): undefined {
  const started = `the ${open.kind} directive at line ${open.range.start.line}`;
  complainUnlessRecovering(builder.p, stop?.range ?? builder.end, {
    summary: stop ? `Unexpected ${stop.kind} directive` : "Unexpected end of template",
    detail: stop
      ? `An "${expected}" for ${started} is expected here.`
      : `The text ends before the "${expected}" of ${started}.`,
  });
  return undefined;
}
