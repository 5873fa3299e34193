import type { FoundInstance } from "../../aws/instance.js";
import { allEnded } from "../../core/all-ended.js";
import type { Artifact } from "../../core/artifact.js";
import { runText } from "../../core/lease.js";
import type { RunBuilder } from "../../core/parts.js";
import type { Bake, ImageOfRun } from "./bake.js";
import { noImageArtifact } from "./image/artifact.js";
import { createImageOfInstance } from "./image/create.js";
import { finishImages } from "./image/finish.js";
import { chooseStartingPoint } from "./image/start.js";
import { openBuildAccount } from "./look/account.js";
import { findLaterProblems, lookBeforeLaunch } from "./look/before-launch.js";
import { findEarlierImages } from "./look/earlier-images.js";
import { planFastLaunch } from "./look/fast-launch.js";
import { chooseIngress } from "./look/ingress.js";
import { findEarlierLaunch, liveBuildTags } from "./look/live-build.js";
import { awaitLookups } from "./look/preflight/lookups.js";
import { imagesWithName, prevalidateEarly } from "./look/prevalidate.js";
import { checkRegions } from "./look/regions.js";
import { type InstanceRoute, routeOfBake } from "./look/route.js";
import { chooseSourceImage } from "./look/source-image.js";
import { clearAuthorizedKeys } from "./machine/authorized-keys.js";
import { launchMappings } from "./machine/block-devices.js";
import { connectToInstance } from "./machine/connect.js";
import { prepareProfile } from "./machine/instance-profile.js";
import { prepareKey } from "./machine/key-pair.js";
import { launchBuildInstance, typesOfBuild } from "./machine/launch.js";
import { provisionInstance } from "./machine/provision.js";
import { releaseInstance } from "./machine/release.js";
import { prepareSecurityGroups } from "./machine/security-group.js";
import { stopBuildInstance } from "./machine/stop.js";
import { deadManMinutes } from "./machine/user-data.js";
import type { AmazonEbsOptions } from "./options/schema.js";
import { type PlannedBake, planBake } from "./plan.js";
import { atRefusedOption } from "./refused-option.js";

/**
 * Bakes an AMI (Packer's amazon-ebs builder). Reads what exists and plans before anything is created. Then creates an image from an
 * instance, or resumes or reuses that of an earlier run. Then copies it to every Region and sets its attributes there.
 */
export const run: RunBuilder<AmazonEbsOptions> = async (options, context) => {
  // Read and plan.
  const bake = await openBuildAccount(options, context);
  return atRefusedOption(bake, bakeImage(bake));
};

async function bakeImage(bake: Bake): Promise<Artifact> {
  const { context } = bake;
  await checkRegions(bake);
  const route = routeOfBake(bake, chooseIngress(bake));
  const search = chooseSourceImage(bake);
  const findProblems = findLaterProblems(bake, search, route);
  const [early, source, fastLaunch, testsHash] = await awaitLookups(
    bake,
    findProblems,
    prevalidateEarly(bake),
    search,
    planFastLaunch(bake),
    Promise.resolve(context.tests?.hash()),
  );
  const fingerprint = await context.fingerprint({ sourceImageId: source.id });
  for (;;) {
    const found = await findEarlierImages(bake, fingerprint);
    const { start, earlier } = await chooseStartingPoint(bake, found, { fingerprint, source, testsHash });
    const withName = await imagesWithName(bake, early, earlier, start.existing);
    const planning = async () => planBake(bake, { source, fingerprint, testsHash, start, withName, fastLaunch });
    const [plan] = await awaitLookups(bake, findProblems, planning());
    // Create the image and its copies.
    const first = start.existing
      ? { image: start.existing.image, key: start.existing.kind === "resumed" ? start.existing.key : undefined }
      : await bakeOnInstance(bake, plan, route);
    if (first !== "yielded") return first ? finishImages(bake, plan, first, route) : noImageArtifact();
  }
}

/**
 * Runs the steps that need an instance. Returns the image created from it; undefined with `skip_create_ami`; `yielded` when another run with
 * `skip-unchanged` launched its instance for the same inputs first. Then this run's instance is released.
 */
async function bakeOnInstance(
  bake: Bake,
  plan: PlannedBake,
  route: () => Promise<InstanceRoute>,
): Promise<ImageOfRun | "yielded" | undefined> {
  const { source, metadata } = plan;
  const { tags } = metadata;
  // Nothing is created before this succeeds.
  const { chosen, userData, passwordKey } = await lookBeforeLaunch(bake, plan, route);
  const { network, access } = chosen;
  const [key, groups, profile] = await allEnded([
    prepareKey(bake, source, tags.run, passwordKey),
    prepareSecurityGroups(bake, chosen, tags.run),
    prepareProfile(bake, tags.run),
  ]);
  const liveTags = liveBuildTags(bake, plan.fingerprint);
  const launched = await launchBuildInstance(bake, {
    use: "build instance",
    imageId: source.id,
    source,
    types: typesOfBuild(bake),
    mappings: launchMappings(bake.options),
    network,
    publicAddress: access.publicAddress,
    key,
    groups,
    profile,
    userData,
    terminateOnShutdown: deadManMinutes(bake, source) !== undefined,
    tags,
    liveTags,
  });
  const { instance } = launched;
  if (await yieldsToEarlierRun(bake, plan, instance)) return "yielded";
  const machine = await connectToInstance(bake, { ...groups, instance, key, source, access, userData });
  await provisionInstance(bake, machine, { instanceId: instance.id, source });
  await clearAuthorizedKeys(bake, machine.communicator, key.isSent ? undefined : key.temporary);
  await machine.communicator.close();
  if (bake.options.skip_create_ami) {
    bake.context.narrator.say("Skipping AMI creation (skip_create_ami)...");
    return undefined;
  }
  await stopBuildInstance(bake, launched);
  return createImageOfInstance(bake, plan, instance.id);
}

/** With `skip-unchanged`: releases the instance if another run launched one for the same inputs earlier, and returns whether it did. */
async function yieldsToEarlierRun(bake: Bake, plan: PlannedBake, own: FoundInstance): Promise<boolean> {
  const earlier = await findEarlierLaunch(bake, plan.fingerprint, own);
  if (earlier === undefined) return false;
  bake.context.narrator.say(
    `Releasing instance ${own.id}: ${runText(earlier.tags)} launched ${earlier.id} for the same inputs first`,
  );
  await releaseInstance(bake);
  return true;
}
