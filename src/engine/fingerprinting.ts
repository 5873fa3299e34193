import type { BakeParts } from "../bake/parts.js";
import { fingerprintOf, type PlannedBuild } from "../fingerprint/fingerprint.js";
import type { PartsSetting } from "../fingerprint/parts.js";
import type { BakePlan } from "../plan/plan.js";
import type { Lookups } from "../template/lookups.js";
import type { EngineSetting } from "./api.js";
import type { BakeRequest } from "./request.js";

/**
 * Takes fingerprints of a plan's builds: the template is planned again at two fixed instants with fixed random values, so that
 * what depends on them is found out and names that tell the time count as one.
 */
export function fingerprinting(
  plan: BakePlan,
  request: BakeRequest,
  setting: EngineSetting,
  parts: Omit<PartsSetting, "contents">,
): BakeParts["fingerprint"] {
  let fixed: Promise<readonly (BakePlan | undefined)[]> | undefined;
  return async (build, input) => {
    fixed ??= Promise.all([planned(request, setting, 0), planned(request, setting, 1)]);
    const index = plan.builds.indexOf(build);
    const [first, second] = (await fixed).map((each) => plannedBuild(each, index));
    if (!first || !second) return { known: false, why: "the template could not be planned a second time" };
    return fingerprintOf({ now: build, first, second }, input, parts);
  };
}

function plannedBuild(plan: BakePlan | undefined, index: number): PlannedBuild | undefined {
  const build = plan?.builds[index];
  return plan && build?.state === "ready" ? { build, variables: plan.variables } : undefined;
}

async function planned(request: BakeRequest, setting: EngineSetting, seed: number): Promise<BakePlan | undefined> {
  if (request.template.path === "-") return undefined;
  const { prepare } = await import("./prepare.js");
  const startedAt = new Date(seed * SECOND_INSTANT);
  const prepared = await prepare(
    request,
    { purpose: "build" },
    { ...setting, startedAt, lookups: lookupsOf(startedAt, seed) },
  );
  return prepared.plan;
}

/** Milliseconds since the epoch: 1973-03-03 21:46:40, a Saturday; every field of a date and time is another than at the epoch. */
const SECOND_INSTANT = 100_043_200_000;

/** UUIDs that agree in no digit at their edges. */
const UUIDS = ["00000000-0000-4000-8000-000000000000", "ffffffff-ffff-4fff-bfff-ffffffffffff"];

function lookupsOf(at: Date, seed: number): Partial<Lookups> {
  return {
    startedAt: at,
    now: () => at,
    uuid: () => UUIDS[seed % UUIDS.length] ?? "",
    randomBytes: (length) => new Uint8Array(length).fill(seed * 255),
  };
}
