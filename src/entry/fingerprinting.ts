import type { BakeParts } from "../bake/parts.js";
import type { BakeRequest } from "../core/request.js";
import { fingerprintOf } from "../fingerprint/fingerprint.js";
import type { PartsSetting } from "../fingerprint/parts.js";
import type { BakePlan, BuildPlan } from "../plan/plan.js";
import type { Lookups } from "../template/lookups.js";
import type { EngineSetting } from "./engine.js";

/**
 * Takes fingerprints of a plan's builds: the template is planned again at two fixed instants with fixed random values, so that
 * what depends on them is found out and names that tell the time count as one.
 */
export function fingerprinting(
  plan: BakePlan,
  request: BakeRequest,
  setting: EngineSetting,
  parts: PartsSetting,
): BakeParts["fingerprint"] {
  let fixed: Promise<readonly [readonly BuildPlan[], readonly BuildPlan[]]> | undefined;
  return async (build, input) => {
    fixed ??= Promise.all([planned(request, setting, 0), planned(request, setting, 1)]);
    const index = plan.builds.indexOf(build);
    const [first, second] = (await fixed).map((builds) => builds[index]);
    if (first?.state !== "ready" || second?.state !== "ready") {
      return { known: false, why: "the template could not be planned a second time" };
    }
    return fingerprintOf(first, second, input, parts);
  };
}

async function planned(request: BakeRequest, setting: EngineSetting, seed: number): Promise<readonly BuildPlan[]> {
  if (request.template.path === "-") return [];
  const { prepare } = await import("./prepare.js");
  const startedAt = new Date(seed * 100_000_000_000);
  const prepared = await prepare(
    request,
    { purpose: "build" },
    { ...setting, startedAt, lookups: lookupsOf(startedAt, seed) },
  );
  return prepared.plan?.builds ?? [];
}

function lookupsOf(at: Date, seed: number): Partial<Lookups> {
  return {
    startedAt: at,
    now: () => at,
    uuid: () => `00000000-0000-4000-8000-${String(seed).padStart(12, "0")}`,
    randomBytes: (length) => new Uint8Array(length).fill(seed),
  };
}
