import { createHash } from "node:crypto";
import { TAG } from "../core/ownership.js";

/** What the parts of a fingerprint are kept as: tags of the image. */
type Tags = Readonly<Record<string, string>>;

/** Characters of a part: its name's hash, then its value's. */
const NAME = 3;
const VALUE = 4;

/** Longest value of a tag, and how many tags the parts may use: an image has 50 in all. */
const TAG_LENGTH = Math.floor(256 / (NAME + VALUE)) * (NAME + VALUE);
const MOST_TAGS = 3;

/** Changes that are listed one by one; more are counted. */
const MOST_LISTED = 6;

/**
 * The tags that let a later run say what changed: the source AMI, and of each part 18 bits of its name's hash and 24 of its
 * value's. They decide nothing: whether an image is reused is decided by the whole hash.
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

/** What is different between recorded tags and the parts of now; empty where the tags have no parts. */
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
  return count === 1 ? "an option or provisioner taken out" : `${count} options or provisioners taken out`;
}

/** A variable is what the user changed; the scripts that it goes into follow from it. */
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
