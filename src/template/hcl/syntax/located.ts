import { lineIndex, type Position, type Range, type SourceText } from "../../../core/source.js";

/** A text whose offsets have places in a file; not always the file's own text (a string inside JSON). */
export interface LocatedText {
  readonly file: string;
  readonly text: string;
  /** Place in the file of an offset of `text`. */
  at(offset: number): Position;
}

/** A whole file. */
export function locate(source: SourceText): LocatedText {
  return { file: source.file, text: source.text, at: lineIndex(source.text) };
}

/** The range between two offsets of the text; `end` is exclusive. */
export function rangeBetween(located: LocatedText, start: number, end: number): Range {
  return { file: located.file, start: located.at(start), end: located.at(end) };
}

/**
 * How deep expressions, blocks, directives and JSON values may nest, all together. Real templates stay under 30; the limit
 * keeps recursive walks of the tree far from the end of the stack.
 */
export const MAX_DEPTH = 400;
