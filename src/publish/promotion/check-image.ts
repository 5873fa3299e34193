import type { CallScope } from "../../aws/client/session.js";
import { imageById } from "../../aws/image.js";
import { launchPermissions } from "../../aws/image-attributes.js";
import { TAG } from "../../core/ownership.js";
import type { MoveKind } from "./note.js";

/**
 * What keeps an image from being promoted in its region, or rolled back to; empty when nothing does. `accounts` must be able to
 * launch it. A deprecated image can be launched still: it is no reason against going back in a hurry.
 */
export async function imageObstacles(
  scope: CallScope,
  imageId: string,
  accounts: readonly string[],
  kind: MoveKind,
): Promise<readonly string[]> {
  const image = await imageById(scope, imageId);
  if (image === undefined) return [`there is no image ${imageId}, or it is disabled or not shared with this account`];
  if (image.state !== "available") return [`${imageId} is not available: it is ${image.state}`];
  const found: string[] = [];
  if (
    kind === "promote" &&
    image.deprecatesAt !== undefined &&
    Date.parse(image.deprecatesAt) <= scope.session.clock.now()
  ) {
    found.push(`${imageId} is deprecated since ${image.deprecatesAt}`);
  }
  const unfinished = image.tags[TAG.unfinished];
  if (unfinished !== undefined) found.push(`${imageId} is not finished (${unfinished}): run its bake again`);
  if (accounts.length === 0) return found;
  const { users, groups } = await launchPermissions(scope, imageId);
  const without = accounts.filter((account) => account !== image.owner && !users.includes(account));
  if (without.length > 0 && !groups.includes("all")) {
    found.push(`${imageId} is not shared with ${without.join(", ")}: add them to ami_users and bake again`);
  }
  return found;
}
