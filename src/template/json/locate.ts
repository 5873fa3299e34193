import { lineIndex, type Range, type SourceText } from "../../core/source.js";
import type { StringNode } from "../../options/node.js";

/** Places of parts of JSON strings: finds the file of a node and walks the escapes of the string in it. */
export function jsonLocator(
  sources: readonly SourceText[],
): (node: StringNode, start: number, end: number) => Range | undefined {
  const files = new Map(sources.map(({ file, text }) => [file, { text, positionAt: lineIndex(text) }]));
  return ({ range }, start, end) => {
    const file = files.get(range.file);
    if (file?.text[range.start.offset] !== '"') return undefined;
    const inner = range.start.offset + 1;
    const raw = file.text.slice(inner, range.end.offset - 1);
    const from = rawOffset(raw, 0, 0, start);
    const to = rawOffset(raw, from, start, end);
    return { file: range.file, start: file.positionAt(inner + from), end: file.positionAt(inner + to) };
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
