import { createHash } from "node:crypto";
import type { Fingerprint, FingerprintInput } from "../core/run.js";
import type { BakePlan, ReadyBuild } from "../plan/plan.js";
import { changingTags, namePattern } from "./names.js";
import { type KnownParts, type PartsSetting, takeParts } from "./parts.js";
import { changesSince, recordOf } from "./record.js";

/** Raised when the same inputs make another image than before: what an old fingerprint says then no longer holds. */
const VERSION = 1;

/** Names may tell the time: that does not make two images different. */
const NAME_PART = "option ami_name";

/** A build as planned at one instant, with one set of random values. */
export interface PlannedBuild {
  readonly build: ReadyBuild;
  /** Only for telling what changed: a variable that nothing uses shapes no image. */
  readonly variables: BakePlan["variables"];
}

/**
 * The fingerprint of a build. `first` and `second` are the build as planned at two other instants and with other random numbers:
 * what differs between them depends on time or chance and cannot be known again, unless it is only a name.
 */
export async function fingerprintOf(
  first: PlannedBuild,
  second: PlannedBuild,
  input: FingerprintInput,
  setting: PartsSetting,
): Promise<Fingerprint> {
  const [one, other] = [await takeParts(first.build, setting), await takeParts(second.build, setting)];
  if (!one.known) return one;
  if (!other.known) return other;
  const changing = differences(one, other);
  if (changing.length > 0) {
    return { known: false, why: `${changing.join(", ")} is different in every run (a time, or a random value)` };
  }
  const parts = { "source AMI": input.sourceImageId, ...one.parts };
  const hash = createHash("sha256").update(JSON.stringify([VERSION, Object.entries(parts)]));
  const told = { ...variableParts(first.variables), ...one.parts };
  return {
    known: true,
    hash: hash.digest("hex"),
    parts,
    namePattern: namePattern(nameOf(first.build), nameOf(second.build)),
    changingTags: changingTags(first.build.options, second.build.options),
    record: recordOf(input.sourceImageId, told),
    changesSince: (tags) => changesSince(tags, input.sourceImageId, told),
  };
}

/** The name that a build gives its images. */
function nameOf(build: ReadyBuild): string {
  const { options } = build;
  const name: unknown = typeof options === "object" && options !== null ? Reflect.get(options, "ami_name") : "";
  return typeof name === "string" ? name : "";
}

/** Variables with their values; sensitive ones have none here. */
function variableParts(variables: BakePlan["variables"]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    variables.flatMap(({ name, value }) => (value === undefined ? [] : [[`variable ${name}`, value] as const])),
  );
}

function differences(one: KnownParts, other: KnownParts): string[] {
  const names = new Set([...Object.keys(one.parts), ...Object.keys(other.parts)]);
  return [...names].filter((name) => one.parts[name] !== other.parts[name] && name !== NAME_PART);
}
