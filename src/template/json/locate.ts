import { lineIndex, type Range, type SourceText } from "../../core/source.js";
import type { StringNode } from "../../options/node.js";

/** Places of parts of strings: of JSON strings through their escapes, of `-var` values as they are. */
export function jsonLocator(
  sources: readonly SourceText[],
): (node: StringNode, start: number, end: number) => Range | undefined {
  const files = new Map(sources.map(({ file, text }) => [file, { text, positionAt: lineIndex(text) }]));
  return ({ range, value }, start, end) => {
    const file = files.get(range.file);
    if (!file) return undefined;
    const at = range.start.offset;
    const place = (from: number, to: number): Range => ({
      file: range.file,
      start: file.positionAt(from),
      end: file.positionAt(to),
    });
    if (file.text.slice(at, range.end.offset) === value) return place(at + start, at + end);
    if (file.text[at] !== '"') return undefined;
    const raw = file.text.slice(at + 1, range.end.offset - 1);
    const from = rawOffset(raw, 0, 0, start);
    return place(at + 1 + from, at + 1 + rawOffset(raw, from, start, end));
  };
}

/** Where the `index`-th code unit of a JSON string's value stands in its source, from a known pair of offsets on. */
function rawOffset(raw: string, known: number, knownIndex: number, index: number): number {
  let at = known;
  for (let i = knownIndex; i < index && at < raw.length; i++) {
    at += raw[at] !== "\\" ? 1 : raw[at + 1] === "u" ? 6 : 2;
  }
  return at;
}
