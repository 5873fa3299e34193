import type { AmiArtifact, Artifact } from "../core/artifact.js";
import { throwIfAborted } from "../core/clock.js";
import { traceOf } from "../core/debug.js";
import type { Diagnostic } from "../core/diagnostics.js";
import { Cancelled, InvalidTemplate, toDiagnostic, withRange } from "../core/errors.js";
import type { BuilderContext } from "../core/parts.js";
import type { ReadyBuild } from "../plan/plan.js";
import {
  type BuildRun,
  buildData,
  childEnvironment,
  endBuild,
  provisionerSurroundings,
  releaseAll,
  startBuild,
} from "./build-run.js";
import type { BakeParts, BuildResult } from "./contract.js";
import { cleanUpFailure } from "./failure.js";
import { postProcess } from "./post-process.js";
import { provision } from "./provision.js";

/** Runs one build: builder, provisioners, releases, post-processors, publishing. Never rejects. */
export async function runBuild(build: ReadyBuild, parts: BakeParts): Promise<BuildResult> {
  const { clock } = parts.surroundings;
  const began = clock.now();
  const run = startBuild(build, parts);
  const { narrator } = run.context;
  narrator.emit({ type: "build-started" });
  const ending = await buildImage(run);
  await endBuild(run);
  const { outcome, artifacts, errors } = ending;
  const result: BuildResult = { identity: build.identity, ...ending, duration: clock.now() - began };
  narrator.emit({ type: "build-ended", outcome, artifacts, error: errors[0] });
  return result;
}

/** How a build ended. */
type Ending = Omit<BuildResult, "identity" | "duration">;

async function buildImage(run: BuildRun): Promise<Ending> {
  const { build, parts, context } = run;
  let artifact: Artifact;
  try {
    throwIfAborted(parts.signal);
    const builder = await build.kind.load();
    artifact = await builder.run(build.options, builderContext(run));
  } catch (error) {
    context.surroundings.debug(() => traceOf(error));
    const failed = failedBy([withRange(error, build.range)], run.kept ? [run.kept] : [], parts);
    if (failed.outcome === "failed") reportErrors(failed.errors, context);
    await cleanUpFailure(error, run);
    return failed;
  }
  await releaseAll(run);
  const ending = await useArtifact(artifact, run);
  await parts.inventory?.record(run.packages, artifact, ending.parameters, context);
  return ending;
}

/** Reports all errors of a builder: the build ends with the first, so the others are diagnostics of their own. */
function reportErrors([first, ...others]: readonly Diagnostic[], { narrator }: BuildRun["context"]): void {
  if (first) narrator.emit({ type: "build-failing", error: first });
  for (const diagnostic of others) narrator.emit({ type: "diagnostic", diagnostic });
}

/** Runs what follows the builder: post-processors, publishing, completion of the images, retention. */
async function useArtifact(artifact: Artifact, run: BuildRun): Promise<Ending> {
  const { build, parts, context } = run;
  let artifacts: readonly Artifact[] = [artifact];
  try {
    const processing = { ...context, data: buildData(run), childEnvironment: () => childEnvironment(run) };
    const processed = await postProcess(build.postProcessors, artifact, processing, parts.destroy);
    artifacts = processed.artifacts;
    if (processed.errors.length > 0) return failedBy(processed.errors, artifacts, parts);
    const parameters =
      artifact.kind === "ami" && parts.publish
        ? await parts.publish.run(artifact, build.identity, context, run.parametersBefore)
        : [];
    await completeAll(run.completions);
    const missing = artifact.kind === "ami" ? missingRegions(artifact, run) : [];
    if (artifact.kind === "ami" && missing.length === 0) await removeOlder(artifact, run);
    return { outcome: missing.length > 0 ? "failed" : "succeeded", artifacts, errors: missing, parameters };
  } catch (error) {
    context.surroundings.debug(() => traceOf(error));
    return failedBy([withRange(error, build.range)], artifacts, parts);
  }
}

/** Runs the last step alone, after the others: until it starts, a rerun can resume. */
async function completeAll(completions: readonly (() => Promise<void>)[]): Promise<void> {
  await Promise.all(completions.slice(0, -1).map((complete) => complete()));
  await completions.at(-1)?.();
}

/** Returns an error for each Region without an image; none where `missing-region` is `warn`. */
function missingRegions(artifact: AmiArtifact, { build, parts }: BuildRun): readonly Diagnostic[] {
  if (parts.settings.missingRegion === "warn") return [];
  return artifact.missing.map(({ region, reason }) => ({
    severity: "error",
    code: "missing-region",
    summary: `No image in ${region}: ${reason}`,
    hint: "Run the bake again. It reuses the finished image and copies it to the missing Regions.",
    range: build.facts.images?.copiesRange,
  }));
}

/** Removes older images. An error is only a warning: the bake itself has succeeded. */
async function removeOlder(artifact: AmiArtifact, { build, parts, context }: BuildRun): Promise<void> {
  try {
    if (!parts.signal.aborted) await parts.retain?.(artifact, build.identity, context);
  } catch (error) {
    context.narrator.emit({ type: "diagnostic", diagnostic: { ...toDiagnostic(error), severity: "warning" } });
  }
}

function builderContext(run: BuildRun): BuilderContext {
  const { build, parts, context, releases } = run;
  return {
    ...context,
    ledger: parts.ledger,
    releases,
    tests: parts.tests(provisionerSurroundings(run)),
    needsMachine: build.provisioners.some((plan) => plan.kind.facts.needsMachine),
    place: build.place,
    useAccount: (account) => {
      run.account = account;
    },
    keepImage: (artifact) => {
      run.kept = artifact;
    },
    afterPublish: (complete) => void run.completions.push(complete),
    untilEnd: (work) => void run.companions.push(work(run.ended.signal).catch(() => undefined)),
    fingerprint: (input) => parts.fingerprint(build, input),
    checkParameters: async (planned) => {
      run.parametersBefore = (await parts.publish?.check(planned, build.identity, context)) ?? new Map();
    },
    callerAddress: () => parts.callerAddress(context.signal),
    routeTo: (host) => parts.routeTo(host),
    provision: async (machine, isExpectedEnd) => {
      run.machine = machine;
      const surroundings = { ...provisionerSurroundings(run), isExpectedEnd };
      await provision(build.provisioners, machine, buildData(run), surroundings);
      run.packages = await parts.inventory?.listPackages(machine, context);
    },
  };
}

/** Returns the ending of a build with errors: `cancelled` when the run was cancelled, else `failed`. */
function failedBy(errors: readonly unknown[], artifacts: readonly Artifact[], parts: BakeParts): Ending {
  const cancelled = parts.signal.aborted || errors.some((error) => error instanceof Cancelled);
  const diagnostics = errors.flatMap((error) =>
    error instanceof InvalidTemplate ? error.diagnostics : [toDiagnostic(error)],
  );
  return { outcome: cancelled ? "cancelled" : "failed", artifacts, errors: diagnostics, parameters: [] };
}
