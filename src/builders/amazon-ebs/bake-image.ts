import { type Bake, together } from "./bake.js";
import { createFirstImage, type OwnedImage } from "./image/create.js";
import { chooseNetwork } from "./look/network.js";
import { clearAuthorizedKeys } from "./machine/authorized-keys.js";
import { connectToInstance } from "./machine/connect.js";
import { launchProfile } from "./machine/instance-profile.js";
import { launchKey } from "./machine/key-pair.js";
import { launch } from "./machine/launch.js";
import { provision } from "./machine/provision.js";
import { type Ingress, needsOwnGroup, securityGroups } from "./machine/security-group.js";
import { modifyInstance, stop } from "./machine/stop.js";
import { userData } from "./machine/user-data.js";
import type { Work } from "./plan.js";

/**
 * Launches, provisions, stops, and makes the image: the steps that need an instance. Undefined with `skip_create_ami`. `ingress` is
 * awaited before anything is created.
 */
export async function bakeFirstImage(
  bake: Bake,
  work: Work,
  ingress: Promise<Ingress>,
): Promise<OwnedImage | undefined> {
  const { options, context } = bake;
  const { source, tags } = work;
  const [network, allowed, data] = await together(chooseNetwork(bake), ingress, userData(bake));
  const [key, groups, profile] = await together(
    launchKey(bake, tags.run),
    securityGroups(bake, network, allowed, tags.run),
    launchProfile(bake, tags.run),
  );
  const parts = {
    source,
    keyName: key.keyName,
    groupIds: groups.ids,
    profileName: profile.name,
    userData: data,
    terminateOnShutdown: context.settings.deadManMinutes !== undefined,
    tags,
  };
  const fresh = { profile: profile.temporary, group: needsOwnGroup(bake), key: key.temporary !== undefined };
  const { instance, spot } = await launch(bake, network, parts, fresh);
  const machine = await connectToInstance(bake, { instance, key, source, followCaller: groups.followCaller });
  await provision(bake, machine, instance.id);
  await clearAuthorizedKeys(bake, machine.communicator, key.temporary);
  await machine.communicator.close();
  if (options.skip_create_ami) {
    context.narrator.say("Skipping AMI creation (skip_create_ami)...");
    return undefined;
  }
  if (!spot) {
    await stop(bake, instance.id);
    await modifyInstance(bake, instance.id);
  }
  return createFirstImage(bake, work.plan, instance.id, work.text);
}
