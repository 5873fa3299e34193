import type { Filter } from "../../aws/filters.js";
import type { FoundImage } from "../../aws/image.js";
import { matchesName } from "../../core/artifact.js";
import { OWNER, TAG, tagValue } from "../../core/ownership.js";

/** Which images of the account retention reads, and which of them count together. */
export interface ImageSelection {
  readonly filters: readonly Filter[];
  /** The series of an image that the filters let through; undefined for one that is left alone. */
  seriesOf(image: FoundImage): string | undefined;
}

/** What a selection of our own images is narrowed to. */
export interface OwnSelection {
  /** Patterns of names; none means that each image's own tag decides. */
  readonly names: readonly string[];
  /** Of this build alone. */
  readonly build: string | undefined;
  /** Of this pattern alone, by the images' own tag; with `names`, those count. */
  readonly pattern: string | undefined;
}

/**
 * Finished images that bake-ami made, by its tags: those of a build and of a name pattern count together. The pattern is the one
 * that the image's template gave (kept as a tag), or the first of `names` that its name matches.
 */
export function ownSelection({ names, build, pattern }: OwnSelection): ImageSelection {
  const wanted = build === undefined ? undefined : tagValue(build);
  return {
    filters: [
      { Name: `tag:${TAG.owner}`, Values: [OWNER] },
      ...(wanted === undefined ? [] : [{ Name: `tag:${TAG.build}`, Values: [wanted] }]),
    ],
    seriesOf({ name, tags }) {
      const isFinished = tags[TAG.unfinished] === undefined && tags[TAG.expires] === undefined;
      if (tags[TAG.owner] !== OWNER || !isFinished) return undefined;
      if (wanted !== undefined && tags[TAG.build] !== wanted) return undefined;
      const own = tags[TAG.names];
      const series = names.length > 0 ? names.find((each) => matchesName(each, name)) : own;
      if (series === undefined || (names.length === 0 && pattern !== undefined && series !== pattern)) return undefined;
      return `${series} of ${tags[TAG.build] ?? "?"}`;
    },
  };
}

/** Images that have all of these tags, whoever made them; those that a run of ours has not finished are left alone. */
export function taggedSelection(tags: Readonly<Record<string, string>>): ImageSelection {
  const wanted = Object.entries(tags);
  return {
    filters: wanted.map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] })),
    seriesOf(image) {
      if (image.tags[TAG.unfinished] !== undefined) return undefined;
      // Filters take * and ? for wildcards; tags do not.
      return wanted.every(([key, value]) => image.tags[key] === value) ? JSON.stringify(wanted) : undefined;
    },
  };
}
