import { type ParameterVersion, readParameterHistory } from "../../aws/parameter.js";
import { BakeError } from "../../core/errors.js";
import { type Images, imageNames } from "./artifact.js";
import { imageStack, readNote } from "./history.js";
import { labelled, previousLabel } from "./label-pointer.js";
import type { ScopeOf } from "./promote.js";

/** The parameter to roll back, and the run that does it. */
export interface Rollback {
  readonly parameter: string;
  /** Rolls this label back instead of the parameter itself. */
  readonly label: string | undefined;
  /** E.g. `run 1234 of owner/repository`. */
  readonly by: string;
}

/** The current and the earlier image of a Region. Image names are the same in all Regions; ids are not. */
interface Place {
  readonly region: string;
  readonly now: NamedImage;
  readonly before: NamedImage | undefined;
  /** The newest version is a rollback of the same run. */
  readonly isDone: boolean;
}

interface NamedImage {
  readonly id: string;
  /** Its id if the image does not exist. Then no image of another Region has the same name. */
  readonly name: string;
  readonly isGone: boolean;
}

/**
 * Returns the images to roll back to, by Region: the earlier images of the parameter or label. Regions that differ after an interrupted
 * move go to the image that each of them has or had before. A rerun of the same run does not go back further.
 * Throws a `BakeError` when there is no earlier image.
 */
export async function rollbackTarget(
  { parameter, label, by }: Rollback,
  regions: readonly string[],
  scopeOf: ScopeOf,
): Promise<Images> {
  const found = await Promise.all(
    regions.map(async (region) => {
      const scope = scopeOf(region, "move");
      const history = await readParameterHistory(scope, parameter);
      const [before, now] = label === undefined ? imageStack(history).slice(-2) : labelStack(history, label);
      const id = now ?? before;
      if (id === undefined) return undefined;
      const ids = now === undefined ? [id] : [before ?? id, now];
      const names = await imageNames(scope, ids);
      const named = (each: string): NamedImage => ({
        id: each,
        name: names.get(each) ?? each,
        isGone: (names.get(each) ?? each) === each,
      });
      return {
        region,
        now: named(id),
        before: now === undefined || before === undefined ? undefined : named(before),
        isDone: label === undefined && isRollbackOf(by, history.at(-1)),
      };
    }),
  );
  const places = found.flatMap((place) => place ?? []);
  const missing = regions.filter((region) => !places.some((place) => place.region === region));
  if (missing.length > 0 || places.length === 0) throw notFound(parameter, label, missing);
  const name = commonName(places);
  if (name === undefined) throw noCommonImage(parameter, places);
  return new Map(
    places.map((place) => [place.region, place.now.name === name ? place.now.id : (place.before?.id ?? "")]),
  );
}

function labelStack(history: readonly ParameterVersion[], label: string): readonly (string | undefined)[] {
  return [labelled(history, previousLabel(label))?.value, labelled(history, label)?.value];
}

function isRollbackOf(by: string, newest: ParameterVersion | undefined): boolean {
  const note = newest && readNote(newest);
  return note?.kind === "rollback" && note.by === by;
}

/** Returns the name of the image that all Regions can go to; undefined if there is none, or if all have it already. Pure. */
function commonName(places: readonly Place[]): string | undefined {
  const done = places.find(({ isDone }) => isDone)?.now.name;
  const agreed = new Set(places.map(({ now }) => now.name)).size === 1;
  const candidates = places.flatMap(({ now, before }) => [now.name, ...(before ? [before.name] : [])]);
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
    ({ region, now, before }) => `${region}: now ${nameOf(now)}, before ${before ? nameOf(before) : "nothing"}`,
  );
  return new BakeError(
    `Parameter "${parameter}" has no earlier image that all Regions had. Nothing was changed (${states.join("; ")})`,
    {
      code: "nothing-to-roll-back-to",
      hint: 'Promote an existing image by its ids. "bake-ami history" lists the earlier images.',
    },
  );
}
