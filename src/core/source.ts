/** Places in the text of a template. */

/** A point in a text. `line` and `column` count from 1, `column` in UTF-16 code units; `offset` from 0, in UTF-16 code units. */
export interface Position {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/** A range of a file: `start` inclusive, `end` exclusive. `file` is the path as the user wrote it. */
export interface Range {
  readonly file: string;
  readonly start: Position;
  readonly end: Position;
}

/** The text of a file, for excerpts in diagnostics. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
}

/** Returns `file:line:column`, which editors and terminals turn into a link. */
export function formatPlace(range: Range): string {
  return `${range.file}:${range.start.line}:${range.start.column}`;
}

/** Returns a function that finds line and column of an offset in `text`. Lines end at `\n`; a `\r` before it is part of the line. */
export function lineIndex(text: string): (offset: number) => Position {
  const starts = [0];
  for (let i = text.indexOf("\n"); i !== -1; i = text.indexOf("\n", i + 1)) starts.push(i + 1);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { offset, line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

/** Returns the range from `first` to `last`. Both must be in one file, and `first` must not start after `last`. */
export function spanning(first: Range, last: Range): Range {
  return { file: first.file, start: first.start, end: last.end };
}
