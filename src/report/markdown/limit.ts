/** A part of a document: those with the lowest `rank` are kept longest. */
export interface Section {
  readonly rank: number;
  readonly text: string;
}

/**
 * Joins sections in order, leaving out the least important until `size` of the text is at most `limit`; says that parts are left
 * out. What is of rank 0 is cut at the end of a line only when it alone is too long.
 */
export function joinWithin(sections: readonly Section[], limit: number, size: (text: string) => number): string {
  const present = sections.filter((section) => section.text !== "");
  const join = (kept: readonly Section[]) =>
    [...kept.map((section) => section.text), ...(kept.length < present.length ? [OMITTED] : [])].join("\n\n");
  let kept: readonly Section[] = present;
  while (size(join(kept)) > limit && kept.some((section) => section.rank > 0)) {
    const worst = Math.max(...kept.map((section) => section.rank));
    const index = kept.findLastIndex((section) => section.rank === worst);
    kept = kept.filter((_, i) => i !== index);
  }
  return cut(join(kept), limit, size);
}

const OMITTED = "_Some parts are left out: the report would be too long._";

function cut(text: string, limit: number, size: (text: string) => number): string {
  if (size(text) <= limit) return text;
  const lines = text.split("\n");
  let low = 0;
  let high = lines.length;
  const candidate = (count: number) => `${lines.slice(0, count).join("\n")}\n\n${OMITTED}`;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (size(candidate(middle)) <= limit) low = middle;
    else high = middle - 1;
  }
  return candidate(low);
}
