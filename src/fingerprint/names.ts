import type { LateText } from "../core/late.js";

/** Options of tags that go onto images and snapshots. */
const TAG_OPTIONS = ["tags", "tag", "run_tags", "run_tag", "snapshot_tags", "snapshot_tag"];

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

/** Keys of the tags whose text differs between two plans of one build, in whichever of the options of tags it does. */
export function changingTags(one: unknown, other: unknown): readonly string[] {
  const changing = TAG_OPTIONS.flatMap((option) => {
    const [first, second] = [tagsOf(one, option), tagsOf(other, option)];
    return [...first.keys()].filter((key) => first.get(key) !== second.get(key));
  });
  return [...new Set(changing)];
}

function tagsOf(options: unknown, option: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const entry of listOf(property(options, option))) {
    const [key, value] = [rendered(property(entry, "key")), rendered(property(entry, "value"))];
    if (key !== undefined && value !== undefined) found.set(key, value);
  }
  return found;
}

/** Late text without the data of the run, which is no matter of time; undefined where it cannot do without. */
function rendered(text: unknown): string | undefined {
  if (!isLate(text)) return undefined;
  try {
    return text.render({});
  } catch {
    return undefined;
  }
}

function isLate(value: unknown): value is LateText {
  return typeof value === "object" && value !== null && "render" in value && "source" in value;
}

function property(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
