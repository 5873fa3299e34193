import { describeFastLaunch, enableFastLaunch, hasFastLaunch, waitForFastLaunch } from "../../../aws/fast-launch.js";
import type { FoundImage } from "../../../aws/image.js";
import { type Bake, inRegion } from "../bake.js";
import type { PlannedBake } from "../plan.js";

/**
 * Enables fast launch of a Region's available image. With `wait_until_enabled` it also waits until EC2 has created the snapshots, and
 * throws a `BakeError` when EC2 cannot. An image of an earlier run that has fast launch already is not changed.
 */
export async function setFastLaunch(bake: Bake, plan: PlannedBake, region: string, image: FoundImage): Promise<void> {
  const settings = plan.fastLaunch.get(region);
  if (!settings) return;
  const { narrator } = bake.context;
  const scope = inRegion(bake, region);
  const isEarlier = plan.start.existing !== undefined;
  if (!isEarlier || !hasFastLaunch(await describeFastLaunch(scope, image.id))) {
    narrator.say(`Enabling fast boot for AMI ${image.id} in region ${region}`);
    await enableFastLaunch(scope, image.id, settings);
  }
  if (!bake.options.fast_launch?.wait_until_enabled) {
    narrator.message(
      `EC2 creates the snapshots for fast launch of ${image.id} in ${region} later. "wait_until_enabled" waits for them`,
    );
    return;
  }
  narrator.say(`Waiting for fast launch to become ready on AMI ${image.id} in region ${region}...`);
  await waitForFastLaunch(scope, image.id);
}
