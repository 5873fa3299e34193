import { throwIfAborted } from "../core/clock.js";
import { withPrefix } from "../core/debug.js";
import type { Diagnostic } from "../core/diagnostics.js";
import { InvalidTemplate, toDiagnostic, withRange } from "../core/errors.js";
import { narrator } from "../core/events.js";
import type { ReadingContext } from "../core/parts.js";
import type { BakePlan, ReadyBuild } from "../plan/plan.js";
import type { EngineSetting, PreflightRun } from "./api.js";
import { routeTo } from "./host-route.js";
import type { BakeRequest } from "./request.js";
import { runSettings, runSurroundings } from "./run.js";

/**
 * Returns the problems of all builds of a plan that a bake would report before it creates anything, and those of quotas. Nothing is
 * created. Rejects when the run is cancelled.
 */
export async function preflightPlan(
  plan: BakePlan,
  request: BakeRequest,
  run: PreflightRun,
  setting: EngineSetting,
): Promise<readonly Diagnostic[]> {
  const { signal } = setting.interruption;
  const settings = runSettings(request, run.owner, false);
  const narrate = narrator([], Date.now, undefined, run.secrets);
  const shared = runSurroundings(request, narrate, setting, undefined);
  for (const secret of plan.secrets) narrate.secret(secret);
  const found = await Promise.all(
    plan.builds.map(async (build) => {
      if (build.state === "refused" || build.kind.loadPreflight === undefined) return [];
      const warnings: Diagnostic[] = [];
      const { identity, range } = build;
      const surroundings = { ...shared, debug: withPrefix(shared.debug, `${identity.name}: `) };
      const listener = narrator(
        [(event) => void (event.type === "diagnostic" && warnings.push(event.diagnostic))],
        surroundings.clock.now,
        identity.name,
        run.secrets,
      );
      const context = readingContext(build, { identity, narrator: listener, signal, settings, surroundings, range });
      return [...(await problemsOf(build, context)), ...warnings];
    }),
  );
  throwIfAborted(signal);
  return found.flat();
}

async function problemsOf(build: ReadyBuild, context: ReadingContext): Promise<readonly Diagnostic[]> {
  try {
    const kind = await build.kind.loadPreflight?.();
    return (await kind?.preflightBuild(build.options, context)) ?? [];
  } catch (error) {
    throwIfAborted(context.signal);
    return error instanceof InvalidTemplate ? error.diagnostics : [toDiagnostic(withRange(error, build.range))];
  }
}

function readingContext(
  build: ReadyBuild,
  context: Pick<ReadingContext, "identity" | "narrator" | "signal" | "settings" | "surroundings" | "range">,
): ReadingContext {
  return {
    ...context,
    place: build.place,
    tests: undefined,
    needsMachine: build.provisioners.some((plan) => plan.kind.facts.needsMachine),
    fingerprint: async () => ({ known: false, why: "nothing is baked", namePattern: undefined }),
    callerAddress: async () => Promise.reject(new Error("nobody connects")),
    routeTo,
  };
}
