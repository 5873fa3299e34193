import type { AmiArtifact, Artifact } from "../core/artifact.js";
import { signalWithTimeout, throwIfAborted } from "../core/clock.js";
import type { Diagnostic } from "../core/diagnostics.js";
import { Cancelled, InvalidTemplate, placed, toDiagnostic } from "../core/errors.js";
import { type Narrator, narrator } from "../core/events.js";
import type { AccountReference } from "../core/ledger.js";
import type { PackageList } from "../core/packages.js";
import type { BuilderContext, Machine, PartContext } from "../core/parts.js";
import type { ReadyBuild } from "../plan/plan.js";
import { missingRegions, removeOlder } from "./after-publish.js";
import { buildData } from "./build-data.js";
import { decideOnError } from "./on-error.js";
import type { BakeParts } from "./parts.js";
import { postProcess } from "./post-process.js";
import { provision } from "./provision.js";
import { type ReleaseStack, releaseStack } from "./releases.js";
import type { BuildResult, PublishedParameter } from "./result.js";

/** Longest that error-cleanup provisioners may take after a cancel or failure, in milliseconds. */
const ERROR_CLEANUP_LIMIT = 10 * 60_000;

/** What one build gathers on its way. */
interface Progress {
  machine: Machine | undefined;
  account: AccountReference | undefined;
  /** The image once it cannot be lost any more. */
  kept: Artifact | undefined;
  /** What was installed when the provisioners were done. */
  packages: PackageList | undefined;
  /** What completes the images, last of all. */
  readonly completions: (() => Promise<void>)[];
}

/** Runs one build: builder, provisioners, releases, post-processors, publishing. Never rejects. */
export async function runBuild(build: ReadyBuild, parts: BakeParts): Promise<BuildResult> {
  const { clock } = parts.surroundings;
  const began = clock.now();
  const narrate = narrator(parts.listeners, clock.now, build.identity.name);
  const context = partContext(build, parts, narrate);
  const progress: Progress = {
    machine: undefined,
    account: undefined,
    kept: undefined,
    packages: undefined,
    completions: [],
  };
  narrate.emit({ type: "build-started" });
  const outcome = await attempt(build, parts, context, progress);
  const result: BuildResult = { identity: build.identity, ...outcome, duration: clock.now() - began };
  const error = result.errors[0];
  narrate.emit({
    type: "build-ended",
    outcome: result.outcome,
    artifacts: result.artifacts,
    error,
  });
  return result;
}

type Ending = Omit<BuildResult, "identity" | "duration">;

async function attempt(build: ReadyBuild, parts: BakeParts, context: PartContext, progress: Progress): Promise<Ending> {
  const releases = releaseStack(context.narrator);
  let artifact: Artifact;
  try {
    throwIfAborted(parts.signal);
    const { run } = await build.kind.load();
    artifact = await run(build.options, builderContext(build, parts, context, progress, releases));
  } catch (error) {
    const failed = ending(placed(error, build.range), parts, progress.kept ? [progress.kept] : []);
    const [first] = failed.errors;
    if (first && failed.outcome === "failed") context.narrator.emit({ type: "build-failing", error: first });
    await afterFailure(error, build, parts, context, progress, releases);
    return failed;
  }
  await releaseAll(build, parts, context, releases);
  const end = await finish(artifact, build, parts, context, progress);
  await parts.inventory?.record(progress.packages, artifact, end.parameters, context);
  return end;
}

/** What follows a built artifact: post-processors, then the parameters. */
async function finish(
  artifact: Artifact,
  build: ReadyBuild,
  parts: BakeParts,
  context: PartContext,
  progress: Progress,
): Promise<Ending> {
  let artifacts: readonly Artifact[] = [artifact];
  try {
    const processed = await postProcess(
      build.postProcessors,
      artifact,
      {
        ...context,
        data: buildData(progress.machine, parts.settings.runUuid),
        childEnvironment: childEnvironment(parts, context, progress),
      },
      parts.destroy,
    );
    artifacts = processed.artifacts;
    if (processed.errors.length > 0) return endings(processed.errors, parts, artifacts);
    const parameters = artifact.kind === "ami" ? await publish(artifact, build, parts, context) : [];
    await completeAll(progress.completions);
    const missing = artifact.kind === "ami" ? missingRegions(artifact, build, parts) : [];
    if (artifact.kind === "ami" && missing.length === 0) await removeOlder(artifact, build, parts, context);
    return { outcome: missing.length > 0 ? "failed" : "succeeded", artifacts, errors: missing, parameters };
  } catch (error) {
    return ending(placed(error, build.range), parts, artifacts);
  }
}

/** The last one alone, when the others are done: as long as it has not begun, a rerun finds what it has to go on from. */
async function completeAll(completions: readonly (() => Promise<void>)[]): Promise<void> {
  await Promise.all(completions.slice(0, -1).map((complete) => complete()));
  await completions.at(-1)?.();
}

async function publish(
  artifact: AmiArtifact,
  build: ReadyBuild,
  parts: BakeParts,
  context: PartContext,
): Promise<readonly PublishedParameter[]> {
  return parts.publish ? parts.publish.run(artifact, build.identity, context) : [];
}

async function afterFailure(
  error: unknown,
  build: ReadyBuild,
  parts: BakeParts,
  context: PartContext,
  progress: Progress,
  releases: ReleaseStack,
): Promise<void> {
  const cancelled = error instanceof Cancelled || parts.signal.aborted;
  const { onError } = parts.settings;
  if (!cancelled && onError !== "abort") await runErrorCleanup(build, parts, context, progress);
  const decision = cancelled ? "cleanup" : await decideOnError(error, onError, context).catch(() => "cleanup" as const);
  if (decision === "cleanup") return releaseAll(build, parts, context, releases);
  for (const entry of openEntries(build, parts)) {
    parts.ledger.kept(entry.intent.key, `on-error ${onError}`);
    const { kind, account } = entry.intent;
    const where = account ? { region: account.region } : {};
    context.narrator.emit({
      type: "resource",
      action: "kept",
      kind,
      id: entry.id ?? entry.intent.name ?? "?",
      ...where,
      why: `on-error is ${onError}`,
    });
  }
  await releases.unwind(parts.releaseSignal);
}

/** Runs the error-cleanup provisioner while the machine can be reached (Packer §1.7, appendix A). */
async function runErrorCleanup(
  build: ReadyBuild,
  parts: BakeParts,
  context: PartContext,
  progress: Progress,
): Promise<void> {
  const { machine } = progress;
  if (!build.errorCleanup || !machine?.reachable()) return;
  context.narrator.say("Running the error-cleanup provisioner...");
  const limited = signalWithTimeout(
    parts.releaseSignal,
    ERROR_CLEANUP_LIMIT,
    parts.surroundings.clock,
    () => new Cancelled(),
  );
  try {
    await provision([build.errorCleanup], machine, buildData(progress.machine, parts.settings.runUuid), {
      ...context,
      signal: limited.signal,
      ledger: parts.ledger,
      childEnvironment: childEnvironment(parts, context, progress),
    });
  } catch (error) {
    context.narrator.emit({ type: "diagnostic", diagnostic: { ...toDiagnostic(error), severity: "warning" } });
  } finally {
    limited.done();
  }
}

function openEntries(build: ReadyBuild, parts: BakeParts) {
  return parts.ledger.entries().filter((entry) => entry.intent.build === build.identity.name && entry.state === "open");
}

async function releaseAll(
  build: ReadyBuild,
  parts: BakeParts,
  context: PartContext,
  releases: ReleaseStack,
): Promise<void> {
  await releases.unwind(parts.releaseSignal);
  await parts.release(openEntries(build, parts), context, parts.releaseSignal);
}

function builderContext(
  build: ReadyBuild,
  parts: BakeParts,
  context: PartContext,
  progress: Progress,
  releases: ReleaseStack,
): BuilderContext {
  return {
    ...context,
    ledger: parts.ledger,
    releases,
    needsMachine: build.provisioners.some((plan) => plan.kind.facts.needsMachine),
    place: build.place,
    useAccount: (account) => {
      progress.account = account;
    },
    keepImage: (artifact) => {
      progress.kept = artifact;
    },
    afterPublish: (complete) => void progress.completions.push(complete),
    fingerprint: (input) => parts.fingerprint(build, input),
    callerAddress: () => parts.callerAddress(context.signal),
    provision: async (machine) => {
      progress.machine = machine;
      await provision(build.provisioners, machine, buildData(progress.machine, parts.settings.runUuid), {
        ...context,
        ledger: parts.ledger,
        childEnvironment: childEnvironment(parts, context, progress),
      });
      progress.packages = await parts.inventory?.take(machine, context);
    },
  };
}

function partContext(build: ReadyBuild, parts: BakeParts, narrate: Narrator): PartContext {
  return {
    identity: build.identity,
    narrator: narrate,
    signal: parts.signal,
    settings: parts.settings,
    surroundings: parts.surroundings,
    range: build.range,
  };
}

/** Variables whose values a script's log must not show. */
const SECRET_VARIABLES = ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];

/**
 * What scripts on this machine reach the build's account with, and the id of the run as manifests name it; secrets are masked first,
 * as a script may print its environment.
 */
function childEnvironment(
  parts: BakeParts,
  { narrator }: PartContext,
  progress: Progress,
): () => Promise<Readonly<Record<string, string>>> {
  return async () => {
    const environment = progress.account ? await parts.childEnvironment(progress.account) : {};
    for (const name of SECRET_VARIABLES) narrator.secret(environment[name] ?? "");
    return { ...environment, PACKER_RUN_UUID: parts.settings.runUuid };
  };
}

function ending(error: unknown, parts: BakeParts, artifacts: readonly Artifact[]): Ending {
  return endings([error], parts, artifacts);
}

function endings(errors: readonly unknown[], parts: BakeParts, artifacts: readonly Artifact[]): Ending {
  const cancelled = parts.signal.aborted || errors.some((error) => error instanceof Cancelled);
  return {
    outcome: cancelled ? "cancelled" : "failed",
    artifacts,
    errors: errors.flatMap(diagnosticsOf),
    parameters: [],
  };
}

function diagnosticsOf(error: unknown): readonly Diagnostic[] {
  return error instanceof InvalidTemplate ? error.diagnostics : [toDiagnostic(error)];
}
