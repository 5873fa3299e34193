import { matchesName } from "./artifact.js";
import { OWNER, TAG, tagValue } from "./ownership.js";

/** The image series that a bake or a promotion adds an image to. Undefined parts are unknown. */
export interface ImageSeries {
  /** The value of `TAG.image`. */
  readonly image: string | undefined;
  /** The value of `TAG.build`. */
  readonly build: string | undefined;
  readonly repository: string;
  readonly architecture: string;
  readonly imageName: string;
  /** The value of `TAG.names`. */
  readonly namePattern: string | undefined;
}

/** An image as EC2 describes it. */
export interface DescribedImage {
  readonly id: string;
  readonly name: string;
  readonly architecture: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** How two series differ: a text for each, such as `of the image "web"`. */
export interface SeriesDifference {
  readonly ours: string;
  readonly theirs: string;
}

/** Returns the series of a finished image of bake-ami. */
export function seriesOf({ name, architecture, tags }: DescribedImage): ImageSeries {
  return {
    image: tags[TAG.image],
    build: tags[TAG.build],
    repository: tags[TAG.repository] ?? "",
    architecture,
    imageName: name,
    namePattern: tags[TAG.names],
  };
}

/**
 * Returns how the series of an existing image differs from ours; undefined if it is the same, or if nothing says whose the image is: it was
 * not made by bake-ami. The tag of the series decides. Images without it (of earlier versions), and renamed builds, are compared by name.
 */
export function differenceOf(ours: ImageSeries, existing: DescribedImage): SeriesDifference | undefined {
  if (existing.tags[TAG.owner] !== OWNER) return undefined;
  const theirs = seriesOf(existing);
  const difference = (text: (series: ImageSeries) => string) => ({ ours: text(ours), theirs: text(theirs) });
  if (theirs.image !== undefined && ours.image !== undefined) {
    if (theirs.image !== tagValue(ours.image)) return difference(({ image }) => `of the image "${image}"`);
    if (!isSameRepository(ours.repository, theirs.repository)) {
      return difference(({ image, repository }) => `of the image "${image}" of ${repository}`);
    }
  }
  if (isKnown(ours.architecture) && isKnown(theirs.architecture) && ours.architecture !== theirs.architecture) {
    return difference(({ architecture }) => `for ${architecture}`);
  }
  const isSameBuild = theirs.build === undefined || ours.build === undefined || theirs.build === tagValue(ours.build);
  if (theirs.image !== undefined && ours.image !== undefined && isSameBuild) return undefined;
  if (isNamedAlike(ours, theirs)) return undefined;
  return difference(({ imageName, namePattern, build }) =>
    isSameBuild ? `with names like "${namePattern ?? imageName}"` : `of the build "${build}"`,
  );
}

/** On the command line the repository is the name of the host, which says nothing about the series. */
export function isSameRepository(one: string, other: string): boolean {
  return one === other || !one.includes("/") || !other.includes("/") || tagValue(one) === tagValue(other);
}

function isKnown(architecture: string): boolean {
  return architecture !== "";
}

/** An image without a pattern can be of any series. Patterns that differ only in versions are of one series. */
function isNamedAlike(ours: ImageSeries, theirs: ImageSeries): boolean {
  const [a, b] = [ours.namePattern, theirs.namePattern];
  if (b === undefined) return true;
  return (
    withoutVersions(a ?? ours.imageName) === withoutVersions(b) ||
    (a !== undefined && matchesName(a, theirs.imageName)) ||
    matchesName(b, ours.imageName)
  );
}

/** Replaces versions, numbers and hashes in a name or a pattern by `#`. */
export function withoutVersions(name: string): string {
  return name
    .toLowerCase()
    .replace(/\b(?=[a-f]*\d)[0-9a-f]{7,}\b/g, "#")
    .replace(/v?\d+(\.\d+)*([-.]?(alpha|beta|rc|dev|snapshot)[-.]?\d*)?/g, "#");
}
