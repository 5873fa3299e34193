import {
  DeleteSnapshotCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  type Image,
} from "@aws-sdk/client-ec2";
import { TAG } from "../../core/ownership.js";
import { failedAs } from "../client/errors.js";
import { type ReleaseContext, type ReleaseHandler, withKey } from "./handler.js";

async function describe(context: ReleaseContext, input: DescribeImagesCommand["input"]): Promise<Image | undefined> {
  const ec2 = await context.session.ec2();
  try {
    const answer = await ec2.send(new DescribeImagesCommand({ ...input, Owners: ["self"] }), context.signal);
    return answer.Images?.[0];
  } catch (error) {
    if (failedAs(error, "not-found")) return undefined;
    throw error;
  }
}

/** Snapshots of an image: those it names, and those that carry our key (a pending image names none yet). */
async function snapshotsOf(image: Image | undefined, key: string, context: ReleaseContext): Promise<Set<string>> {
  const ids = [
    ...(key === "" ? [] : await taggedSnapshots(key, context)),
    ...(image?.BlockDeviceMappings ?? []).map((mapping) => mapping.Ebs?.SnapshotId),
  ];
  return new Set(ids.filter((id): id is string => id !== undefined && id !== ""));
}

async function taggedSnapshots(key: string, context: ReleaseContext): Promise<(string | undefined)[]> {
  const ec2 = await context.session.ec2();
  const filters = [withKey(key)];
  const tagged = await ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ["self"], Filters: filters }), context.signal);
  return (tagged.Snapshots ?? []).map((snapshot) => snapshot.SnapshotId);
}

/** Deletes snapshots; one that another image uses stays. */
async function deleteSnapshots(ids: Iterable<string>, context: ReleaseContext): Promise<void> {
  const ec2 = await context.session.ec2();
  for (const id of ids) {
    try {
      await ec2.send(new DeleteSnapshotCommand({ SnapshotId: id }), context.signal);
    } catch (error) {
      if (!failedAs(error, "not-found", "in-use")) throw error;
    }
  }
}

/** Unfinished images and copies: found by our key, deregistered, their snapshots deleted (also those of a pending image). */
export const imageRelease: ReleaseHandler = {
  async find(intent, context) {
    const image = await describe(context, { Filters: [withKey(intent.key)] });
    return image?.ImageId;
  },

  /**
   * An image that became available is a bake: it stays with its mark, and a rerun goes on from it. One without our key was finished
   * by another run meanwhile, and one that is protected from deregistration lacks no more than that its mark is taken off. A copy
   * that is not finished is made again from its source, and what its copies have superseded is no longer needed.
   */
  async keeps(id, intent, context) {
    const image = await describe(context, { ImageIds: [id] });
    if (image?.State !== "available") return undefined;
    if (!(image.Tags ?? []).some((tag) => tag.Key === TAG.key && tag.Value === intent.key))
      return "finished by another run";
    const { source, superseded } = intent.details ?? {};
    const isProtected = (image.DeregistrationProtection ?? "disabled") !== "disabled";
    if (isProtected) return "protected from deregistration: a rerun goes on from it";
    return source === undefined && superseded === undefined ? "available: a rerun goes on from it" : undefined;
  },

  async release(id, intent, context) {
    const ec2 = await context.session.ec2();
    const image = await describe(context, { ImageIds: [id] });
    const before = await snapshotsOf(image, intent.key, context);
    try {
      await ec2.send(new DeregisterImageCommand({ ImageId: id }), context.signal);
    } catch (error) {
      if (!failedAs(error, "not-found")) throw error;
    }
    const after = await snapshotsOf(undefined, intent.key, context);
    await deleteSnapshots(new Set([...before, ...after]), context);
  },
};
