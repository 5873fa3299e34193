import { createHash } from "node:crypto";
import type { FoundImage } from "../../aws/image.js";
import type { ResourceTags } from "../../aws/tags.js";
import { matchesName } from "../../core/artifact.js";
import type { KnownFingerprint } from "../../core/fingerprint.js";
import { OWNER, TAG, tagValue } from "../../core/ownership.js";

/** Tag of images under a temporary name: the name that the finished ones get. */
export const FINAL_NAME_TAG = "bake-ami:name";

/** Returns the name that a bake gives to the finished image, whether this one has it already or not. */
export function finalNameOf(image: FoundImage): string {
  return image.tags[FINAL_NAME_TAG] ?? image.name;
}

/** Longest name of an image (EC2 CreateImage). */
const LONGEST_NAME = 128;

/** A dash and ten digits distinguish a temporary name from the final one. */
const SUFFIX_LENGTH = 11;

/** Returns a name that shows what the image will be, and that no other run uses. */
export function temporaryName(name: string, unique: string): string {
  const digest = createHash("sha256").update(`${name}\n${unique}`).digest("hex");
  return `${sharedStem(name)}-${digest.slice(0, SUFFIX_LENGTH - 1)}`;
}

/** Returns the beginning that a name and its temporary names have in common. */
export function sharedStem(name: string): string {
  return name.slice(0, LONGEST_NAME - SUFFIX_LENGTH);
}

/** What our own tags say about an image that is not finished. */
export interface ImageMarks {
  /** What is left to do, e.g. `copy:eu-west-1`. */
  readonly missing: string;
  readonly fingerprint: Pick<KnownFingerprint, "hash" | "record"> | undefined;
  /** Pattern of the names that the template gives. */
  readonly names: string | undefined;
  /** Only for images under a temporary name. */
  readonly finalName: string | undefined;
}

/** Returns our own tags on an image and its snapshots, in addition to the ownership tags that `acquire` adds. */
export function imageMarks(marks: ImageMarks): ResourceTags {
  return {
    [TAG.unfinished]: tagValue(marks.missing),
    ...(marks.fingerprint ? { [TAG.fingerprint]: marks.fingerprint.hash, ...marks.fingerprint.record } : {}),
    ...(marks.names === undefined ? {} : { [TAG.names]: marks.names }),
    ...(marks.finalName === undefined ? {} : { [FINAL_NAME_TAG]: marks.finalName }),
  };
}

/** Returns whether the image has the mark of a run that did not end. */
export function isUnfinished(image: FoundImage): boolean {
  return image.tags[TAG.unfinished] !== undefined;
}

/**
 * Returns whether an image that has the build's tag was made by bake-ami under a name that the template gives: anybody who may tag
 * images can write the tag.
 */
export function isMadeByBuild(image: FoundImage, { namePattern }: KnownFingerprint): boolean {
  return image.tags[TAG.owner] === OWNER && matchesName(namePattern, finalNameOf(image));
}
