import { createHash } from "node:crypto";
import type { Fingerprint, FingerprintInput } from "../core/fingerprint.js";
import type { BakePlan, ReadyBuild } from "../plan/plan.js";
import { openContents } from "./content.js";
import { changingTags, namePattern } from "./names.js";
import { type KnownParts, type PartsSetting, takeParts } from "./parts.js";
import { changesSince, recordOf } from "./record.js";

/** Raised when the same inputs make another image than before: what an old fingerprint says then no longer holds. */
const VERSION = 1;

/** A build as planned at one instant, with one set of random values. */
export interface PlannedBuild {
  readonly build: ReadyBuild;
  /** Only for telling what changed: a variable that nothing uses shapes no image. */
  readonly variables: BakePlan["variables"];
}

/** A build as it is planned at several instants. */
export interface PlannedTimes {
  /** As it is baked now. */
  readonly now: ReadyBuild;
  /** At two other instants, with other random numbers. */
  readonly first: PlannedBuild;
  readonly second: PlannedBuild;
}

/**
 * The fingerprint of a build: that of the first of the two other instants. What differs between the three depends on time or chance
 * and cannot be known again, unless it is only a name. As the parts of now are the same, what is hashed is what is baked.
 */
export async function fingerprintOf(
  { now, first, second }: PlannedTimes,
  input: FingerprintInput,
  given: Omit<PartsSetting, "contents">,
): Promise<Fingerprint> {
  const images = { first: first.build.facts.images, second: second.build.facts.images };
  const pattern = namePattern(images.first?.name ?? "", images.second?.name ?? "");
  const setting = { ...given, contents: openContents() };
  const one = await takeParts(first.build, setting);
  if (!one.known) return { ...one, namePattern: pattern };
  const changing: string[] = [];
  for (const build of [second.build, now]) {
    const other = await takeParts(build, setting);
    if (!other.known) return { ...other, namePattern: pattern };
    changing.push(...differences(one, other).filter((name) => !changing.includes(name)));
  }
  if (changing.length > 0) {
    const why = `${changing.join(", ")} is different in every run (a time, or a random value)`;
    return { known: false, why, namePattern: pattern };
  }
  const parts = { "source AMI": input.sourceImageId, ...one.parts };
  const hash = createHash("sha256").update(JSON.stringify([VERSION, Object.entries(parts)]));
  const told = { ...variableParts(first.variables), ...one.parts };
  return {
    known: true,
    hash: hash.digest("hex"),
    parts,
    namePattern: pattern,
    changingTags: changingTags(images.first?.tags ?? [], images.second?.tags ?? []),
    record: recordOf(input.sourceImageId, told),
    changesSince: (tags) => changesSince(tags, input.sourceImageId, told),
  };
}

/** Variables with their values; sensitive ones have none here. */
function variableParts(variables: BakePlan["variables"]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    variables.flatMap(({ name, value }) => (value === undefined ? [] : [[`variable ${name}`, value] as const])),
  );
}

function differences(one: KnownParts, other: KnownParts): string[] {
  const names = new Set([...Object.keys(one.parts), ...Object.keys(other.parts)]);
  return [...names].filter((name) => one.parts[name] !== other.parts[name] && !one.changingByRun.has(name));
}
