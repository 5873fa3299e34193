import { OWNER, TAG } from "./ownership.js";

/**
 * The place of an image in the order of all images: creation time in milliseconds since the epoch, then the ID. A copy has the place of
 * the image that the copies of its bake were made from, so every Region agrees which of two bakes is newer.
 */
export interface ImageRank {
  readonly createdAt: number;
  readonly id: string;
}

/** An image as EC2 describes it; `createdAt` is RFC 3339. */
interface DescribedImage {
  readonly id: string;
  readonly createdAt: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** Returns a negative number if `a` is older than `b`, a positive one if it is newer, and 0 for the same image or copies of one. */
export function compareRanks(a: ImageRank, b: ImageRank): number {
  return a.createdAt - b.createdAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

/** Compares two images for a sort that puts the newest first. */
export function newestFirst(a: DescribedImage, b: DescribedImage): number {
  return compareRanks(rankOf(b), rankOf(a));
}

/** Returns the value of `TAG.origin` for the copies of an image. */
export function originTag(image: DescribedImage): string {
  const { createdAt, id } = rankOf(image);
  return `${new Date(createdAt).toISOString()} ${id}`;
}

/**
 * Returns the rank of an image: by its origin tag, or by its own creation time and ID. A tag that others set, or that is later than the
 * copy itself, is ignored: a copy is never older than its origin. An image without a creation time is older than all others.
 */
export function rankOf({ id, createdAt, tags }: DescribedImage): ImageRank {
  const own = Date.parse(createdAt);
  const [, time, origin] = /^(\S+) (ami-\S+)$/.exec(tags[TAG.origin] ?? "") ?? [];
  const originAt = Date.parse(time ?? "");
  if (tags[TAG.owner] === OWNER && origin !== undefined && originAt <= own) return { createdAt: originAt, id: origin };
  return { createdAt: Number.isNaN(own) ? 0 : own, id };
}
