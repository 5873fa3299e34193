import { AwsError, failedAs } from "../../../aws/client/errors.js";
import { NOT_YET_VISIBLE } from "../../../aws/client/wait.js";
import { type FoundInstance, runInstance, waitUntilRunning } from "../../../aws/instance.js";
import { zonesOffering } from "../../../aws/network.js";
import { acquire } from "../../../cleanup/acquire.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import { preloadSsh } from "../../connect.js";
import { runStep } from "../../step.js";
import { type Bake, inRegion } from "../bake.js";
import type { Network } from "../look/network.js";
import { isSpot } from "../options/spot.js";
import { type LaunchParts, launchInput, type Place } from "./launch-input.js";

/** A running instance. */
export interface Launched {
  readonly instance: FoundInstance;
  readonly spot: boolean;
}

/** What this bake made a moment ago, so that EC2 may not know it yet. */
export interface Fresh {
  readonly profile: boolean;
  readonly group: boolean;
  readonly key: boolean;
}

/**
 * Launches the instance and waits until it runs. Where a place has no capacity the next one is tried, each with a token of its
 * own: types in the template's order, each first where EC2 likes, then zone by zone; on-demand after spot only when the run
 * allows it.
 */
export async function launch(bake: Bake, network: Network, parts: LaunchParts, fresh: Fresh): Promise<Launched> {
  return runStep(bake.context, "launch", "Launching the instance", async () => {
    const { narrator } = bake.context;
    narrator.say(isSpot(bake.options) ? "Launching a spot AWS instance..." : "Launching a source AWS instance...");
    for (const [key, value] of Object.entries(parts.tags.run)) narrator.message(`Adding tag: "${key}": "${value}"`);
    const refusals: Refusal[] = [];
    let last: unknown;
    for await (const place of placesToTry(bake, network)) {
      try {
        const id = await launchAt(bake, parts, place, fresh);
        // The SSH library is loaded while the instance boots: neither the launch nor the connection waits for it.
        if (bake.options.communicator === "ssh") preloadSsh();
        return { instance: await waitUntilRunning(inRegion(bake), id), spot: place.spot };
      } catch (error) {
        if (!isCapacity(error)) throw error;
        last = error;
        refusals.push({ place: placeName(place), reason: messageOf(error) });
        narrator.message(`No capacity for ${placeName(place)}: ${messageOf(error)}`);
      }
    }
    throw noCapacity(bake, refusals, last);
  });
}

/** The places, most wanted first; zones are looked up only once EC2's own choice had no capacity. */
async function* placesToTry(bake: Bake, network: Network): AsyncGenerator<Place> {
  const { options, context } = bake;
  const types = options.spot_instance_types.length > 0 ? options.spot_instance_types : [options.instance_type ?? ""];
  const markets = isSpot(bake.options) ? (context.settings.spotFallback ? [true, false] : [true]) : [false];
  const fixed = network.subnetId !== undefined || network.zone !== undefined;
  for (const spot of markets) {
    if (!spot && isSpot(bake.options))
      context.narrator.say("No spot capacity: launching an on-demand instance (spot-fallback)...");
    for (const instanceType of types) {
      yield { instanceType, spot, subnetId: network.subnetId, zone: network.zone };
    }
    if (fixed) continue;
    for (const instanceType of types) {
      const zones = await zonesOffering(inRegion(bake), instanceType);
      for (const zone of zones) yield { instanceType, spot, subnetId: undefined, zone };
    }
  }
}

async function launchAt(bake: Bake, parts: LaunchParts, place: Place, fresh: Fresh): Promise<string> {
  const { context, session } = bake;
  const scope = inRegion(bake);
  const where = { ...(place.zone ? { zone: place.zone } : {}), ...(place.subnetId ? { subnet: place.subnetId } : {}) };
  const { id } = await acquire({
    context,
    session,
    kind: "instance",
    region: session.region,
    details: { type: place.instanceType, ...where },
    create: async (stamp) => {
      const input = launchInput(bake.options, parts, place, stamp.tags);
      const instance = await untilKnown(bake, fresh, () => runInstance(scope, input, stamp.token));
      return instance.id;
    },
  });
  context.narrator.message(`Instance ID: ${id}`);
  context.narrator.say(`Waiting for instance (${id}) to become ready...`);
  return id;
}

/** What was made just now is refused as unknown for a while, up to two minutes (EC2 and IAM eventual consistency). */
async function untilKnown<T>(bake: Bake, fresh: Fresh, run: () => Promise<T>): Promise<T> {
  const { clock } = bake.session;
  const until = clock.now() + NOT_YET_VISIBLE;
  for (let wait = 500; ; wait = Math.min(wait * 1.5, 5000)) {
    try {
      return await run();
    } catch (error) {
      if (!isTooFresh(error, fresh) || clock.now() >= until) throw error;
      await clock.sleep(wait, bake.context.signal);
    }
  }
}

function isTooFresh(error: unknown, fresh: Fresh): boolean {
  if (!(error instanceof AwsError)) return false;
  if (fresh.group && error.awsCode === "InvalidGroup.NotFound") return true;
  if (fresh.key && error.awsCode === "InvalidKeyPair.NotFound") return true;
  return fresh.profile && /iam.?instance.?profile/i.test(error.awsMessage);
}

function isCapacity(error: unknown): boolean {
  return failedAs(error, "capacity") || (error instanceof BakeError && error.code === "instance-no-capacity");
}

function placeName(place: Place): string {
  return [place.spot ? "spot" : "on-demand", place.instanceType, place.zone].filter(Boolean).join(" ");
}

/** A place that was tried, and what EC2 said to it. */
interface Refusal {
  readonly place: string;
  readonly reason: string;
}

function noCapacity(bake: Bake, refusals: readonly Refusal[], cause: unknown): BakeError {
  const reasons = [...new Set(refusals.map(({ reason }) => reason))];
  const spot = isSpot(bake.options) && !bake.context.settings.spotFallback;
  return new BakeError(`no capacity for the build instance in ${bake.session.region}: ${reasons.join("; ")}`, {
    code: "no-capacity",
    region: bake.session.region,
    detail: `Tried: ${refusals.map(({ place }) => place).join(", ")}`,
    cause,
    hint: spot
      ? "Give more spot_instance_types, or allow an on-demand instance with the input spot-fallback."
      : "Give another instance_type, availability_zone or subnet, or try again later.",
  });
}
