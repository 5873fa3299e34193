import type { ImageFacts, TagText } from "../core/facts.js";
import type { LateText } from "../core/late.js";

/**
 * A name with `*` in the place of what differs between two instants. Digits at the edges of the place belong to it: `web-1970` and
 * `web-1973` have more in common than is fixed.
 */
export function namePattern(one: string, other: string): string {
  if (one === other) return one;
  const most = Math.min(one.length, other.length);
  let start = 0;
  while (start < most && one[start] === other[start]) start++;
  let end = 0;
  while (end < most - start && one.at(-1 - end) === other.at(-1 - end)) end++;
  const before = one.slice(0, start).replace(/\d+$/, "");
  const after = end === 0 ? "" : one.slice(-end).replace(/^\d+/, "");
  return `${before}*${after}`;
}

/** Keys of the tags whose text differs between two plans of one build; `one` and `other` hold a list for each option of tags. */
export function changingTags(one: ImageFacts["tags"], other: ImageFacts["tags"]): readonly string[] {
  const changing = one.flatMap((tags, option) => {
    const [first, second] = [renderedTags(tags), renderedTags(other[option] ?? [])];
    return [...first.keys()].filter((key) => first.get(key) !== second.get(key));
  });
  return [...new Set(changing)];
}

function renderedTags(tags: readonly TagText[]): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const tag of tags) {
    const [key, value] = [rendered(tag.key), rendered(tag.value)];
    if (key !== undefined && value !== undefined) found.set(key, value);
  }
  return found;
}

/** Late text without the data of the run, which is no matter of time; undefined where it cannot do without. */
function rendered(text: LateText): string | undefined {
  try {
    return text.render({});
  } catch {
    return undefined;
  }
}
