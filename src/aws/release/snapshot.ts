import { DescribeSnapshotsCommand } from "@aws-sdk/client-ec2";
import type { CallScope } from "../client/session.js";
import { type FoundImage, ownImages } from "../image.js";
import { deleteSnapshot } from "../snapshot.js";
import type { ReleaseContext, ReleaseHandler } from "./handler.js";

const scopeOf = ({ session, signal }: ReleaseContext): CallScope => ({ session, region: session.region, signal });

const imagesBy = (context: ReleaseContext, filters: Parameters<typeof ownImages>[1]): Promise<readonly FoundImage[]> =>
  ownImages(scopeOf(context), filters, "with disabled ones");

/** A snapshot that carries our key. */
async function tagged(key: string, context: ReleaseContext): Promise<string | undefined> {
  const ec2 = await context.session.ec2();
  const filters = [{ Name: "tag:bake-ami:key", Values: [key] }];
  const answer = await ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ["self"], Filters: filters }), context.signal);
  return answer.Snapshots?.[0]?.SnapshotId;
}

/**
 * Snapshots of our own making; and those that were to go with an image that is replaced, whoever made it: the intent's name is the
 * snapshot, its detail `image` the image. Such a one is found only once its image is gone, and stays when another image has it.
 */
export const snapshotRelease: ReleaseHandler = {
  async find({ key, name, details }, context) {
    if (details?.image === undefined) return tagged(key, context);
    const there = await imagesBy(context, [{ Name: "image-id", Values: [details.image] }]);
    return there.some(({ state }) => state !== "deregistered") ? undefined : name;
  },

  async keeps(id, { details }, context) {
    if (details?.image === undefined) return undefined;
    const user = (await imagesBy(context, [])).find(
      (image) => image.id !== details.image && image.snapshotIds.includes(id),
    );
    return user && `used by ${user.id}`;
  },

  async release(id, _intent, context) {
    await deleteSnapshot(scopeOf(context), id);
  },
};
