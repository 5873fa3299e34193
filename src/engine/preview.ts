import { parameterClashes } from "../bake/bake.js";
import { throwIfAborted } from "../core/clock.js";
import { withPrefix } from "../core/debug.js";
import type { Diagnostic } from "../core/diagnostics.js";
import { InvalidTemplate, toDiagnostic, withRange } from "../core/errors.js";
import { type BakeEvent, narrator } from "../core/events.js";
import type { PartContext } from "../core/parts.js";
import type { BuilderPreview, BuildPreview, PlanPreview, PreviewContext } from "../core/preview.js";
import { type ComputeFingerprint, fingerprints } from "../fingerprint/fingerprint.js";
import type { BakePlan, BuildPlan, ReadyBuild } from "../plan/plan.js";
import type { EngineSetting, PreviewRun } from "./api.js";
import { addressService, callerAddressFinder, loggedService } from "./caller-address.js";
import { routeTo } from "./host-route.js";
import { comparedTests } from "./image-tests.js";
import { type PublishingPreview, previewPublishing } from "./preview-publishing.js";
import { publishing } from "./publishing.js";
import type { BakeRequest } from "./request.js";
import { runSettings, runSurroundings } from "./run.js";
import { limitSession } from "./session-policy.js";

/** Returns what a bake of the plan would do now. Nothing is created, changed or removed. Rejects when the run is cancelled. */
export async function previewPlan(
  plan: BakePlan,
  request: BakeRequest,
  run: PreviewRun,
  given: EngineSetting,
): Promise<PlanPreview> {
  const setting = await limitSession(given, async (scope) => {
    const { statementsOf } = await import("./policy.js");
    return (await statementsOf(plan, request, { ...scope, region: scope.defaultRegion, purpose: "plan" })).run;
  });
  const { signal } = setting.interruption;
  const settings = runSettings(request, run.owner, false);
  const narrate = narrator(run.listeners, Date.now, undefined, run.secrets);
  const surroundings = runSurroundings(request, narrate, setting, undefined);
  for (const secret of plan.secrets) narrate.secret(secret);
  const parts: PreviewParts = {
    ...{ run, signal, settings, surroundings },
    clashes: parameterClashes(plan, publishing(plan, request, surroundings)),
    fingerprint: fingerprints(plan, { settings, surroundings }),
    callerAddress: callerAddressFinder(loggedService(addressService(setting.env), setting)),
    publish: previewPublishing(plan, request, surroundings),
    tests: comparedTests(request),
  };
  const previews = await Promise.all(plan.builds.map((build) => previewBuild(build, parts)));
  throwIfAborted(signal);
  return {
    builds: previews.map(({ account: _, ...build }) => build),
    changes: previews.some(hasEffect),
    account: previews.find(({ account }) => account !== undefined)?.account,
  };
}

/** What the previews of all builds share. */
interface PreviewParts extends Pick<PartContext, "signal" | "settings" | "surroundings"> {
  readonly run: PreviewRun;
  readonly clashes: ReadonlyMap<string, Diagnostic>;
  readonly fingerprint: ComputeFingerprint;
  readonly callerAddress: (signal: AbortSignal) => Promise<string>;
  readonly publish: PublishingPreview;
  readonly tests: PreviewContext["tests"];
}

/** A build of which nothing is known but its names. */
const NOTHING: Omit<BuilderPreview, "decision" | "reason"> = {
  changes: [],
  imageName: undefined,
  existing: undefined,
  source: undefined,
  regions: [],
  notLookedUp: [],
  knownLater: [],
  problems: [],
  account: undefined,
};

type PreviewedBuild = BuildPreview & Pick<BuilderPreview, "account">;

async function previewBuild(build: BuildPlan, parts: PreviewParts): Promise<PreviewedBuild> {
  const { identity } = build;
  const clash = parts.clashes.get(identity.name);
  if (build.state === "refused" || clash) {
    const problems = build.state === "refused" ? build.diagnostics : clash ? [clash] : [];
    return { ...NOTHING, identity, decision: "unknown", reason: "the build cannot start", problems };
  }
  const { unread } = parts.run;
  if (unread?.builds.includes(identity.name)) {
    const reason = "it depends on a data source or secret that was not read";
    return { ...NOTHING, identity, decision: "unknown", reason, notLookedUp: unread.reasons };
  }
  if (build.kind.loadPreview === undefined) {
    return { ...NOTHING, identity, decision: "bake", reason: `builds of ${identity.builderType} always run` };
  }
  return { ...(await previewReady(build, parts)), identity };
}

/** Previews a build whose kind can compare. Its warnings and errors are problems of the preview. */
async function previewReady(build: ReadyBuild, parts: PreviewParts): Promise<BuilderPreview> {
  const warnings: Diagnostic[] = [];
  const context = previewContext(build, parts, (event) => {
    if (event.type === "diagnostic") warnings.push(event.diagnostic);
    if (event.type === "progress" || event.type === "secret") for (const each of parts.run.listeners) each(event);
  });
  try {
    const { preview } = (await build.kind.loadPreview?.()) ?? {};
    const found = await preview?.(build.options, context);
    if (found)
      return {
        ...found,
        knownLater: [...found.knownLater, ...knownAfterBake(build)],
        problems: [...warnings, ...found.problems],
      };
  } catch (error) {
    throwIfAborted(parts.signal);
    const errors = error instanceof InvalidTemplate ? error.diagnostics : [toDiagnostic(withRange(error, build.range))];
    warnings.push(...errors);
  }
  return { ...NOTHING, decision: "unknown", reason: "the bake would fail", problems: warnings };
}

/** Returns what post-processors decide when the images exist. */
function knownAfterBake({ postProcessors }: ReadyBuild): readonly string[] {
  const removes = postProcessors.flat().some(({ kind }) => kind.type === "amazon-ami-management");
  return removes ? ["which older AMIs the post-processor amazon-ami-management removes"] : [];
}

function previewContext(
  build: ReadyBuild,
  { signal, settings, surroundings: shared, run, fingerprint, callerAddress, publish, tests }: PreviewParts,
  listener: (event: BakeEvent) => void,
): PreviewContext {
  const { identity, range } = build;
  const surroundings = { ...shared, debug: withPrefix(shared.debug, `${identity.name}: `) };
  const narrate = narrator([listener], surroundings.clock.now, identity.name, run.secrets);
  const context: PartContext = { identity, narrator: narrate, signal, settings, surroundings, range };
  return {
    ...context,
    place: build.place,
    tests,
    needsMachine: build.provisioners.some((plan) => plan.kind.facts.needsMachine),
    fingerprint: (input) => fingerprint(build, input),
    callerAddress: () => callerAddress(signal),
    routeTo,
    readParameters: (planned) => publish.readParameters(planned, identity, context),
    findOldImages: (after) => publish.findOldImages(after, identity, context),
  };
}

/** Whether the bake would do anything with a build, or whether that is not known. */
function hasEffect({ decision, changes, regions }: BuildPreview): boolean {
  return (
    decision !== "reuse" ||
    changes.length > 0 ||
    regions.some(
      ({ image, parameter, replaces, removes, disables }) =>
        image !== "present" ||
        replaces.length > 0 ||
        removes.length > 0 ||
        disables.length > 0 ||
        (parameter !== undefined && (!parameter.isRead || parameter.from !== parameter.to)),
    )
  );
}
