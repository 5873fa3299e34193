import { describeImage } from "../../aws/image.js";
import { type ParameterVersion, readParameterHistory } from "../../aws/parameter.js";
import { allEnded } from "../../core/all-ended.js";
import { BakeError } from "../../core/errors.js";
import type { Images } from "./artifact.js";
import { imageStack, readNote } from "./history.js";
import { labelled, previousLabel } from "./label-pointer.js";
import type { ScopeOf } from "./promote.js";
import { isTestFailed } from "./tested.js";

/** The parameter to roll back, and the run that does it. */
export interface Rollback {
  readonly parameter: string;
  /** Rolls this label back instead of the parameter itself. */
  readonly label: string | undefined;
  /** E.g. `run 1234 of owner/repository`. */
  readonly by: string;
}

/** An image that a rollback passes over, because its tests failed. */
export interface SkippedImage {
  readonly region: string;
  readonly imageId: string;
  readonly name: string;
}

/** The images to roll back to, by Region, and those that are passed over. */
export interface RollbackTarget {
  readonly images: Images;
  readonly skipped: readonly SkippedImage[];
}

/** The images that a pointer had in a Region, by id. */
interface Past {
  readonly region: string;
  readonly now: string;
  /** Newest first. */
  readonly earlier: readonly string[];
  /** The newest version is a rollback of the same run. */
  readonly isDone: boolean;
}

/** The current image of a Region, and the earlier one. Image names are the same in all Regions; ids are not. */
interface Place extends Pick<Past, "region" | "isDone"> {
  readonly now: NamedImage;
  readonly before: NamedImage | undefined;
  /** Images between the two whose tests failed. */
  readonly skipped: readonly NamedImage[];
}

interface NamedImage {
  readonly id: string;
  /** Its id if the image does not exist. Then no image of another Region has the same name. */
  readonly name: string;
  readonly isGone: boolean;
  readonly isTestFailed: boolean;
}

/** Returns an image of a Region. */
type Describe = (region: string, id: string) => Promise<NamedImage>;

/**
 * Returns the images to roll back to, by Region: the earlier images of the parameter or label. An image whose tests failed in a Region is
 * passed over in all. Regions that differ after an interrupted move go to the image that each of them has or had before. A rerun of the
 * same run does not go back further. Throws a `BakeError` when there is no earlier image.
 */
export async function rollbackTarget(
  { parameter, label, by }: Rollback,
  regions: readonly string[],
  scopeOf: ScopeOf,
): Promise<RollbackTarget> {
  const found = await allEnded(
    regions.map(async (region): Promise<readonly Past[]> => {
      const history = await readParameterHistory(scopeOf(region, "move"), parameter);
      const stack = label === undefined ? imageStack(history) : labelStack(history, label);
      const [now, ...earlier] = stack.toReversed();
      const isDone = label === undefined && isRollbackOf(by, history.at(-1));
      return now === undefined ? [] : [{ region, now, earlier, isDone }];
    }),
  );
  const past = found.flat();
  const missing = regions.filter((region) => !past.some((each) => each.region === region));
  if (missing.length > 0 || past.length === 0) throw notFound(parameter, label, missing);
  const places = await describePlaces(past, describer(scopeOf));
  const name = commonName(places);
  if (name === undefined) throw noCommonImage(parameter, places);
  const moved = places.filter(({ now }) => now.name !== name);
  return {
    images: new Map(places.map(({ region, now, before }) => [region, now.name === name ? now.id : (before?.id ?? "")])),
    skipped: moved.flatMap(({ region, skipped }) => skipped.map(({ id, name }) => ({ region, imageId: id, name }))),
  };
}

/** Describes each image once. */
function describer(scopeOf: ScopeOf): Describe {
  const known = new Map<string, Promise<NamedImage>>();
  const describe: Describe = async (region, id) => {
    const image = await describeImage(scopeOf(region, "move"), id);
    const isGone = image === undefined;
    return { id, name: image?.name ?? id, isGone, isTestFailed: image !== undefined && isTestFailed(image) };
  };
  return (region, id) => {
    const key = `${region} ${id}`;
    const image = known.get(key) ?? describe(region, id);
    known.set(key, image);
    return image;
  };
}

/** Finds the earlier image of each Region. Repeats this while it finds images whose tests failed, because other Regions can have them too. */
async function describePlaces(past: readonly Past[], describe: Describe): Promise<readonly Place[]> {
  const failed = new Set<string>();
  for (;;) {
    const known = failed.size;
    const places = await allEnded(past.map((each) => describePlace(each, describe, failed)));
    if (failed.size === known) return places;
  }
}

/** Adds the names of images whose tests failed to `failed`. */
async function describePlace(
  { region, now: id, earlier, isDone }: Past,
  describe: Describe,
  failed: Set<string>,
): Promise<Place> {
  const described = async (each: string): Promise<NamedImage> => {
    const image = await describe(region, each);
    if (image.isTestFailed) failed.add(image.name);
    return failed.has(image.name) ? { ...image, isTestFailed: true } : image;
  };
  const now = await described(id);
  const skipped: NamedImage[] = [];
  for (const each of earlier) {
    const image = await described(each);
    if (!image.isTestFailed) return { region, isDone, now, before: image, skipped };
    skipped.push(image);
  }
  return { region, isDone, now, before: undefined, skipped };
}

/** The image with the second label, then the one with the label. If only one of the two exists, it is the current one. */
function labelStack(history: readonly ParameterVersion[], label: string): readonly string[] {
  const versions = [labelled(history, previousLabel(label)), labelled(history, label)];
  return versions.flatMap((version) => version?.value ?? []);
}

function isRollbackOf(by: string, newest: ParameterVersion | undefined): boolean {
  const note = newest && readNote(newest);
  return note?.kind === "rollback" && note.by === by;
}

/** Returns the name of the image that all Regions can go to; undefined if there is none, or if all have it already. Pure. */
function commonName(places: readonly Place[]): string | undefined {
  const done = places.find(({ isDone }) => isDone)?.now.name;
  const agreed = new Set(places.map(({ now }) => now.name)).size === 1;
  const candidates = places
    .flatMap(({ now, before }) => [now, ...(before ? [before] : [])])
    .filter((image) => !image.isTestFailed)
    .map(({ name }) => name);
  const reachable = (name: string) => places.every(({ now, before }) => now.name === name || before?.name === name);
  if (done !== undefined && reachable(done)) return done;
  const current = places[0]?.now.name;
  // After a label's rollback both labels are on one version, as after a promotion that was interrupted between its two steps.
  if (agreed && places.some(({ before }) => before?.name === current)) return current;
  return candidates.find((name) => reachable(name) && !(agreed && name === current));
}

function notFound(parameter: string, label: string | undefined, missing: readonly string[]): BakeError {
  const what = label === undefined ? `Parameter "${parameter}"` : `Label "${parameter}:${label}"`;
  return new BakeError(`${what} does not exist in ${missing.join(", ") || "any Region"}. Nothing was changed`, {
    code: "parameter-not-found",
    hint: 'Set "regions" to the Regions in which it exists.',
  });
}

function noCommonImage(parameter: string, places: readonly Place[]): BakeError {
  const nameOf = (image: NamedImage) => (image.isGone ? `${image.id} (does not exist)` : image.name);
  const states = places.map(
    ({ region, now, before, skipped }) =>
      `${region}: now ${nameOf(now)}, before ${before ? nameOf(before) : "nothing"}${skippedText(skipped)}`,
  );
  return new BakeError(
    `Parameter "${parameter}" has no earlier image that all Regions had. Nothing was changed (${states.join("; ")})`,
    {
      code: "nothing-to-roll-back-to",
      hint: 'Promote an existing image by its ids. "bake-ami history" lists the earlier images.',
    },
  );
}

function skippedText(skipped: readonly NamedImage[]): string {
  return skipped.length === 0 ? "" : `, skipped because of failed tests ${skipped.map(({ name }) => name).join(", ")}`;
}
