import { type ParameterVersion, parameterHistory } from "../../aws/parameter.js";
import { BakeError } from "../../core/errors.js";
import { type Images, namesOf } from "./artifact.js";
import { imageStack, readNote } from "./history.js";
import { labelled, previousLabel } from "./label-pointer.js";
import type { ScopeOf } from "./promote.js";

/** What is rolled back, and by which run. */
export interface Rollback {
  readonly parameter: string;
  /** Rolls this label back instead of the parameter itself. */
  readonly label: string | undefined;
  /** E.g. `run 1234 of owner/repository`. */
  readonly by: string;
}

/** What a region names now, and what it named before; names of images are the same in all regions, ids are not. */
interface Place {
  readonly region: string;
  readonly now: NamedImage;
  readonly before: NamedImage | undefined;
  /** The newest version is a rollback of this very run. */
  readonly isDone: boolean;
}

interface NamedImage {
  readonly id: string;
  /** Its id where the image is gone: then no other region's image has the same. */
  readonly name: string;
  readonly isGone: boolean;
}

/**
 * The images that a rollback goes to, by region: those that the parameter (or the label) named before. Regions that disagree, after
 * a move that was killed, go to the image that each of them names or named before. A rerun of the same run goes nowhere further.
 * Throws a `BakeError` where there is nothing to go back to.
 */
export async function rollbackTarget(
  { parameter, label, by }: Rollback,
  regions: readonly string[],
  scopeOf: ScopeOf,
): Promise<Images> {
  const found = await Promise.all(
    regions.map(async (region) => {
      const scope = scopeOf(region, "move");
      const history = await parameterHistory(scope, parameter);
      const [before, now] = label === undefined ? imageStack(history).slice(-2) : labelStack(history, label);
      const id = now ?? before;
      if (id === undefined) return undefined;
      const ids = now === undefined ? [id] : [before ?? id, now];
      const names = await namesOf(scope, ids);
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
  if (missing.length > 0 || places.length === 0) throw nothing(parameter, label, missing);
  const name = commonName(places);
  if (name === undefined) throw disagreement(parameter, places);
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

/** The image that all regions can be at; undefined where there is none, or all are there already. Pure. */
function commonName(places: readonly Place[]): string | undefined {
  const done = places.find(({ isDone }) => isDone)?.now.name;
  const agreed = new Set(places.map(({ now }) => now.name)).size === 1;
  const candidates = places.flatMap(({ now, before }) => [now.name, ...(before ? [before.name] : [])]);
  const reachable = (name: string) => places.every(({ now, before }) => now.name === name || before?.name === name);
  if (done !== undefined && reachable(done)) return done;
  const current = places[0]?.now.name;
  // A label's rollback leaves both labels on one version, and so does a promotion that ended after the first of its two steps.
  if (agreed && places.some(({ before }) => before?.name === current)) return current;
  return candidates.find((name) => reachable(name) && !(agreed && name === current));
}

function nothing(parameter: string, label: string | undefined, missing: readonly string[]): BakeError {
  const what = label === undefined ? `the parameter ${parameter}` : `the label ${parameter}:${label}`;
  return new BakeError(`there is no ${what.slice(4)} in ${missing.join(", ") || "any region"}; nothing was moved`, {
    code: "parameter-not-found",
    hint: "Name the regions where it is with regions.",
  });
}

function disagreement(parameter: string, places: readonly Place[]): BakeError {
  const say = (image: NamedImage) => (image.isGone ? `${image.id}, which is gone` : image.name);
  const said = places.map(
    ({ region, now, before }) => `${region}: ${say(now)}, before it ${before ? say(before) : "nothing"}`,
  );
  return new BakeError(
    `${parameter} has no earlier image that all regions named; nothing was moved (${said.join("; ")})`,
    {
      code: "nothing-to-roll-back-to",
      hint: "Promote an image that is there by its ids: bake-ami history shows which there were.",
    },
  );
}
