/** Longest body of a comment, in characters (GitHub's limit, with room for the marker). */
const COMMENT_LIMIT = 65_536 - 1024;

/** Largest summary of a step, in bytes: GitHub drops a larger one, and other steps may add to it. */
const SUMMARY_LIMIT = 1024 * 1024 - 4096;

/** A part of a document. Those with the highest `rank` are omitted first. */
export interface Section {
  readonly rank: number;
  readonly text: string;
}

/** Returns the text of a comment: the sections in order, the most important ones if there are too many. */
export function fitComment(sections: readonly Section[]): string {
  return joinWithin(sections, COMMENT_LIMIT, (text) => text.length);
}

/** Returns the text of a job summary, as `fitComment`. */
export function fitSummary(sections: readonly Section[]): string {
  return joinWithin(sections, SUMMARY_LIMIT, (text) => Buffer.byteLength(text));
}

/**
 * Joins sections in order. Omits the least important ones until the text has at most `limit` of `size`, and says so. Sections of
 * rank 0 are cut, at the end of a line, only if they alone are too long.
 */
function joinWithin(sections: readonly Section[], limit: number, size: (text: string) => number): string {
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

const OMITTED = "_Some parts are omitted because the report would be too long._";

function cut(text: string, limit: number, size: (text: string) => number): string {
  if (size(text) <= limit) return text;
  const lines = text.split("\n");
  let low = 0;
  let high = lines.length;
  const candidate = (count: number) => `${closed(lines.slice(0, count).join("\n"))}\n\n${OMITTED}`;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (size(candidate(middle)) <= limit) low = middle;
    else high = middle - 1;
  }
  return candidate(low);
}

/** The text with an end tag for each table and each folded part that is still open. */
function closed(text: string): string {
  const open = (tag: string) => text.split(`<${tag}>`).length - text.split(`</${tag}>`).length;
  return `${text}${"\n</tbody></table>".repeat(open("table"))}${"\n\n</details>".repeat(open("details"))}`;
}
