import { failedAs } from "../../../aws/client/errors.js";
import type { CallScope } from "../../../aws/client/session.js";
import type { FoundImage } from "../../../aws/image.js";
import { type LaunchPermissions, launchPermissions, shareImage } from "../../../aws/image-attributes.js";
import { shareSnapshot, type VolumePermissions, volumePermissions } from "../../../aws/snapshot.js";
import { type Bake, inRegion } from "../bake.js";

/**
 * Lets others launch an available image and make volumes of its snapshots, as the template says. For a finished image that was taken
 * instead of baking it is looked first who may already: so a night without a change shares nothing anew, which an account's guards
 * against sharing would tell of, and what somebody took away comes back.
 */
export async function share(bake: Bake, region: string, image: FoundImage, wasFinished: boolean): Promise<void> {
  const scope = inRegion(bake, region);
  await shareWithLaunchers(bake, scope, image, wasFinished);
  const { snapshot_users: users, snapshot_groups: groups } = bake.options;
  if (users.length === 0 && groups.length === 0) return;
  for (const id of image.snapshotIds) {
    const there = wasFinished ? await seen(volumePermissions(scope, id)) : undefined;
    const lacking: VolumePermissions = { users: without(users, there?.users), groups: without(groups, there?.groups) };
    if (isEmpty(lacking)) continue;
    bake.context.narrator.say(`Modifying attributes on snapshot (${id}) in ${region}...`);
    await shareSnapshot(scope, id, lacking);
  }
}

async function shareWithLaunchers(
  { options, context }: Bake,
  scope: CallScope,
  image: FoundImage,
  wasFinished: boolean,
): Promise<void> {
  const wanted: LaunchPermissions = {
    users: options.ami_users,
    groups: image.isPublic ? [] : options.ami_groups,
    organizationArns: options.ami_org_arns,
    organizationalUnitArns: options.ami_ou_arns,
  };
  if (isEmpty(wanted)) return;
  const there = wasFinished ? await seen(launchPermissions(scope, image.id)) : undefined;
  const lacking: LaunchPermissions = {
    users: without(wanted.users, there?.users),
    groups: without(wanted.groups, there?.groups),
    organizationArns: without(wanted.organizationArns, there?.organizationArns),
    organizationalUnitArns: without(wanted.organizationalUnitArns, there?.organizationalUnitArns),
  };
  if (isEmpty(lacking)) return;
  context.narrator.say(`Modifying attributes on AMI (${image.id}) in ${scope.region}...`);
  await shareImage(scope, image.id, lacking);
}

/** What a look tells; undefined where the caller may not look: then all is said again. */
function seen<T>(look: Promise<T>): Promise<T | undefined> {
  return look.catch((error: unknown) => {
    if (failedAs(error, "denied")) return undefined;
    throw error;
  });
}

function without(wanted: readonly string[], there: readonly string[] = []): readonly string[] {
  return wanted.filter((each) => !there.includes(each));
}

function isEmpty(permissions: LaunchPermissions | VolumePermissions): boolean {
  return Object.values(permissions).every((list) => list.length === 0);
}
