import type { Cloud, Region } from "./cloud.js";
import { isLiving, volumeState } from "./ec2/states.js";
import { ACCOUNT } from "./records.js";

/** What the account holds, by kind; each entry begins with its region. */
export type Holdings = Readonly<Record<string, readonly string[]>>;

/** All that the account holds now. An instance or volume that is on its way out is not held. */
export function holdings(cloud: Cloud): Holdings {
  const regions = [...cloud.regions.values()];
  const each = (list: (region: Region) => readonly string[]): readonly string[] =>
    regions.flatMap((region) => list(region).map((entry) => `${region.name}/${entry}`)).sort();
  return {
    instances: each(({ instances }) => [...instances.values()].filter(isLiving).map(({ id }) => id)),
    key_pairs: each(({ keyPairs }) => [...keyPairs.keys()]),
    security_groups: each(({ securityGroups }) =>
      [...securityGroups.values()].filter(({ name }) => name !== "default").map(({ id, name }) => `${id}:${name}`),
    ),
    volumes: each((region) => heldVolumes(cloud, region)),
    images: each(({ images }) =>
      [...images.values()].filter(({ owner }) => owner === ACCOUNT).map(({ id, name }) => `${id}:${name}`),
    ),
    snapshots: each(freeSnapshots),
    sessions: each(({ portSessions }) =>
      [...portSessions.values()].filter(({ endedAt }) => endedAt === undefined).map(({ id }) => id),
    ),
    launch_templates: each(({ launchTemplates }) => [...launchTemplates.values()].map(({ name }) => name)),
    parameters: each(({ parameters }) =>
      [...parameters.values()]
        .filter(({ isPublic, versions }) => !isPublic && versions.length > 0)
        .map(({ name, versions }) => `${name.replace(/^\//, "")}=${versions.at(-1)?.value}`),
    ),
    roles: [...cloud.roles.keys()].sort(),
    instance_profiles: [...cloud.profiles.keys()].sort(),
  };
}

function heldVolumes(cloud: Cloud, region: Region): readonly string[] {
  return [...region.volumes.values()]
    .filter((volume) => {
      const instance = region.instances.get(volume.attachment?.instanceId ?? "");
      const leaving = instance !== undefined && !isLiving(instance) && volume.attachment?.deleteOnTermination === true;
      return !leaving && volumeState(cloud, region, volume) !== "deleted";
    })
    .map(({ id }) => id);
}

/** Snapshots that no image has. */
function freeSnapshots(region: Region): readonly string[] {
  const backing = new Set(
    [...region.images.values()].flatMap(({ mappings }) => mappings.map(({ ebs }) => ebs?.snapshotId)),
  );
  return [...region.snapshots.keys()].filter((id) => !backing.has(id));
}

/** What is in one and not in the other; kinds with nothing are left out. */
export function addedTo(now: Holdings, baseline: Holdings): Holdings {
  const found: Record<string, readonly string[]> = {};
  for (const [kind, entries] of Object.entries(now)) {
    const known = new Set(baseline[kind]);
    const more = entries.filter((entry) => !known.has(entry));
    if (more.length > 0) found[kind] = more;
  }
  return found;
}
