import type { ImageFacts, TagText } from "../core/facts.js";
import type { LateText } from "../core/late.js";

/**
 * Returns a name with `*` for the text that differs between two plans. Adjacent digits are part of that text: `web-1970` and
 * `web-1973` share digits that are not fixed.
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

/** Returns the keys of tags that differ between two plans of one build; `one` and `other` have a list per option. */
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

/** Renders late text without build data; returns undefined where the text needs it. */
function rendered(text: LateText): string | undefined {
  try {
    return text.render({});
  } catch {
    return undefined;
  }
}
