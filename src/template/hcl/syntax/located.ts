import { lineIndex, type Position, type Range, type SourceText } from "../../../core/source.js";

/** A text with the position of each offset in a file. The text can be a part of the file, such as a JSON string. */
export interface LocatedText {
  readonly file: string;
  readonly text: string;
  /** Returns the position in the file of an offset of `text`. */
  at(offset: number): Position;
}

/** Returns a whole file as a located text. */
export function locate(source: SourceText): LocatedText {
  return { file: source.file, text: source.text, at: lineIndex(source.text) };
}

/** Returns the range between two offsets of the text. `end` is exclusive. */
export function rangeBetween(located: LocatedText, start: number, end: number): Range {
  return { file: located.file, start: located.at(start), end: located.at(end) };
}

/**
 * The maximum nesting depth of expressions, blocks, directives and JSON values together. Real templates stay below 30. The limit
 * prevents a stack overflow in recursive functions.
 */
export const MAX_DEPTH = 400;

/** The maximum number of tokens of a text: the largest real templates have some ten thousand. The syntax tree takes about 200 bytes for each. */
export const MAX_TOKENS = 500_000;

/** The maximum number of values in a JSON text. */
export const MAX_JSON_VALUES = 250_000;
