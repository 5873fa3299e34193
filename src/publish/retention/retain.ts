import type { CallScope } from "../../aws/client/session.js";
import { describeOwnImages, type FoundImage } from "../../aws/image.js";
import type { FoundSnapshot } from "../../aws/snapshot.js";
import { allEnded } from "../../core/all-ended.js";
import { throwIfAborted } from "../../core/clock.js";
import { messageOf } from "../../core/errors.js";
import { rankOf } from "../../core/image-order.js";
import { TAG } from "../../core/ownership.js";
import type { RetentionPolicy } from "../../core/retention.js";
import { type Choice, chooseImages, imageKey, type RetainedImage } from "./choose.js";
import { findUses, ownObstacle } from "./obstacles.js";
import {
  deleteLeftoverSnapshot,
  disableOldImage,
  findLeftoverSnapshots,
  removeOldImage,
  unlessRemoved,
} from "./remove.js";
import { type ImageSelection, joinSeries, type SeriesKeys } from "./selection.js";

/** The input of retention. */
export interface Retention {
  readonly policy: RetentionPolicy;
  readonly regions: readonly string[];
  readonly selection: ImageSelection;
  /** Images that count but are never removed, by id, with the reason; for example the new image. */
  readonly spared: ReadonlyMap<string, string>;
  /** Keeps images that are shared with other accounts. */
  readonly spareShared: boolean;
  /** For a dry run before a bake: how the bake changes the images. */
  readonly expected?: ExpectedImages | undefined;
  readonly dryRun: boolean;
  /** Returns the time of AWS, in milliseconds since the epoch. Called when all images were read. */
  now(): number;
  scopeOf(region: string): CallScope;
  /** Called for each image after it was disabled or removed. */
  onDone(choice: Choice): void;
}

/** The images that a bake creates, by Region, the IDs of those that it replaces, and by Region the parameter that it sets. */
export interface ExpectedImages {
  readonly moved: ReadonlyMap<string, string>;
  readonly created: ReadonlyMap<string, FoundImage>;
  readonly replaced: ReadonlySet<string>;
}

/** A resource that could not be disabled or removed. */
export interface NotRemoved {
  readonly kind: "image" | "snapshot";
  readonly region: string;
  readonly id: string;
  readonly why: string;
}

/** The result of retention. */
export interface RetentionOutcome {
  /** The decision on every image. Without a dry run it was carried out, except for `left`. */
  readonly choices: readonly Choice[];
  /** Snapshots that an interrupted run did not delete with their image. */
  readonly leftovers: readonly { readonly region: string; readonly id: string }[];
  readonly left: readonly NotRemoved[];
  /** Images that another run removed at the same time, by `imageKey`. */
  readonly byOthers: ReadonlySet<string>;
  /** The time by which ages were computed. */
  readonly now: number;
  /** Plain text parameters that could not be read. Images that only they use are not protected. */
  readonly unread: readonly string[];
  /** Names of images that may belong to the series, but were not counted. */
  readonly overlooked: readonly string[];
}

/**
 * Removes older images of each series with their snapshots, in all Regions. It reads all Regions before it removes anything. Throws when
 * it cannot determine what uses an image; then nothing was removed. The next run completes an interrupted one.
 */
export async function applyRetention(retention: Retention): Promise<RetentionOutcome> {
  const { regions, policy } = retention;
  const found = await allEnded(regions.map((region) => describeRegion(region, retention)));
  const now = retention.now();
  const seriesOf = joinSeries(found.flatMap(({ selected }) => selected.map(({ keys }) => keys)));
  const images = found.flatMap(({ selected }) =>
    selected.flatMap(({ image, region, keys }) => toRetained(region, image, seriesOf(keys)) ?? []),
  );
  const overlooked = [...new Set(found.flatMap((each) => each.overlooked))];
  const obstacles = new Map(found.flatMap(({ obstacles: each }) => each));
  const old = chooseImages(images, policy, now, obstacles).filter(({ fate }) => fate !== "keep");
  const uses = await allEnded(regions.map((region) => usesIn(region, old, retention)));
  const kept = new Map([...uses.flatMap(({ obstacles: each }) => each), ...obstacles]);
  const choices = chooseImages(images, policy, now, kept);
  const leftovers = found.flatMap(({ snapshots, region }) => snapshots.map(({ id }) => ({ region, id })));
  const unread = uses.flatMap((each) => each.unread);
  const rest = { leftovers, unread, overlooked, now };
  if (retention.dryRun) return { choices, left: [], byOthers: new Set(), ...rest };
  const done = await allEnded(found.map((each) => removeIn(each, choices, { ...retention, at: now })));
  const byOthers = new Set(done.flatMap((each) => each.byOthers));
  return { choices, left: done.flatMap(({ left }) => left), byOthers, ...rest };
}

interface FoundInRegion {
  readonly region: string;
  readonly selected: readonly { readonly region: string; readonly image: FoundImage; readonly keys: SeriesKeys }[];
  readonly overlooked: readonly string[];
  readonly obstacles: readonly (readonly [string, string])[];
  readonly snapshots: readonly FoundSnapshot[];
}

async function describeRegion(
  region: string,
  { selection, spared, scopeOf, expected }: Retention,
): Promise<FoundInRegion> {
  const scope = scopeOf(region);
  const [existing, snapshots] = await allEnded([
    describeOwnImages(scope, selection.filters, "with disabled ones"),
    findLeftoverSnapshots(scope),
  ]);
  const all = [
    ...existing.filter(({ id }) => !expected?.replaced.has(id)),
    ...[expected?.created.get(region) ?? []].flat(),
  ];
  const selected = all.flatMap((image) => {
    const keys = selection.seriesOf(spared.has(image.id) ? withoutRunTags(image) : image);
    return keys ? [{ region, image, keys }] : [];
  });
  return {
    region,
    selected,
    overlooked: all.filter((image) => selection.isOverlooked(image)).map(({ name }) => name),
    obstacles: selected.flatMap(({ image }) => {
      const why = spared.get(image.id) ?? ownObstacle(image);
      return why === undefined ? [] : [[imageKey({ region, id: image.id }), why] as const];
    }),
    snapshots,
  };
}

/** The new image of this run can still have the tags that the bake removes last. */
function withoutRunTags(image: FoundImage): FoundImage {
  const { [TAG.unfinished]: _mark, [TAG.expires]: _expiry, ...tags } = image.tags;
  return { ...image, tags };
}

function toRetained(region: string, image: FoundImage, series: string): RetainedImage | undefined {
  const { id, name, state, snapshotIds, tags, isWindows } = image;
  const createdAt = Date.parse(image.createdAt);
  if ((state !== "available" && state !== "disabled") || Number.isNaN(createdAt)) return undefined;
  const disabledAt = Date.parse(tags[TAG.disabled] ?? "");
  return {
    region,
    id,
    name,
    series,
    createdAt,
    rank: rankOf(image),
    state,
    disabledAt: Number.isNaN(disabledAt) ? undefined : disabledAt,
    isTestFailed: tags[TAG.testFailed] !== undefined,
    isWindows,
    snapshotIds,
  };
}

async function usesIn(region: string, old: readonly Choice[], { spareShared, scopeOf, expected }: Retention) {
  const ids = old.filter(({ image }) => image.region === region).map(({ image }) => image.id);
  if (ids.length === 0) return { obstacles: [], unread: [] };
  const { byId, unread } = await findUses(scopeOf(region), ids, {
    spareShared,
    moved: new Set([expected?.moved.get(region) ?? []].flat()),
  });
  return { obstacles: [...byId].map(([id, why]) => [imageKey({ region, id }), why] as const), unread };
}

/**
 * Removes the images of a Region one after another, the oldest first. A failure does not stop the others. An image that another run
 * removed in the meantime is no failure.
 */
async function removeIn(
  { region, snapshots }: FoundInRegion,
  choices: readonly Choice[],
  { scopeOf, onDone, at }: Retention & { readonly at: number },
): Promise<{ readonly left: readonly NotRemoved[]; readonly byOthers: readonly string[] }> {
  const scope = scopeOf(region);
  const left: NotRemoved[] = [];
  const byOthers: string[] = [];
  const attempt = async (kind: NotRemoved["kind"], id: string, work: () => Promise<void>) => {
    throwIfAborted(scope.signal);
    try {
      await work();
    } catch (error) {
      throwIfAborted(scope.signal);
      left.push({ kind, region, id, why: messageOf(error) });
    }
  };
  for (const snapshot of snapshots)
    await attempt("snapshot", snapshot.id, () => deleteLeftoverSnapshot(scope, snapshot));
  const here = choices.filter(({ image, fate }) => image.region === region && fate !== "keep");
  for (const choice of here.toReversed()) {
    await attempt("image", choice.image.id, async () => {
      const change = choice.fate === "disable" ? disableOldImage : removeOldImage;
      const by = await unlessRemoved(scope, choice.image.id, () => change(scope, choice.image, at));
      if (by === "another run") byOthers.push(imageKey(choice.image));
      else onDone(choice);
    });
  }
  return { left, byOthers };
}
