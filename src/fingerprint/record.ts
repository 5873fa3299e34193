import { createHash } from "node:crypto";
import type { InputChange } from "../core/fingerprint.js";
import { TAG } from "../core/ownership.js";

/** Tags of an image. */
type Tags = Readonly<Record<string, string>>;

/** Number of characters of a part: the hash of its name, then of its value. */
const NAME = 3;
const VALUE = 4;

/** Longest tag value, and the number of tags for the parts: an image has at most 50 tags. */
const TAG_LENGTH = Math.floor(256 / (NAME + VALUE)) * (NAME + VALUE);
const MOST_TAGS = 3;

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

/** The inputs of an image: the source AMI, hashes by name, and the values of variables that are not sensitive by the names of their parts. */
export interface RecordedInputs {
  readonly sourceImageId: string;
  readonly parts: Readonly<Record<string, string>>;
  readonly values: ReadonlyMap<string, string>;
}

/**
 * Returns the differences between recorded tags and the current inputs; empty where the tags have no parts. Old values are hashes, so that
 * only the source AMI has one.
 */
export function changesSince(tags: Tags, { sourceImageId, parts, values }: RecordedInputs): readonly InputChange[] {
  const old = readParts(tags);
  if (old.size === 0) return [];
  const before = tags[TAG.source];
  const isSame = before === undefined || before === sourceImageId;
  const source = isSame ? [] : [{ what: "source AMI", from: before, to: sourceImageId }];
  const known = new Set(Object.keys(parts).map((name) => short(name, NAME)));
  const changed = Object.entries(parts).flatMap(([name, value]) => {
    const was = old.get(short(name, NAME));
    if (was === short(value, VALUE)) return [];
    return [{ what: was === undefined ? `${name} (new)` : name, from: undefined, to: values.get(name) }];
  });
  const gone = [...old.keys()].filter((name) => !known.has(name)).length;
  const all = [...source, ...variablesFirst(changed), ...(gone > 0 ? [unvalued(goneText(gone))] : [])];
  return all.length > 0 ? all : [unvalued("the order of the provisioners")];
}

function unvalued(what: string): InputChange {
  return { what, from: undefined, to: undefined };
}

function goneText(count: number): string {
  return count === 1 ? "1 option or provisioner removed" : `${count} options or provisioners removed`;
}

/** Sorts variables first: they are the cause of changes in the scripts that use them. */
function variablesFirst(changes: readonly InputChange[]): readonly InputChange[] {
  const rank = ({ what }: InputChange) => (what.startsWith("variable ") ? 0 : 1);
  return [...changes].sort((a, b) => rank(a) - rank(b));
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
