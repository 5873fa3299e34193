import {
  DeleteKeyPairCommand,
  DeleteLaunchTemplateCommand,
  DeleteSecurityGroupCommand,
  DeleteVolumeCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  type Image,
  type Instance,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { TAG } from "../../core/ownership.js";
import { type ProbeResult, poll } from "../../core/poll.js";
import { ifFound } from "../client/errors.js";
import type { CallScope } from "../client/session.js";
import { INTERVALS } from "../client/wait.js";
import { describeOwnImages, type FoundImage } from "../image.js";
import { deleteSnapshot, deleteSnapshots } from "../snapshot.js";
import { deleteOnceFree, type ReleaseContext, type ReleaseHandler, withKey } from "./handler.js";

const scopeOf = ({ session, signal }: ReleaseContext): CallScope => ({ session, region: session.region, signal });

async function describeInstances(
  context: ReleaseContext,
  input: DescribeInstancesCommand["input"],
): Promise<Instance[]> {
  const ec2 = await context.session.ec2();
  const response = await ifFound(ec2.send(new DescribeInstancesCommand(input), context.signal));
  return (response?.Reservations ?? []).flatMap(({ Instances }) => Instances ?? []);
}

/** Instances: found by client token and terminated. Waits for the end, because their groups cannot be deleted earlier. */
const instanceRelease: ReleaseHandler = {
  async find(intent, context) {
    const { token, key } = intent;
    const filters = [token ? { Name: "client-token", Values: [token] } : withKey(key)];
    const byToken = await describeInstances(context, { Filters: filters });
    const found = byToken.length > 0 ? byToken : await describeInstances(context, { Filters: [withKey(key)] });
    return found.find((instance) => instance.State?.Name !== "terminated")?.InstanceId;
  },

  async release(id, _intent, context) {
    const { session, signal } = context;
    const ec2 = await session.ec2();
    const response = await ifFound(ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }), signal));
    if (!response || response.TerminatingInstances?.[0]?.CurrentState?.Name === "terminated") return;
    await poll<void>({
      clock: session.clock,
      signal,
      interval: INTERVALS.power,
      random: session.random,
      onDeadline: () => new Error("unreachable: no deadline is set"),
      onProgress: (elapsed) => context.onProgress(`instance ${id} is terminating`, elapsed),
      probe: async (): Promise<ProbeResult<void>> => {
        const [instance] = await describeInstances(context, { InstanceIds: [id] });
        return !instance || instance.State?.Name === "terminated"
          ? { state: "done", value: undefined }
          : { state: "waiting" };
      },
    });
  },
};

/** Key pairs: found and deleted by their unique name. */
const keyPairRelease: ReleaseHandler = {
  async find(intent, { session, signal }) {
    const ec2 = await session.ec2();
    const filters = [withKey(intent.key)];
    const response = await ec2.send(new DescribeKeyPairsCommand({ Filters: filters }), signal);
    return response.KeyPairs?.[0]?.KeyName;
  },

  async release(id, intent, { session, signal }) {
    const ec2 = await session.ec2();
    const target =
      id.startsWith("key-") && intent.name === undefined ? { KeyPairId: id } : { KeyName: intent.name ?? id };
    await ifFound(ec2.send(new DeleteKeyPairCommand(target), signal));
  },
};

/** Security groups: found by our key. The deletion is retried while an instance or network interface uses them. */
const securityGroupRelease: ReleaseHandler = {
  async find(intent, { session, signal }) {
    const ec2 = await session.ec2();
    const filters = [withKey(intent.key)];
    const response = await ec2.send(new DescribeSecurityGroupsCommand({ Filters: filters }), signal);
    return response.SecurityGroups?.[0]?.GroupId;
  },

  async release(id, _intent, context) {
    const ec2 = await context.session.ec2();
    const command = new DeleteSecurityGroupCommand({ GroupId: id });
    const remove = () => ec2.send(command, context.signal);
    await deleteOnceFree({ what: `security group ${id}`, action: "DeleteSecurityGroup", delete: remove }, context);
  },
};

/** Volumes that are left after their instance: deleted when they are detached. */
const volumeRelease: ReleaseHandler = {
  async find(intent, { session, signal }) {
    const ec2 = await session.ec2();
    const filters = [withKey(intent.key)];
    return (await ec2.send(new DescribeVolumesCommand({ Filters: filters }), signal)).Volumes?.[0]?.VolumeId;
  },

  async release(id, _intent, context) {
    const ec2 = await context.session.ec2();
    const command = new DeleteVolumeCommand({ VolumeId: id });
    const remove = () => ec2.send(command, context.signal);
    await deleteOnceFree({ what: `volume ${id}`, action: "DeleteVolume", delete: remove }, context);
  },
};

/** Temporary launch templates. */
const launchTemplateRelease: ReleaseHandler = {
  async find(intent, { session, signal }) {
    const ec2 = await session.ec2();
    const filters = [withKey(intent.key)];
    const response = await ec2.send(new DescribeLaunchTemplatesCommand({ Filters: filters }), signal);
    return response.LaunchTemplates?.[0]?.LaunchTemplateId;
  },

  async release(id, _intent, { session, signal }) {
    const ec2 = await session.ec2();
    await ifFound(ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: id }), signal));
  },
};

async function describeImage(
  context: ReleaseContext,
  input: DescribeImagesCommand["input"],
): Promise<Image | undefined> {
  const ec2 = await context.session.ec2();
  const response = await ifFound(ec2.send(new DescribeImagesCommand({ ...input, Owners: ["self"] }), context.signal));
  return response?.Images?.[0];
}

/** Returns the snapshots of an image: those it lists, and those that have our key (a pending image lists none yet). */
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

/** Unfinished images and copies: found by our key and deregistered. Their snapshots are deleted, also those of a pending image. */
const imageRelease: ReleaseHandler = {
  async find(intent, context) {
    const image = await describeImage(context, { Filters: [withKey(intent.key)] });
    return image?.ImageId;
  },

  /**
   * An available image is kept with its tags, because a rerun resumes from it. An image without our key was finished by another run.
   * An image with deregistration protection is complete except for the removal of its tags. An unfinished copy is not kept: a rerun
   * copies again from its source. An intermediate image is not needed when its copies exist.
   */
  async keeps(id, intent, context) {
    const image = await describeImage(context, { ImageIds: [id] });
    if (image?.State !== "available") return undefined;
    if (!(image.Tags ?? []).some((tag) => tag.Key === TAG.key && tag.Value === intent.key))
      return "finished by another run";
    const { source, superseded } = intent.details ?? {};
    const isProtected = (image.DeregistrationProtection ?? "disabled") !== "disabled";
    if (isProtected) return "protected from deregistration: a rerun resumes from it";
    return source === undefined && superseded === undefined ? "available: a rerun resumes from it" : undefined;
  },

  async release(id, intent, context) {
    const ec2 = await context.session.ec2();
    const image = await describeImage(context, { ImageIds: [id] });
    const before = await snapshotsOf(image, intent.key, context);
    await ifFound(ec2.send(new DeregisterImageCommand({ ImageId: id }), context.signal));
    const after = await snapshotsOf(undefined, intent.key, context);
    await deleteSnapshots(scopeOf(context), [...new Set([...before, ...after])]);
  },
};

const imagesBy = (
  context: ReleaseContext,
  filters: Parameters<typeof describeOwnImages>[1],
): Promise<readonly FoundImage[]> => describeOwnImages(scopeOf(context), filters, "with disabled ones");

/**
 * Snapshots that this run created, and snapshots of a replaced image, whoever created it. For the latter the intent's name is the
 * snapshot and its detail `image` is the image. Such a snapshot is found only after its image was deregistered, and is kept if another
 * image uses it.
 */
const snapshotRelease: ReleaseHandler = {
  async find({ key, name, details }, context) {
    if (details?.image === undefined) return (await taggedSnapshots(key, context))[0];
    const existing = await imagesBy(context, [{ Name: "image-id", Values: [details.image] }]);
    return existing.some(({ state }) => state !== "deregistered") ? undefined : name;
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

/** The release handlers of all kinds of EC2 resources. */
export const ec2Releases = {
  instance: instanceRelease,
  "key-pair": keyPairRelease,
  "security-group": securityGroupRelease,
  volume: volumeRelease,
  image: imageRelease,
  snapshot: snapshotRelease,
  "launch-template": launchTemplateRelease,
} as const satisfies Readonly<Record<string, ReleaseHandler>>;
