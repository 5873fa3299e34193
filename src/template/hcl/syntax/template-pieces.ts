import type { Range } from "../../../core/source.js";
import type { Expression, InterpolationPart, StripMarkers } from "./ast.js";
import type { Introduction } from "./for-expressions.js";
import { trimLeft } from "./template-literals.js";

/** A template in a row, before directives are matched with their ends. */
export type Piece = LiteralPiece | Sequence;

/** The text changes while strip markers and the dedent are applied. */
export interface LiteralPiece {
  readonly kind: "literal";
  text: string;
  readonly range: Range;
}

export type Sequence = InterpolationPart | IfMarker | ForMarker | ClosingMarker | BrokenMarker;

interface Marker {
  readonly strip: StripMarkers;
  readonly range: Range;
}

export interface IfMarker extends Marker {
  readonly kind: "if";
  readonly condition: Expression;
}

export interface ForMarker extends Marker {
  readonly kind: "for";
  readonly introduction: Introduction;
}

export interface ClosingMarker extends Marker {
  readonly kind: "else" | "endif" | "endfor";
}

/** A directive that could not be understood. */
export interface BrokenMarker extends Marker {
  readonly kind: "broken";
  readonly expression: Expression;
}

/**
 * Takes the indentation that all lines of a `<<-` heredoc share off each of them. Lines of white space alone do not count;
 * a line that starts with a sequence has no indentation. Each literal piece is one line at most.
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
