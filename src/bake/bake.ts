import type { Diagnostic } from "../core/diagnostics.js";
import { narrator, type Outcome } from "../core/events.js";
import { mapWithLimit } from "../core/map-with-limit.js";
import type { BakePlan, BuildPlan, RefusedBuild } from "../plan/plan.js";
import { runBuild } from "./build.js";
import type { BakeParts, BakeResult, BuildResult, Publish } from "./contract.js";

/**
 * Runs the builds of a plan in parallel. A failed build does not stop the others.
 * Never rejects because of a build: errors are in the result.
 */
export async function bake(plan: BakePlan, parts: BakeParts): Promise<BakeResult> {
  const { clock } = parts.surroundings;
  const began = clock.now();
  const narrate = narrator(parts.listeners, clock.now, undefined, parts.secrets);
  for (const secret of plan.secrets) narrate.secret(secret);
  narrate.emit({
    type: "bake-started",
    builds: plan.builds.map(({ identity }) => ({ name: identity.name, builder: identity.builderType })),
  });
  const clashes = parameterClashes(plan, parts.publish);
  const builds = await mapWithLimit(plan.builds, limitOf(parts), (build) => runOne(build, parts, clashes));
  const outcome = overall(builds);
  narrate.emit({ type: "bake-ended", outcome });
  return { outcome, builds, duration: clock.now() - began };
}

async function runOne(
  build: BuildPlan,
  parts: BakeParts,
  clashes: ReadonlyMap<string, Diagnostic>,
): Promise<BuildResult> {
  const clash = clashes.get(build.identity.name);
  if (build.state === "refused") return refuse(build, build.diagnostics, parts);
  if (clash) return refuse({ ...build, state: "refused", diagnostics: [clash] }, [clash], parts);
  return runBuild(build, parts);
}

/** Reports a build that cannot start, and returns its result. */
function refuse(build: RefusedBuild, errors: readonly Diagnostic[], parts: BakeParts): BuildResult {
  const narrate = narrator(parts.listeners, parts.surroundings.clock.now, build.identity.name, parts.secrets);
  const error = errors[0];
  narrate.emit({ type: "build-started" });
  narrate.emit({ type: "build-ended", outcome: "failed", artifacts: [], error });
  return { identity: build.identity, outcome: "failed", artifacts: [], errors, parameters: [], duration: 0 };
}

/** Returns an error for every build that writes the same parameter as another, by its name; checked before anything is launched. */
export function parameterClashes(
  plan: BakePlan,
  publish: Pick<Publish, "names"> | undefined,
): ReadonlyMap<string, Diagnostic> {
  const writers = new Map<string, string>();
  const clashes = new Map<string, Diagnostic>();
  for (const build of plan.builds) {
    if (build.state !== "ready" || !publish) continue;
    for (const name of publish.names(build)) {
      const other = writers.get(name);
      if (other === undefined) {
        writers.set(name, build.identity.name);
        continue;
      }
      for (const writer of [other, build.identity.name]) {
        clashes.set(writer, {
          severity: "error",
          code: "parameter-clash",
          summary: `Builds "${other}" and "${build.identity.name}" both write the parameter "${name}"`,
          hint: 'Add "{build}" to "ssm-parameter", or select one of the builds with "only".',
          range: build.range,
        });
      }
    }
  }
  return clashes;
}

function limitOf(parts: BakeParts): number {
  if (parts.settings.debug) return 1;
  return parts.parallelBuilds && parts.parallelBuilds > 0 ? parts.parallelBuilds : Number.POSITIVE_INFINITY;
}

function overall(builds: readonly BuildResult[]): Outcome {
  if (builds.some((build) => build.outcome === "cancelled")) return "cancelled";
  return builds.some((build) => build.outcome === "failed") ? "failed" : "succeeded";
}
