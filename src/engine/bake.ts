import { rm } from "node:fs/promises";
import { openSessionFor } from "../aws/client/open-session.js";
import { bake } from "../bake/bake.js";
import type { BakeResult } from "../bake/contract.js";
import { releaseEntries, warnOfLostRecords } from "../cleanup/release.js";
import type { Artifact } from "../core/artifact.js";
import { systemClock } from "../core/clock.js";
import { messageOf } from "../core/errors.js";
import { narrator } from "../core/events.js";
import { openLedger } from "../core/ledger.js";
import type { PostProcessorContext } from "../core/parts.js";
import type { PermissionScope } from "../core/permissions.js";
import { fingerprints } from "../fingerprint/fingerprint.js";
import type { BakePlan } from "../plan/plan.js";
import type { BakeRun, EngineSetting } from "./api.js";
import { addressService, callerAddressFinder, loggedService } from "./caller-address.js";
import { routeTo } from "./host-route.js";
import { imageTesting } from "./image-tests.js";
import { inventory, publishing, retaining } from "./publishing.js";
import type { BakeRequest } from "./request.js";
import { runSettings, runSurroundings } from "./run.js";
import { limitSession } from "./session-policy.js";

/** Returns what the bake of a plan calls. */
async function sessionStatements(plan: BakePlan, request: BakeRequest, scope: PermissionScope) {
  const { statementsOf } = await import("./policy.js");
  return (await statementsOf(plan, request, { ...scope, region: scope.defaultRegion })).run;
}

/** Bakes a plan with the account, the ledger and publishing of the run. */
export async function bakePlan(
  plan: BakePlan,
  request: BakeRequest,
  run: BakeRun,
  given: EngineSetting,
): Promise<BakeResult> {
  const setting = await limitSession(given, (scope) => sessionStatements(plan, request, scope));
  const { env, interruption } = setting;
  const settings = runSettings(request, run.owner, run.ask !== undefined);
  const narrate = narrator(run.listeners, systemClock.now, undefined, run.secrets);
  const surroundings = { ...runSurroundings(request, narrate, setting, run.credentials), ask: run.ask };
  const ledger = openLedger(run.ledger, systemClock.now, [], (error) => warnOfLostRecords(narrate, error));
  return bake(plan, {
    settings,
    surroundings,
    listeners: run.listeners,
    secrets: run.secrets,
    ledger,
    signal: interruption.signal,
    releaseSignal: interruption.releaseSignal,
    parallelBuilds: request.parallelBuilds,
    release: async (entries, context, signal) => {
      await releaseEntries(entries, {
        ledger,
        narrator: context.narrator,
        now: systemClock.now,
        signal,
        env,
        openSession: (account) => openSessionFor(account, surroundings),
      });
    },
    childEnvironment: async (account) => {
      const session = openSessionFor(account, surroundings);
      try {
        return await session.environment();
      } finally {
        session.close();
      }
    },
    fingerprint: fingerprints(plan, { settings, surroundings }),
    callerAddress: callerAddressFinder(loggedService(addressService(env), setting)),
    routeTo,
    publish: publishing(plan, request, surroundings),
    tests: imageTesting(request),
    inventory: inventory(request, surroundings, run.packageDirectory),
    retain: retaining(request, surroundings),
    destroy: destroyArtifact,
  });
}

/**
 * Removes an artifact that a post-processor replaced and that is not kept (Packer §1.8): local files, or an image of a container
 * engine. An image that cannot be removed, because it has other names or containers, is kept with a warning.
 */
export async function destroyArtifact(artifact: Artifact, context: PostProcessorContext): Promise<void> {
  if (artifact.kind === "files") {
    await Promise.all(artifact.files.map((file) => rm(file, { force: true, recursive: true })));
  }
  if (artifact.kind !== "docker-image") return;
  const { DEFAULT_CLIENT } = await import("../docker/engine.js");
  const { removeImage } = await import("../docker/images.js");
  const engine = { program: artifact.program ?? DEFAULT_CLIENT, env: context.surroundings.env };
  try {
    await removeImage(engine, artifact.imageId, context.signal);
  } catch (error) {
    if (context.signal.aborted) throw error;
    context.narrator.warn({ code: "image-kept", summary: messageOf(error) });
  }
}
