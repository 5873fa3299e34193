import { compareRanks, type ImageRank } from "../../core/image-order.js";
import type { RetentionPolicy } from "../../core/retention.js";

/** A finished image for retention; times are in milliseconds since the epoch. */
export interface RetainedImage {
  readonly region: string;
  readonly id: string;
  /** Copies of an image have its name in every Region; together they are one release. */
  readonly name: string;
  /** The policy counts the images of each series separately. */
  readonly series: string;
  readonly createdAt: number;
  /** Its place in the order of all images; copies of an image have the same. */
  readonly rank: ImageRank;
  readonly state: "available" | "disabled";
  /** Fast launch of a Windows image is disabled before it is removed. */
  readonly isWindows: boolean;
  /** When retention disabled it; undefined if it did not. */
  readonly disabledAt: number | undefined;
  /** Whether its tests failed: it was kept for analysis, and does not count as one of the newest. */
  readonly isTestFailed: boolean;
  readonly snapshotIds: readonly string[];
}

/** The decision on an image. */
export type Fate = "keep" | "disable" | "remove";

export interface Choice {
  readonly image: RetainedImage;
  readonly fate: Fate;
  readonly why: string;
  /** Whether it is kept although the policy would remove it. */
  readonly spared: boolean;
}

/** The reasons to keep images whatever their age, by `imageKey`; for example a resource that uses them. */
export type Obstacles = ReadonlyMap<string, string>;

/** Returns a key that identifies an image across Regions. */
export const imageKey = ({ region, id }: { readonly region: string; readonly id: string }): string => `${region} ${id}`;

const DAY = 86_400_000;

/**
 * Decides which images are kept, disabled or removed, with the reason. In each Region `policy` keeps the newest images of each series,
 * and always at least one. Other images without an obstacle are removed, or disabled first. A copy has the age of the oldest image of
 * its name, so copying again does not make it newer. An image whose tests failed takes the place of no other, and is kept as long as one
 * that passed would be. Newest first within a series. Pure.
 */
export function chooseImages(
  images: readonly RetainedImage[],
  policy: RetentionPolicy,
  now: number,
  obstacles: Obstacles,
): readonly Choice[] {
  return grouped(images, ({ series }) => series).flatMap((series) =>
    ranked(series).map((each): Choice => {
      const { image } = each;
      const kept = keptByPolicy(each, policy, now);
      if (kept !== undefined) return { image, fate: "keep", why: whyKept(image, kept), spared: false };
      return decideOld(each, policy, now, obstacles.get(imageKey(image)));
    }),
  );
}

interface Ranked {
  readonly image: RetainedImage;
  /** When the oldest image of its name was created. */
  readonly releasedAt: number;
  /**
   * The number of newer images of the Region. For an available image only available ones count, for an image that passed its tests, or had
   * none, only such images.
   */
  readonly newer: number;
}

/** The number of images of a Region so far. */
interface Passed {
  readonly launchable: number;
  readonly disabled: number;
}

const NONE: Passed = { launchable: 0, disabled: 0 };

/** Returns the images of a series, newest first; copies of an image are adjacent. */
function ranked(series: readonly RetainedImage[]): readonly Ranked[] {
  const oldest = new Map(
    grouped(series, ({ name }) => name).map((copies) => [
      copies[0]?.name,
      copies.map(({ rank }) => rank).sort(compareRanks)[0],
    ]),
  );
  const dated = series.map((image) => ({ image, rank: oldest.get(image.name) ?? image.rank }));
  dated.sort(
    (a, b) =>
      compareRanks(b.rank, a.rank) || compare(b.image.name, a.image.name) || compare(a.image.region, b.image.region),
  );
  const all = new Map<string, Passed>();
  const good = new Map<string, Passed>();
  return dated.map(({ image, rank }) => {
    const { launchable, disabled } = (image.isTestFailed ? all : good).get(image.region) ?? NONE;
    for (const counts of image.isTestFailed ? [all] : [all, good]) {
      counts.set(image.region, withImage(counts.get(image.region) ?? NONE, image));
    }
    const newer = image.state === "available" ? launchable : launchable + disabled;
    return { image, releasedAt: rank.createdAt, newer };
  });
}

function withImage({ launchable, disabled }: Passed, image: RetainedImage): Passed {
  const isLaunchable = image.state === "available";
  return {
    launchable: launchable + (isLaunchable ? 1 : 0),
    disabled: disabled + (!isLaunchable && image.disabledAt !== undefined ? 1 : 0),
  };
}

function grouped(images: readonly RetainedImage[], keyOf: (image: RetainedImage) => string) {
  const groups = new Map<string, RetainedImage[]>();
  for (const image of images) {
    const group = groups.get(keyOf(image));
    if (group) group.push(image);
    else groups.set(keyOf(image), [image]);
  }
  return [...groups.values()];
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Returns why the policy keeps an image; undefined if it does not. */
function keptByPolicy(
  { image, newer, releasedAt }: Ranked,
  { keep, keepDays }: RetentionPolicy,
  now: number,
): string | undefined {
  if (keep !== undefined && newer < keep) return keep === 1 ? "the newest" : `one of the newest ${keep}`;
  if (newer === 0 && !image.isTestFailed) return "the newest";
  if (keepDays !== undefined && now - releasedAt < keepDays * DAY) return `younger than ${keepDays} days`;
  return undefined;
}

function whyKept(image: RetainedImage, why: string): string {
  if (image.isTestFailed) return `${why}, but its tests failed`;
  return image.state === "disabled" ? `${why}, but disabled: enable it to use it` : why;
}

function decideOld(
  { image, newer }: Ranked,
  policy: RetentionPolicy,
  now: number,
  obstacle: string | undefined,
): Choice {
  if (obstacle !== undefined) return { image, fate: "keep", why: obstacle, spared: true };
  const count = `${newer} newer ${newer === 1 ? "one" : "ones"}`;
  const why = image.isTestFailed ? `its tests failed, ${count}` : count;
  if (image.state === "available") {
    return { image, fate: policy.disableFirst === undefined ? "remove" : "disable", why, spared: false };
  }
  if (image.disabledAt === undefined)
    return { image, fate: "keep", why: "disabled, but not by bake-ami", spared: true };
  const since = `disabled since ${new Date(image.disabledAt).toISOString()}`;
  const due = image.disabledAt + (policy.disableFirst ?? 0);
  if (now >= due) return { image, fate: "remove", why: `${why}, ${since}`, spared: false };
  return { image, fate: "keep", why: `${since}, will be removed after ${new Date(due).toISOString()}`, spared: false };
}
