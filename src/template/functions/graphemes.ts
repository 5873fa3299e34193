const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });

/** The characters of a text as people count them: extended grapheme clusters of Unicode. */
export function graphemes(text: string): readonly string[] {
  // Most texts are ASCII, where only CR LF is one cluster of two.
  if (/^[\u0020-\u007e\n\t]*$/.test(text)) return [...text];
  return Array.from(segmenter.segment(text), (segment) => segment.segment);
}
