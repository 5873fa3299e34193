import { createHash } from "node:crypto";
import type { Fingerprint, FingerprintInput } from "../core/fingerprint.js";
import type { BakePlan, ReadyBuild } from "../plan/plan.js";
import { openContents } from "./content.js";
import { changingTags, namePattern } from "./names.js";
import { fingerprintParts, type KnownParts, type PartsSetting } from "./parts.js";
import { changesSince, recordOf } from "./record.js";

/** Version of the fingerprint. Increase it when the same inputs produce a different image: old fingerprints are then invalid. */
const VERSION = 1;

/** Computes the fingerprint of one build of a plan. */
export type ComputeFingerprint = (build: ReadyBuild, input: FingerprintInput) => Promise<Fingerprint>;

/**
 * Returns a function that computes the fingerprints of a plan's builds. The template is planned again at two fixed times with fixed
 * random values: this detects what depends on them, and gives names with a time one pattern.
 */
export function fingerprints(plan: BakePlan, run: Omit<PartsSetting, "contents">): ComputeFingerprint {
  let fixed: Promise<readonly (BakePlan | undefined)[]> | undefined;
  return async (build, input) => {
    fixed ??= Promise.all([plan.planAgain(instant(0)), plan.planAgain(instant(1))]);
    const index = plan.builds.indexOf(build);
    const [first, second] = (await fixed).map((each) => buildAt(each, index));
    if (!first || !second)
      return { known: false, why: "the template could not be evaluated again", namePattern: undefined };
    return fingerprintOf({ now: { build, variables: plan.variables }, first, second }, input, run);
  };
}

/** A build as planned at one time, with one set of random values. */
interface BuildAtInstant {
  readonly build: ReadyBuild;
  /** Only for the list of changes: an unused variable does not change the image. */
  readonly variables: BakePlan["variables"];
}

/** A build as planned at several times. */
interface BuildAtInstants {
  /** As planned for this run. */
  readonly now: BuildAtInstant;
  /** As planned at two other times, with other random values. */
  readonly first: BuildAtInstant;
  readonly second: BuildAtInstant;
}

function buildAt(plan: BakePlan | undefined, index: number): BuildAtInstant | undefined {
  const build = plan?.builds[index];
  return plan && build?.state === "ready" ? { build, variables: plan.variables } : undefined;
}

/** 1973-03-03 21:46:40, a Saturday, in milliseconds since the epoch; every field of the date and time differs from the epoch's. */
const SECOND_INSTANT = 100_043_200_000;

/** UUIDs whose first and last digits differ. */
const UUIDS = ["00000000-0000-4000-8000-000000000000", "ffffffff-ffff-4fff-bfff-ffffffffffff"];

/** Returns a fixed time and fixed random values. */
function instant(seed: 0 | 1): Parameters<BakePlan["planAgain"]>[0] {
  const at = new Date(seed * SECOND_INSTANT);
  return {
    startedAt: at,
    now: () => at,
    uuid: () => UUIDS[seed] ?? "",
    randomBytes: (length) => new Uint8Array(length).fill(seed * 255),
  };
}

/**
 * Returns the fingerprint of a build, computed from the first of the two other plans. Parts that differ between the three plans depend
 * on the time or on random values, so there is no fingerprint, unless only a name differs. All other parts equal those of this run.
 */
async function fingerprintOf(
  { now, first, second }: BuildAtInstants,
  input: FingerprintInput,
  run: Omit<PartsSetting, "contents">,
): Promise<Fingerprint> {
  const images = { first: first.build.facts.images, second: second.build.facts.images };
  const pattern = namePattern(images.first?.name ?? "", images.second?.name ?? "");
  const setting = { ...run, contents: openContents() };
  const one = await fingerprintParts(first.build, setting);
  if (!one.known) return { ...one, namePattern: pattern };
  const changing: string[] = [];
  for (const build of [second.build, now.build]) {
    const other = await fingerprintParts(build, setting);
    if (!other.known) return { ...other, namePattern: pattern };
    changing.push(...differences(one, other).filter((name) => !changing.includes(name)));
  }
  if (changing.length > 0) {
    const why = `${changing.join(", ")} differs in every run (a time or a random value)`;
    return { known: false, why, namePattern: pattern };
  }
  const parts = { "source AMI": input.sourceImageId, ...one.parts };
  const hash = createHash("sha256").update(JSON.stringify([VERSION, Object.entries(parts)]));
  const described = { ...variableParts(first.variables), ...one.parts };
  const values = new Map(Object.entries(variableParts(now.variables)));
  return {
    known: true,
    hash: hash.digest("hex"),
    parts,
    namePattern: pattern,
    changingTags: changingTags(images.first?.tags ?? [], images.second?.tags ?? []),
    record: recordOf(input.sourceImageId, described),
    changesSince: (tags) => changesSince(tags, { ...input, parts: described, values }),
  };
}

/** Returns variables with their values, without sensitive ones. */
function variableParts(variables: BakePlan["variables"]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    variables.flatMap(({ name, value }) => (value === undefined ? [] : [[`variable ${name}`, value] as const])),
  );
}

function differences(one: KnownParts, other: KnownParts): string[] {
  const names = new Set([...Object.keys(one.parts), ...Object.keys(other.parts)]);
  return [...names].filter((name) => one.parts[name] !== other.parts[name] && !one.changingByRun.has(name));
}
