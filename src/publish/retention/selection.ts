import type { Filter } from "../../aws/filters.js";
import type { FoundImage } from "../../aws/image.js";
import { matchesName } from "../../core/artifact.js";
import { OWNER, TAG, tagValue } from "../../core/ownership.js";

/** The images of the account that retention reads, and their grouping into series. */
export interface ImageSelection {
  readonly filters: readonly Filter[];
  /** Returns the series of an image that matches the filters; undefined to ignore the image. */
  seriesOf(image: FoundImage): string | undefined;
}

/** The restrictions of a selection of our own images. */
export interface OwnSelection {
  /** Name patterns; if empty, each image's tag has its pattern. */
  readonly names: readonly string[];
  /** Only images of this build. */
  readonly build: string | undefined;
  /** Only images whose tag has this pattern. Ignored if `names` is set. */
  readonly pattern: string | undefined;
}

/**
 * Selects the finished images that bake-ami created, by their tags. The images of one build and name pattern are a series. The pattern
 * is the one of the image's template (in a tag), or the first of `names` that matches the image's name.
 */
export function ownSelection({ names, build, pattern }: OwnSelection): ImageSelection {
  const buildTag = build === undefined ? undefined : tagValue(build);
  return {
    filters: [
      { Name: `tag:${TAG.owner}`, Values: [OWNER] },
      ...(buildTag === undefined ? [] : [{ Name: `tag:${TAG.build}`, Values: [buildTag] }]),
    ],
    seriesOf({ name, tags }) {
      const isFinished = tags[TAG.unfinished] === undefined && tags[TAG.expires] === undefined;
      if (tags[TAG.owner] !== OWNER || !isFinished) return undefined;
      if (buildTag !== undefined && tags[TAG.build] !== buildTag) return undefined;
      const own = tags[TAG.names];
      const series = names.length > 0 ? names.find((each) => matchesName(each, name)) : own;
      if (series === undefined || (names.length === 0 && pattern !== undefined && series !== pattern)) return undefined;
      return `${series} of ${tags[TAG.build] ?? "?"}`;
    },
  };
}

/** Selects the images that have all of these tags, whoever created them. Ignores unfinished images of bake-ami. */
export function taggedSelection(tags: Readonly<Record<string, string>>): ImageSelection {
  const required = Object.entries(tags);
  return {
    filters: required.map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] })),
    seriesOf(image) {
      if (image.tags[TAG.unfinished] !== undefined) return undefined;
      // In filters * and ? are wildcards, so the tags are compared exactly here.
      return required.every(([key, value]) => image.tags[key] === value) ? JSON.stringify(required) : undefined;
    },
  };
}
