import { failedAs } from "../../../aws/client/errors.js";
import type { CallScope } from "../../../aws/client/session.js";
import type { FoundImage } from "../../../aws/image.js";
import { describeLaunchPermissions, shareImage } from "../../../aws/image-attributes.js";
import { describeVolumePermissions, shareSnapshot } from "../../../aws/snapshot.js";
import { type Bake, inRegion } from "../bake.js";
import { missingLaunchPermissions, missingVolumePermissions, sharesNothing } from "../look/missing-attributes.js";

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
    const missing = missingVolumePermissions(bake.options, present);
    if (sharesNothing(missing)) continue;
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
  if (sharesNothing(missingLaunchPermissions(options, image, undefined))) return;
  const present = isReused ? await unlessDenied(describeLaunchPermissions(scope, image.id)) : undefined;
  const missing = missingLaunchPermissions(options, image, present);
  if (sharesNothing(missing)) return;
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
