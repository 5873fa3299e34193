import { failedAs } from "../../../aws/client/errors.js";
import type { Circumstance } from "../../../aws/client/temporary-errors.js";
import type { FoundImage } from "../../../aws/image.js";
import { type BlockDeviceMapping, type FoundInstance, runInstance, waitUntilRunning } from "../../../aws/instance.js";
import { describeZonesOffering } from "../../../aws/network.js";
import type { ResourceTags } from "../../../aws/tags.js";
import { acquire } from "../../../cleanup/acquire.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import { preloadSsh } from "../../connect.js";
import { preloadWinrm } from "../../connect-winrm.js";
import { runBuilderStep } from "../../step.js";
import { type Bake, inRegion } from "../bake.js";
import type { LaunchNetwork } from "../look/network.js";
import { isSpot } from "../options/spot.js";
import type { RenderedTags } from "../tags.js";
import { explainMismatch } from "./architecture-mismatch.js";
import type { LaunchProfile } from "./instance-profile.js";
import type { LaunchKey } from "./key-pair.js";
import { instanceTypes, type LaunchParts, launchedTags, launchInput, type Place } from "./launch-input.js";
import type { LaunchGroups } from "./security-group.js";
import { whyNoTokens } from "./source-system.js";

/** A running instance. */
export interface LaunchedInstance {
  readonly instance: FoundInstance;
  readonly spot: boolean;
}

/** What to launch the instance with. */
export interface InstanceRequest {
  /** Its use, for messages: `build instance`. */
  readonly use: string;
  readonly imageId: string;
  /** The image that the system comes from; for a build it is the image to launch. */
  readonly source: FoundImage;
  /** The types to try, the preferred one first. */
  readonly types: readonly string[];
  /** Block devices that differ from those of the image. */
  readonly mappings: readonly BlockDeviceMapping[];
  readonly network: LaunchNetwork;
  /** Whether the instance gets a public address; undefined leaves it to the subnet. */
  readonly publicAddress: boolean | undefined;
  readonly key: LaunchKey;
  readonly groups: LaunchGroups;
  readonly profile: LaunchProfile;
  /** Base64. */
  readonly userData: string | undefined;
  /** Whether the instance terminates when it is shut down. */
  readonly terminateOnShutdown: boolean;
  readonly tags: RenderedTags;
  /** Tags of the instance alone, by which other runs find it; empty for none. */
  readonly liveTags: ResourceTags;
}

/** Launches the instance of the build, as `launchInstance` does. */
export async function launchBuildInstance(bake: Bake, request: InstanceRequest): Promise<LaunchedInstance> {
  const { context, options } = bake;
  return runBuilderStep(context, "launch", "Launching the instance", async () => {
    const { narrator } = context;
    narrator.say(isSpot(options) ? "Launching a spot AWS instance..." : "Launching a source AWS instance...");
    for (const [key, value] of Object.entries(request.tags.run)) narrator.message(`Adding tag: "${key}": "${value}"`);
    sayTokensOptional(bake, request.source);
    return launchInstance(bake, request);
  });
}

/**
 * Launches an instance and waits until it runs. If a place has no capacity, the next one is tried with a new client token: all types in
 * order in a zone that EC2 chooses, then each type zone by zone. On-demand follows spot only with `spot-fallback`. `onLaunched` is called
 * with the ID as soon as EC2 accepts a launch.
 */
export async function launchInstance(
  bake: Bake,
  request: InstanceRequest,
  onLaunched: (id: string) => void = () => undefined,
): Promise<LaunchedInstance> {
  const { context, options } = bake;
  const refusals: Refusal[] = [];
  let last: unknown;
  for await (const place of placesToTry(bake, request)) {
    context.surroundings.debug(() => `Launching ${placeName(place)}${place.subnetId ? ` in ${place.subnetId}` : ""}`);
    try {
      const id = await launchAt(bake, request, place);
      onLaunched(id);
      // Loads the client while the instance boots, so that neither the launch nor the connection waits for it.
      if (options.communicator === "ssh") preloadSsh();
      if (options.communicator === "winrm") preloadWinrm();
      return { instance: await waitUntilRunning(inRegion(bake), id), spot: place.spot };
    } catch (error) {
      if (!isCapacity(error)) throw await explainMismatch(inRegion(bake), place.instanceType, error);
      last = error;
      refusals.push({ place: placeName(place), reason: messageOf(error) });
      context.narrator.message(`No capacity for ${placeName(place)}: ${messageOf(error)}`);
    }
  }
  throw noCapacity(bake, request.use, refusals, last);
}

/** Says that IMDSv2 is not required on an old source image, and why. */
function sayTokensOptional({ context, options }: Bake, source: FoundImage): void {
  const given = options.metadata_options;
  const why = whyNoTokens(source);
  if (why === undefined || given?.http_tokens || given?.http_endpoint === "disabled") return;
  context.narrator.message(
    `IMDSv2 is optional on the instance, because ${source.id} may not support it: ${why}. "http_tokens": "required" requires it`,
  );
}

/**
 * Yields the places, the preferred one first. Other subnets that the template allows, and zones where it sets neither, are requested only
 * after the first choice had no capacity.
 */
async function* placesToTry(bake: Bake, { network, types }: InstanceRequest): AsyncGenerator<Place> {
  const { context } = bake;
  const markets = isSpot(bake.options) ? (context.settings.spotFallback ? [true, false] : [true]) : [false];
  const { subnetId, zone, alternatives } = network;
  for (const spot of markets) {
    if (!spot && isSpot(bake.options))
      context.narrator.say("No spot capacity: launching an on-demand instance (spot-fallback)...");
    for (const instanceType of types) yield { instanceType, spot, subnetId, zone };
    for (const subnet of alternatives)
      for (const instanceType of types) yield { instanceType, spot, subnetId: subnet.id, zone: subnet.zone };
    if (subnetId !== undefined || zone !== undefined) continue;
    for (const instanceType of types) {
      const zones = await describeZonesOffering(inRegion(bake), instanceType);
      for (const other of zones) yield { instanceType, spot, subnetId: undefined, zone: other };
    }
  }
}

async function launchAt(bake: Bake, request: InstanceRequest, place: Place): Promise<string> {
  const { context, session, options } = bake;
  const scope = inRegion(bake);
  const parts: LaunchParts = {
    imageId: request.imageId,
    source: request.source,
    mappings: request.mappings,
    keyName: request.key.keyName,
    groupIds: request.groups.ids,
    publicAddress: request.publicAddress,
    profileName: request.profile.name,
    userData: request.userData,
    terminateOnShutdown: request.terminateOnShutdown,
    tags: request.tags,
    liveTags: request.liveTags,
  };
  const where = { ...(place.zone ? { zone: place.zone } : {}), ...(place.subnetId ? { subnet: place.subnetId } : {}) };
  const { id, tags: marks } = await acquire({
    context,
    session,
    kind: "instance",
    region: session.region,
    details: { type: place.instanceType, ...where },
    create: async (stamp) => {
      const input = launchInput(options, parts, place, stamp.tags);
      return (await runInstance(scope, input, stamp.token, created(request))).id;
    },
  });
  if (Object.keys(request.liveTags).length > 0)
    bake.leases.renew(session.region, id, launchedTags(request, place.spot, marks));
  context.narrator.message(`Instance ID: ${id}`);
  context.narrator.say(`Waiting for instance (${id}) to become ready...`);
  return id;
}

/** Returns what was just created for the launch: EC2 may not find it yet. */
function created({ groups, key, profile }: InstanceRequest): readonly Circumstance[] {
  return [
    ...(groups.temporary ? (["new group"] as const) : []),
    ...(key.temporary === undefined ? [] : (["new key pair"] as const)),
    ...(profile.temporary ? (["new instance profile"] as const) : []),
  ];
}

/** Returns the instance types of a build, the preferred one first. */
export function typesOfBuild({ options }: Bake): readonly string[] {
  return instanceTypes(options);
}

function isCapacity(error: unknown): boolean {
  return failedAs(error, "capacity") || (error instanceof BakeError && error.code === "instance-no-capacity");
}

function placeName(place: Place): string {
  return [place.spot ? "spot" : "on-demand", place.instanceType, place.zone].filter(Boolean).join(" ");
}

/** A place that was tried, and EC2's error. */
interface Refusal {
  readonly place: string;
  readonly reason: string;
}

function noCapacity(bake: Bake, use: string, refusals: readonly Refusal[], cause: unknown): BakeError {
  const reasons = [...new Set(refusals.map(({ reason }) => reason))];
  const spot = isSpot(bake.options) && !bake.context.settings.spotFallback;
  return new BakeError(`EC2 has no capacity for the ${use} in ${bake.session.region}: ${reasons.join("; ")}`, {
    code: "no-capacity",
    region: bake.session.region,
    detail: `Tried: ${refusals.map(({ place }) => place).join(", ")}`,
    cause,
    hint: spot
      ? 'Add types to "spot_instance_types", or set "spot-fallback" to allow an on-demand instance.'
      : 'Set another "instance_type", "availability_zone" or subnet, or try again later.',
  });
}
