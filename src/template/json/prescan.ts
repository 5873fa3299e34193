/** Depth of nested brackets beyond which JSON is refused; real templates stay below 12. */
const MAX_DEPTH = 200;

/** What was found before parsing; `text` has the same offsets as the input. */
export interface Prescan {
  /** Without byte-order mark and `#` comments: blanks stand in their place. */
  readonly text: string;
  /** The first `#` comment, start and end. */
  readonly hash: readonly [number, number] | undefined;
  /** Offset of the bracket that is nested too deep. */
  readonly tooDeep: number | undefined;
}

const PIECES = /^\ufeff|"[^"\\\n]*(?:\\.[^"\\\n]*)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\/|#[^\n]*|[[\]{}]/g;

/** Blanks what the parser does not know, and counts brackets: a parser that recurses must not meet a million of them. */
export function prescan(text: string): Prescan {
  let hash: readonly [number, number] | undefined;
  let tooDeep: number | undefined;
  let depth = 0;
  const blanked = text.replace(PIECES, (piece, offset: number) => {
    const first = piece[0];
    if (first === "[" || first === "{") {
      if (++depth > MAX_DEPTH) tooDeep ??= offset;
    } else if (first === "]" || first === "}") {
      depth--;
    } else if (first === "#") {
      const line = piece.trimEnd();
      hash ??= [offset, offset + line.length];
      return " ".repeat(line.length) + piece.slice(line.length);
    } else if (first === "\ufeff") {
      return " ";
    }
    return piece;
  });
  return { text: blanked, hash, tooDeep };
}
