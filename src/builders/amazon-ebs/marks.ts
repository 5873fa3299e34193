import { createHash } from "node:crypto";
import type { FoundImage } from "../../aws/image.js";
import type { ResourceTags } from "../../aws/tags.js";
import { matchesName } from "../../core/artifact.js";
import type { KnownFingerprint } from "../../core/fingerprint.js";
import { OWNER, TAG, tagValue } from "../../core/ownership.js";
import type { BuilderContext } from "../../core/parts.js";

/** Returns the final name of the image, whether it has it already or a temporary one. */
export function finalNameOf(image: FoundImage): string {
  return image.tags[TAG.finalName] ?? image.name;
}

/** Longest name of an image (EC2 CreateImage). */
const LONGEST_NAME = 128;

/** Length of the suffix of a temporary name: a dash and ten digits. */
const SUFFIX_LENGTH = 11;

/** Returns a temporary name that starts like the final one and that no other run uses. */
export function temporaryName(name: string, unique: string): string {
  const digest = createHash("sha256").update(`${name}\n${unique}`).digest("hex");
  return `${sharedStem(name)}-${digest.slice(0, SUFFIX_LENGTH - 1)}`;
}

/** Returns the prefix that a name and its temporary names share. */
export function sharedStem(name: string): string {
  return name.slice(0, LONGEST_NAME - SUFFIX_LENGTH);
}

/** What bake-ami's tags record about an unfinished image. */
export interface ImageMarks {
  /** The remaining work, e.g. `copy:eu-west-1`. */
  readonly missing: string;
  readonly fingerprint: Pick<KnownFingerprint, "hash" | "record"> | undefined;
  /** Pattern of the template's image names. */
  readonly names: string | undefined;
  /** The image series. */
  readonly image: string;
  /** Only for images under a temporary name. */
  readonly finalName: string | undefined;
  /** Only for copies: the value of `TAG.origin`. */
  readonly origin: string | undefined;
}

/** Returns bake-ami's tags for an image and its snapshots, in addition to the ownership tags that `acquire` adds. */
export function imageMarks(marks: ImageMarks): ResourceTags {
  return {
    [TAG.unfinished]: tagValue(marks.missing),
    [TAG.image]: tagValue(marks.image),
    ...(marks.fingerprint ? { [TAG.fingerprint]: marks.fingerprint.hash, ...marks.fingerprint.record } : {}),
    ...(marks.names === undefined ? {} : { [TAG.names]: marks.names }),
    ...(marks.origin === undefined ? {} : { [TAG.origin]: marks.origin }),
    ...(marks.finalName === undefined ? {} : { [TAG.finalName]: marks.finalName }),
  };
}

/** Returns the hash of the tests in the value of a tag; undefined without a value. */
export function testsHashOf(value: string | undefined): string | undefined {
  return value?.split(" ")[0];
}

/**
 * Returns whether an image failed its tests and is kept only for inspection. `testsHash` is of the tests of this run, undefined for none: other
 * tests may pass.
 */
export function hasFailedTests({ tags }: Pick<FoundImage, "tags">, testsHash: string | undefined): boolean {
  const hash = testsHashOf(tags[TAG.testFailed]);
  return hash !== undefined && (testsHash === undefined || hash === testsHash);
}

/** Returns the number of tags that a new image gets before it is finished: the result of its tests. */
export function spareTags({ context }: { readonly context: Pick<BuilderContext, "tests"> }): number {
  return context.tests === undefined ? 0 : 1;
}

/** Returns whether the image has the unfinished mark. */
export function isUnfinished(image: FoundImage): boolean {
  return image.tags[TAG.unfinished] !== undefined;
}

/**
 * Returns whether bake-ami made an image with the build's tag, in the image series, with a name that matches the template. Images of
 * earlier versions have no tag of the series. The tag of the build alone proves nothing: anyone who may tag images can set it.
 */
export function isMadeByBuild(image: FoundImage, { namePattern }: KnownFingerprint, series: string): boolean {
  const { [TAG.owner]: owner, [TAG.image]: own } = image.tags;
  return (
    owner === OWNER && (own === undefined || own === tagValue(series)) && matchesName(namePattern, finalNameOf(image))
  );
}
