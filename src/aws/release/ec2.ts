import {
  DeleteKeyPairCommand,
  DeleteLaunchTemplateCommand,
  DeleteSecurityGroupCommand,
  DeleteVolumeCommand,
  DescribeImagesCommand,
  DescribeInstancesCommand,
  DescribeKeyPairsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVolumesCommand,
  type Image,
  type Instance,
  TerminateInstancesCommand,
  type Volume,
} from "@aws-sdk/client-ec2";
import { INTERMEDIATE, TAG } from "../../core/ownership.js";
import { ifFound } from "../client/errors.js";
import { PAGE_SIZE, readPages, TEMPLATE_PAGE_SIZE } from "../client/pages.js";
import type { Presence } from "../client/remove.js";
import { disableFastLaunch } from "../fast-launch.js";
import { deregisterImage, describeOwnImages, type FoundImage } from "../image.js";
import { describeSecurityGroups } from "../security-group.js";
import { deleteSnapshot, deleteSnapshots, readOwnSnapshots } from "../snapshot.js";
import { toTagRecord } from "../tags.js";
import { type ReleaseContext, type ReleaseHandler, remove, scopeOf, withKey } from "./handler.js";
import { endLease } from "./lease.js";

async function describeInstances(
  context: ReleaseContext,
  input: DescribeInstancesCommand["input"],
): Promise<readonly Instance[]> {
  const ec2 = await context.session.ec2();
  const MaxResults = input.InstanceIds ? undefined : PAGE_SIZE;
  const found = await ifFound(
    readPages(
      (NextToken) => ec2.send(new DescribeInstancesCommand({ ...input, NextToken, MaxResults }), context.signal),
      ({ Reservations }) => Reservations?.flatMap(({ Instances }) => Instances ?? []),
    ),
  );
  return found ?? [];
}

/** Returns whether a Describe call by id shows the resource. */
async function presence<T>(
  call: Promise<T>,
  itemsOf: (response: T) => readonly unknown[] | undefined,
): Promise<Presence> {
  const response = await ifFound(call);
  return response !== undefined && (itemsOf(response) ?? []).length > 0 ? "exists" : "absent";
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
    const ec2 = await context.session.ec2();
    await remove(context, {
      what: `instance ${id}`,
      takesTime: true,
      send: () => ec2.send(new TerminateInstancesCommand({ InstanceIds: [id] }), context.signal),
      describe: async () => {
        const [instance] = await describeInstances(context, { InstanceIds: [id] });
        if (instance === undefined) return "absent";
        return instance.State?.Name === "terminated" ? "ended" : "exists";
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

  async release(id, intent, context) {
    const { session, signal } = context;
    const ec2 = await session.ec2();
    const isId = id.startsWith("key-") && intent.name === undefined;
    const name = intent.name ?? id;
    const described = isId ? { KeyPairIds: [id] } : { KeyNames: [name] };
    await remove(context, {
      what: `key pair ${name}`,
      send: () => ec2.send(new DeleteKeyPairCommand(isId ? { KeyPairId: id } : { KeyName: name }), signal),
      describe: () => presence(ec2.send(new DescribeKeyPairsCommand(described), signal), ({ KeyPairs }) => KeyPairs),
    });
  },
};

/** Security groups: found by our key. The deletion is retried while an instance or network interface uses them. */
const securityGroupRelease: ReleaseHandler = {
  async find({ key }, context) {
    return (await describeSecurityGroups(scopeOf(context), [withKey(key)]))[0]?.id;
  },

  async release(id, _intent, context) {
    const ec2 = await context.session.ec2();
    const described = new DescribeSecurityGroupsCommand({ GroupIds: [id] });
    await remove(context, {
      what: `security group ${id}`,
      send: () => ec2.send(new DeleteSecurityGroupCommand({ GroupId: id }), context.signal),
      describe: () => presence(ec2.send(described, context.signal), ({ SecurityGroups }) => SecurityGroups),
    });
  },
};

/** EC2 shows a deleted volume for a while. */
function isUndeleted({ State }: Volume): boolean {
  return State !== "deleted" && State !== "deleting";
}

/** Volumes that are left after their instance: deleted when they are detached. */
const volumeRelease: ReleaseHandler = {
  async find(intent, { session, signal }) {
    const ec2 = await session.ec2();
    const input = { Filters: [withKey(intent.key)], MaxResults: PAGE_SIZE };
    const [volume] = await readPages(
      (NextToken) => ec2.send(new DescribeVolumesCommand({ ...input, NextToken }), signal),
      ({ Volumes }) => Volumes,
    );
    return volume?.VolumeId;
  },

  async release(id, _intent, context) {
    const ec2 = await context.session.ec2();
    const described = new DescribeVolumesCommand({ VolumeIds: [id] });
    await remove(context, {
      what: `volume ${id}`,
      send: () => ec2.send(new DeleteVolumeCommand({ VolumeId: id }), context.signal),
      describe: () => presence(ec2.send(described, context.signal), ({ Volumes }) => Volumes?.filter(isUndeleted)),
    });
  },
};

/** Temporary launch templates. */
const launchTemplateRelease: ReleaseHandler = {
  async find(intent, { session, signal }) {
    const ec2 = await session.ec2();
    const input = { Filters: [withKey(intent.key)], MaxResults: TEMPLATE_PAGE_SIZE };
    const [template] = await readPages(
      (NextToken) => ec2.send(new DescribeLaunchTemplatesCommand({ ...input, NextToken }), signal),
      ({ LaunchTemplates }) => LaunchTemplates,
    );
    return template?.LaunchTemplateId;
  },

  async release(id, _intent, context) {
    const { session, signal } = context;
    const ec2 = await session.ec2();
    const described = new DescribeLaunchTemplatesCommand({ LaunchTemplateIds: [id] });
    await remove(context, {
      what: `launch template ${id}`,
      send: () => ec2.send(new DeleteLaunchTemplateCommand({ LaunchTemplateId: id }), signal),
      describe: () => presence(ec2.send(described, signal), ({ LaunchTemplates }) => LaunchTemplates),
    });
  },
};

async function describeImage(
  context: ReleaseContext,
  input: DescribeImagesCommand["input"],
): Promise<Image | undefined> {
  const ec2 = await context.session.ec2();
  const own = { ...input, Owners: ["self"], MaxResults: input.ImageIds ? undefined : PAGE_SIZE };
  const found = await ifFound(
    readPages(
      (NextToken) => ec2.send(new DescribeImagesCommand({ ...own, NextToken }), context.signal),
      ({ Images }) => Images,
    ),
  );
  return found?.[0];
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
  const tagged = await readOwnSnapshots(scopeOf(context), [withKey(key)]);
  return tagged.map((snapshot) => snapshot.SnapshotId);
}

/** Returns whether a rerun can find an unfinished copy: by the fingerprint, and not under a temporary name. */
function isResumable({ Tags }: Image): boolean {
  const { [TAG.unfinished]: mark, [TAG.fingerprint]: fingerprint } = toTagRecord(Tags);
  return mark !== undefined && mark !== INTERMEDIATE && fingerprint !== undefined;
}

/** Unfinished images and copies: found by our key and deregistered. Their snapshots are deleted, also those of a pending image. */
const imageRelease: ReleaseHandler = {
  async find(intent, context) {
    const image = await describeImage(context, { Filters: [withKey(intent.key)] });
    return image?.ImageId;
  },

  /**
   * An available image is kept with its tags, because a rerun resumes from it. An image without our key was resumed or finished
   * by another run. An image with deregistration protection is complete except for the removal of its tags. A copy is kept, also
   * while it is pending, if a rerun can find it; otherwise the rerun copies again from its source. An intermediate image is not
   * needed when its copies exist.
   */
  async keeps(id, intent, context) {
    const image = await describeImage(context, { ImageIds: [id] });
    const key = toTagRecord(image?.Tags)[TAG.key];
    if (key !== undefined && key !== intent.key) return "resumed by another run";
    const { source, superseded } = intent.details ?? {};
    if (image?.State === "pending" && source !== undefined && superseded === undefined && isResumable(image))
      return "pending: a rerun waits for it";
    if (image?.State !== "available") return undefined;
    if (key === undefined) return "finished by another run";
    const isProtected = (image.DeregistrationProtection ?? "disabled") !== "disabled";
    if (isProtected) return "protected from deregistration: a rerun resumes from it";
    if (superseded !== undefined) return undefined;
    return source === undefined || isResumable(image) ? "available: a rerun resumes from it" : undefined;
  },

  /** The lease of the run ends with it. */
  afterKept: (id, { key }, context) => endLease(id, (tags) => tags[TAG.key] === key, context),

  async release(id, intent, context) {
    const { createdAt } = context;
    const image = await describeImage(context, { ImageIds: [id] });
    const before = await snapshotsOf(image, intent.key, context);
    await disableFastLaunch(scopeOf(context), { id, isWindows: image?.Platform?.toLowerCase() === "windows" });
    await deregisterImage(scopeOf(context), id, [], createdAt);
    const after = await snapshotsOf(undefined, intent.key, context);
    await deleteSnapshots(scopeOf(context), [...new Set([...before, ...after])], { image: id, createdAt });
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

  async release(id, { details }, context) {
    await deleteSnapshot(scopeOf(context), id, { image: details?.image, createdAt: context.createdAt });
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
