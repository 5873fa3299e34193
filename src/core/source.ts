/** Places in the text of a template: what every node of every language carries. */

/** A point in a text. `line` and `column` count from 1, `column` in UTF-16 code units; `offset` from 0, in UTF-16 code units. */
export interface Position {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/** A stretch of a file: `start` inclusive, `end` exclusive. `file` is the path as the user gave it. */
export interface Range {
  readonly file: string;
  readonly start: Position;
  readonly end: Position;
}

/** A file's text as it was read, for excerpts in diagnostics. */
export interface SourceText {
  readonly file: string;
  readonly text: string;
}

/** `file:line:column`, the form that editors and terminals link. */
export function formatPlace(range: Range): string {
  return `${range.file}:${range.start.line}:${range.start.column}`;
}

/** Finds line and column of an offset quickly: build once per text. Lines end at `\n`; a `\r` before it belongs to the line. */
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

/** The range that covers both, which must be in one file; `first` starts no later than `last`. */
export function spanning(first: Range, last: Range): Range {
  return { file: first.file, start: first.start, end: last.end };
}
