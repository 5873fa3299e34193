import { failedAs } from "../../../aws/client/errors.js";
import type { CallScope } from "../../../aws/client/session.js";
import type { FoundImage } from "../../../aws/image.js";
import { describeLaunchPermissions, type LaunchPermissions, shareImage } from "../../../aws/image-attributes.js";
import { describeVolumePermissions, shareSnapshot, type VolumePermissions } from "../../../aws/snapshot.js";
import { type Bake, inRegion } from "../bake.js";

/**
 * Sets the launch permissions of an available image and the volume permissions of its snapshots. For a reused image it reads the
 * permissions first and adds only those that are missing: a scheduled run without changes does not repeat sharing calls, which would
 * alert tools that watch for sharing.
 */
export async function share(bake: Bake, region: string, image: FoundImage, isReused: boolean): Promise<void> {
  const scope = inRegion(bake, region);
  await addLaunchPermissions(bake, scope, image, isReused);
  const { snapshot_users: users, snapshot_groups: groups } = bake.options;
  if (users.length === 0 && groups.length === 0) return;
  for (const id of image.snapshotIds) {
    const present = isReused ? await unlessDenied(describeVolumePermissions(scope, id)) : undefined;
    const missing: VolumePermissions = {
      users: without(users, present?.users),
      groups: without(groups, present?.groups),
    };
    if (isEmpty(missing)) continue;
    bake.context.narrator.say(`Modifying attributes on snapshot (${id}) in ${region}...`);
    await shareSnapshot(scope, id, missing);
  }
}

async function addLaunchPermissions(
  { options, context }: Bake,
  scope: CallScope,
  image: FoundImage,
  isReused: boolean,
): Promise<void> {
  const required: LaunchPermissions = {
    users: options.ami_users,
    groups: image.isPublic ? [] : options.ami_groups,
    organizationArns: options.ami_org_arns,
    organizationalUnitArns: options.ami_ou_arns,
  };
  if (isEmpty(required)) return;
  const present = isReused ? await unlessDenied(describeLaunchPermissions(scope, image.id)) : undefined;
  const missing: LaunchPermissions = {
    users: without(required.users, present?.users),
    groups: without(required.groups, present?.groups),
    organizationArns: without(required.organizationArns, present?.organizationArns),
    organizationalUnitArns: without(required.organizationalUnitArns, present?.organizationalUnitArns),
  };
  if (isEmpty(missing)) return;
  context.narrator.say(`Modifying attributes on AMI (${image.id}) in ${scope.region}...`);
  await shareImage(scope, image.id, missing);
}

/** Returns undefined when the caller may not read the permissions: then all of them are set again. */
function unlessDenied<T>(read: Promise<T>): Promise<T | undefined> {
  return read.catch((error: unknown) => {
    if (failedAs(error, "denied")) return undefined;
    throw error;
  });
}

function without(required: readonly string[], present: readonly string[] = []): readonly string[] {
  return required.filter((each) => !present.includes(each));
}

function isEmpty(permissions: LaunchPermissions | VolumePermissions): boolean {
  return Object.values(permissions).every((list) => list.length === 0);
}
