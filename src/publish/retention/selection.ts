import type { Filter } from "../../aws/filters.js";
import type { FoundImage } from "../../aws/image.js";
import { createdByUs, withOwnTag } from "../../aws/tags.js";
import { isSpecificName, matchesName } from "../../core/artifact.js";
import { type ImageSeries, isSameRepository, withoutVersions } from "../../core/image-series.js";
import { OWNER, TAG, tagValue } from "../../core/ownership.js";

/** The images of the account that retention reads, and their grouping into series. */
export interface ImageSelection {
  readonly filters: readonly Filter[];
  /** Returns what the series of an image is known by, for an image that matches the filters; undefined to ignore the image. */
  seriesOf(image: FoundImage): SeriesKeys | undefined;
  /** Whether an image that is ignored may belong to the series, which is reported. */
  isOverlooked(image: FoundImage): boolean;
}

/**
 * What the series of an image is known by, from the most certain to the least: image tag with the repository, image tag alone, name
 * pattern. The first that is defined is the image's own; the others find images that are known by less (`joinSeries`).
 */
export type SeriesKeys = readonly [
  byRepository: string | undefined,
  byImage: string | undefined,
  byName: string | undefined,
];

/** The restrictions of a selection of our own images. */
export interface OwnSelection {
  /** Name patterns; if empty, each image's tag has its pattern. */
  readonly names: readonly string[];
  /** Only images of this build. */
  readonly build: string | undefined;
  /** Only images of this series. Images without its tag (of earlier versions) belong to it if their tag has its name pattern. */
  readonly series: ImageSeries | undefined;
}

/**
 * Selects the finished images that bake-ami created, by their tags. A series is the images with the same image tag, build, architecture and
 * repository, and names that differ only in versions. Images without an image tag are a series by build and name pattern. The pattern is
 * the one of the image's template (in a tag), or the first of `names` that matches the image's name.
 */
export function ownSelection(selection: OwnSelection): ImageSelection {
  const { build, names, series } = selection;
  const buildTag = build === undefined ? undefined : tagValue(build);
  const isOurs = ({ tags }: FoundImage) =>
    tags[TAG.owner] === OWNER &&
    tags[TAG.unfinished] === undefined &&
    tags[TAG.expires] === undefined &&
    (buildTag === undefined || tags[TAG.build] === buildTag);
  const keysOf = (image: FoundImage) => (isOurs(image) ? ownKeys(image, selection) : undefined);
  return {
    filters: [createdByUs(), ...(buildTag === undefined ? [] : [withOwnTag(TAG.build, buildTag)])],
    seriesOf: keysOf,
    isOverlooked: (image) =>
      names.length === 0 && isOurs(image) && keysOf(image) === undefined && mayBelongTo(image, series),
  };
}

function ownKeys(image: FoundImage, { names, series }: OwnSelection): SeriesKeys | undefined {
  const { name, tags, architecture } = image;
  const pattern = names.length > 0 ? names.find((each) => matchesName(each, name)) : tags[TAG.names];
  const build = tags[TAG.build] ?? "?";
  const byName = pattern === undefined ? undefined : `${pattern} of ${build}`;
  const tag = tags[TAG.image];
  if (tag === undefined) {
    const isSelected =
      names.length > 0 || series === undefined || (pattern === series.namePattern && isSeries(pattern));
    return byName === undefined || !isSelected ? undefined : [undefined, undefined, byName];
  }
  if ((names.length > 0 && pattern === undefined) || (series && !isInSeries(image, series, names))) return undefined;
  const alike = names.length > 0 ? pattern : withoutVersions(tags[TAG.names] ?? name);
  const byImage = JSON.stringify([tag, build, architecture, alike]);
  const repository = tags[TAG.repository] ?? "";
  return [repository.includes("/") ? `${byImage} of ${repository}` : undefined, byImage, byName];
}

/** A pattern without `*` is the same name in every run, and one that is too short matches images of others. */
function isSeries(pattern: string | undefined): boolean {
  return pattern?.includes("*") === true && isSpecificName(pattern);
}

function isInSeries({ name, tags, architecture }: FoundImage, series: ImageSeries, names: readonly string[]): boolean {
  const isAlike = withoutVersions(tags[TAG.names] ?? name) === withoutVersions(series.namePattern ?? series.imageName);
  return (
    series.image !== undefined &&
    tags[TAG.image] === tagValue(series.image) &&
    isSameRepository(tags[TAG.repository] ?? "", series.repository) &&
    architecture === series.architecture &&
    (names.length > 0 || isAlike)
  );
}

/** An image without a series, whose name begins as those of our series; without a series, any. */
function mayBelongTo({ name, tags }: FoundImage, series: ImageSeries | undefined): boolean {
  if (series === undefined) return tags[TAG.image] === undefined;
  const isOfAnotherImage = tags[TAG.image] !== undefined && tags[TAG.image] !== tagValue(series.image ?? "");
  return !isOfAnotherImage && isSpecificName(commonBeginning([name, series.imageName]));
}

/** Returns the beginning that all texts share. */
export function commonBeginning(texts: readonly string[]): string {
  const [first = "", ...others] = texts;
  const end = [...first].findIndex((_, index) => others.some((other) => other[index] !== first[index]));
  return end < 0 ? first : first.slice(0, end);
}

/**
 * Returns a function that gives each image its series. An image that is known by less belongs to the series of those known by more, if they
 * are one series; otherwise it is a series with the others that are known as little. Pure.
 */
export function joinSeries(all: readonly SeriesKeys[]): (keys: SeriesKeys) => string {
  const joined = new Map<string, string>();
  const seriesOf = (keys: SeriesKeys): string => {
    const own = keys.find((key) => key !== undefined) ?? "";
    return joined.get(own) ?? own;
  };
  for (const level of [1, 2] as const) {
    const certain = new Map<string, Set<string>>();
    for (const keys of all) {
      const key = keys[level];
      if (key === undefined || keys.findIndex((each) => each !== undefined) === level) continue;
      certain.set(key, (certain.get(key) ?? new Set()).add(seriesOf(keys)));
    }
    for (const [key, series] of certain) {
      const [only, second] = series;
      if (only !== undefined && second === undefined) joined.set(key, only);
    }
  }
  return seriesOf;
}

/** Selects the images that have all of these tags, whoever created them. Ignores unfinished images of bake-ami. */
export function taggedSelection(tags: Readonly<Record<string, string>>): ImageSelection {
  const required = Object.entries(tags);
  return {
    filters: required.map(([key, value]) => ({ Name: `tag:${key}`, Values: [value] })),
    seriesOf(image) {
      if (image.tags[TAG.unfinished] !== undefined) return undefined;
      // In filters * and ? are wildcards, so the tags are compared exactly here.
      const hasAll = required.every(([key, value]) => image.tags[key] === value);
      return hasAll ? [JSON.stringify(required), undefined, undefined] : undefined;
    },
    isOverlooked: () => false,
  };
}
