import { createHash } from "node:crypto";
import type { FoundImage } from "../../aws/image.js";

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
