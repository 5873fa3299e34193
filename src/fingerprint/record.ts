import { createHash } from "node:crypto";
import { TAG } from "../core/ownership.js";

/** Tags of an image. */
type Tags = Readonly<Record<string, string>>;

/** Number of characters of a part: the hash of its name, then of its value. */
const NAME = 3;
const VALUE = 4;

/** Longest tag value, and the number of tags for the parts: an image has at most 50 tags. */
const TAG_LENGTH = Math.floor(256 / (NAME + VALUE)) * (NAME + VALUE);
const MOST_TAGS = 3;

/** Number of changes to list; the others are counted. */
const MOST_LISTED = 6;

/**
 * Returns the tags that let a later run list what changed: the source AMI, and for each part 18 bits of its name's hash and 24 bits of
 * its value's hash. Whether an image is reused does not depend on them, but on the full hash.
 */
export function recordOf(sourceImageId: string, parts: Readonly<Record<string, string>>): Tags {
  const text = Object.entries(parts)
    .map(([name, value]) => short(name, NAME) + short(value, VALUE))
    .join("");
  const tags: Record<string, string> = { [TAG.source]: sourceImageId };
  for (let index = 0; index < MOST_TAGS; index++) {
    const piece = text.slice(index * TAG_LENGTH, (index + 1) * TAG_LENGTH);
    if (piece !== "") tags[tagName(index)] = piece;
  }
  return tags;
}

/** Returns the differences between recorded tags and the current parts; empty where the tags have no parts. */
export function changesSince(
  tags: Tags,
  sourceImageId: string,
  parts: Readonly<Record<string, string>>,
): readonly string[] {
  const old = readParts(tags);
  if (old.size === 0) return [];
  const before = tags[TAG.source];
  const source = before === undefined || before === sourceImageId ? [] : [`source AMI ${before} → ${sourceImageId}`];
  const known = new Set(Object.keys(parts).map((name) => short(name, NAME)));
  const changed = Object.entries(parts).flatMap(([name, value]) => {
    const was = old.get(short(name, NAME));
    if (was === short(value, VALUE)) return [];
    return [was === undefined ? `${name} (new)` : name];
  });
  const gone = [...old.keys()].filter((name) => !known.has(name)).length;
  const all = [...source, ...variablesFirst(changed), ...(gone > 0 ? [goneText(gone)] : [])];
  if (all.length === 0) return ["the order of the provisioners"];
  return all.length > MOST_LISTED ? [...all.slice(0, MOST_LISTED), `${all.length - MOST_LISTED} more`] : all;
}

function goneText(count: number): string {
  return count === 1 ? "1 option or provisioner removed" : `${count} options or provisioners removed`;
}

/** Sorts variables first: they are the cause of changes in the scripts that use them. */
function variablesFirst(names: readonly string[]): readonly string[] {
  const rank = (name: string) => (name.startsWith("variable ") ? 0 : 1);
  return [...names].sort((a, b) => rank(a) - rank(b));
}

function readParts(tags: Tags): ReadonlyMap<string, string> {
  let text = "";
  for (let index = 0; index < MOST_TAGS; index++) text += tags[tagName(index)] ?? "";
  const pairs = text.match(new RegExp(`[\\w-]{${NAME + VALUE}}`, "g")) ?? [];
  return new Map(pairs.map((pair) => [pair.slice(0, NAME), pair.slice(NAME)]));
}

function tagName(index: number): string {
  return index === 0 ? TAG.parts : `${TAG.parts}-${index + 1}`;
}

function short(text: string, length: number): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, length);
}
