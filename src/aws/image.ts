import type { BlockDeviceMapping, Filter, Image } from "@aws-sdk/client-ec2";
import {
  CopyImageCommand,
  CreateImageCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
} from "@aws-sdk/client-ec2";
import { BakeError } from "../core/errors.js";
import { TAG } from "../core/ownership.js";
import { sendChange } from "./client/change.js";
import { AwsError, failedAs, hasAwsCode, ifFound, mayHaveTakenEffect } from "./client/errors.js";
import { PAGE_SIZE, readPages } from "./client/pages.js";
import { type Presence, removeResource } from "./client/remove.js";
import type { CallScope } from "./client/session.js";
import { findOurs } from "./client/wait.js";
import { describeInstance, isTerminating } from "./instance.js";
import { deleteSnapshots } from "./snapshot.js";
import { imageTagSpecifications, type Mark, type NewImageTags, type ResourceTags, toTaggedResource } from "./tags.js";

/** An AMI as DescribeImages returns it. `createdAt` is RFC 3339; `state` is EC2's value. */
export interface FoundImage {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  /** Why the image failed; undefined if EC2 gives no reason. */
  readonly stateReason: string | undefined;
  readonly createdAt: string;
  readonly owner: string;
  readonly ownerAlias: string;
  readonly architecture: string;
  readonly rootDeviceType: string;
  readonly rootDeviceName: string;
  readonly virtualizationType: string;
  readonly description: string;
  readonly tags: ResourceTags;
  /** As in `TaggedResource`. */
  readonly isPacked: boolean;
  readonly snapshotIds: readonly string[];
  readonly mappings: readonly BlockDeviceMapping[];
  /** RFC 3339 time at which it becomes deprecated, if set. */
  readonly deprecatesAt: string | undefined;
  /** Whether its instances require IMDSv2. */
  readonly imdsV2: boolean;
  readonly isWindows: boolean;
  /** Its deregistration protection; undefined if disabled. */
  readonly protection: "with-cooldown" | "without-cooldown" | undefined;
  /** Marketplace product codes, if any. */
  readonly productCodes: readonly string[];
  /** False if Allowed AMIs in audit mode does not allow it; undefined where EC2 does not say. */
  readonly isAllowed: boolean | undefined;
  /** Everyone may launch it. */
  readonly isPublic: boolean;
  /** It cannot be deregistered, or not yet: protection with a cooldown lasts 24 hours after it is disabled. */
  readonly isProtected: boolean;
}

/** Converts an image that DescribeImages returns. */
export function toFoundImage(image: Image): FoundImage {
  const mappings = image.BlockDeviceMappings ?? [];
  return {
    id: image.ImageId ?? "",
    name: image.Name ?? "",
    state: image.State ?? "pending",
    stateReason: image.StateReason?.Message,
    createdAt: image.CreationDate ?? "",
    owner: image.OwnerId ?? "",
    ownerAlias: image.ImageOwnerAlias ?? "",
    architecture: image.Architecture ?? "",
    rootDeviceType: image.RootDeviceType ?? "",
    rootDeviceName: image.RootDeviceName ?? "",
    virtualizationType: image.VirtualizationType ?? "",
    description: image.Description ?? "",
    ...toTaggedResource(image.Tags),
    snapshotIds: mappings.flatMap((mapping) => mapping.Ebs?.SnapshotId ?? []),
    mappings,
    deprecatesAt: image.DeprecationTime || undefined,
    imdsV2: image.ImdsSupport === "v2.0",
    isWindows: image.Platform?.toLowerCase() === "windows",
    productCodes: (image.ProductCodes ?? []).flatMap(({ ProductCodeId }) => ProductCodeId ?? []),
    isAllowed: image.ImageAllowed,
    isPublic: image.Public ?? false,
    isProtected: (image.DeregistrationProtection ?? "disabled") !== "disabled",
    protection: protectionOf(image.DeregistrationProtection),
  };
}

/** EC2's values: `disabled`, `enabled-without-cooldown`, `enabled-with-cooldown`, or a text with the end of the cooldown. */
function protectionOf(state: string | undefined): FoundImage["protection"] {
  if (!state?.startsWith("enabled")) return undefined;
  return state === "enabled-with-cooldown" ? "with-cooldown" : "without-cooldown";
}

/** Returns the account's own images that match the filters; all pages. Disabled images only on request. */
export async function describeOwnImages(
  scope: CallScope,
  filters: readonly Filter[],
  disabled: "with disabled ones" | "without" = "without",
): Promise<readonly FoundImage[]> {
  const ec2 = await scope.session.ec2(scope.region);
  const input = {
    Owners: ["self"],
    Filters: [...filters],
    IncludeDisabled: disabled === "without" ? undefined : true,
  };
  const images = await readPages(
    (NextToken) => ec2.send(new DescribeImagesCommand({ ...input, NextToken, MaxResults: PAGE_SIZE }), scope.signal),
    ({ Images }) => Images,
  );
  return images.map(toFoundImage);
}

/** Returns the account's own image with the name; names are unique in a Region. A disabled image holds its name too. */
export async function findOwnImageNamed(scope: CallScope, name: string): Promise<FoundImage | undefined> {
  const images = await describeOwnImages(scope, [{ Name: "name", Values: [name] }], "with disabled ones");
  return images.find((image) => image.name === name);
}

/** Returns the image with the id; undefined if it does not exist or is not visible yet. */
export async function describeImage(scope: CallScope, id: string): Promise<FoundImage | undefined> {
  const ec2 = await scope.session.ec2(scope.region);
  const response = await ifFound(ec2.send(new DescribeImagesCommand({ ImageIds: [id] }), scope.signal));
  return response?.Images?.map(toFoundImage)[0];
}

/** Image states that never become `available`. */
const ENDED = new Set(["failed", "invalid", "error", "deregistered", "disabled"]);

/** Returns whether EC2 shows that an image never becomes available. An image that it does not show is not ended: reads may be stale. */
export function isEnded(image: FoundImage | undefined): boolean {
  return image !== undefined && ENDED.has(image.state);
}

/** The attributes of a new image, whichever call creates it. */
interface NewImage extends NewImageTags {
  readonly name: string;
  /** Empty for none. */
  readonly description: string;
}

/** A new image of an instance (EC2 CreateImage). */
export interface ImageSpec extends NewImage {
  readonly instanceId: string;
  readonly mappings: readonly BlockDeviceMapping[];
}

/**
 * Starts to create an image and returns its id. CreateImage has no client token: if the response is lost and the call is repeated, EC2
 * reports that the name is in use. If that image has our key, its id is returned; otherwise this throws a name conflict.
 */
export async function createImage(scope: CallScope, spec: ImageSpec, mark: Mark): Promise<string> {
  const ec2 = await scope.session.ec2(scope.region);
  const command = new CreateImageCommand({
    ...named(spec, mark.tags),
    InstanceId: spec.instanceId,
    BlockDeviceMappings: spec.mappings.length > 0 ? [...spec.mappings] : undefined,
  });
  const target = {
    what: `AMI "${spec.name}" of instance ${spec.instanceId}`,
    isLost: async () => isTerminating(await describeInstance(scope, spec.instanceId)),
  };
  return idOfStarted(scope, spec, mark, () => sendChange(scope, ec2, command, target));
}

/** A copy of an image into `scope.region` (EC2 CopyImage, called there). */
export interface CopySpec extends NewImage {
  readonly sourceRegion: string;
  readonly sourceImageId: string;
  /** Undefined keeps the encryption of the source. */
  readonly encrypted: boolean | undefined;
  readonly kmsKeyId: string | undefined;
  /** Time-based copy, in minutes, a multiple of 15. */
  readonly durationMinutes: number | undefined;
}

/** Starts a copy and returns its id. With the token a repeated call returns the same copy. Name conflicts as in `createImage`. */
export async function copyImage(scope: CallScope, spec: CopySpec, mark: Mark): Promise<string> {
  const ec2 = await scope.session.ec2(scope.region);
  const command = new CopyImageCommand({ ...copyInput(spec, mark.tags), ClientToken: mark.token });
  const target = {
    what: `copy of ${spec.sourceImageId} in ${scope.region}`,
    isLost: async () => isEnded(await describeImage({ ...scope, region: spec.sourceRegion }, spec.sourceImageId)),
  };
  return idOfStarted(scope, spec, mark, () => sendChange(scope, ec2, command, target));
}

/** Returns the CopyImage request without a client token. */
export function copyInput(spec: CopySpec, marks: ResourceTags) {
  return {
    ...named(spec, marks),
    SourceRegion: spec.sourceRegion,
    SourceImageId: spec.sourceImageId,
    Encrypted: spec.encrypted,
    KmsKeyId: spec.kmsKeyId || undefined,
    SnapshotCopyCompletionDurationMinutes: spec.durationMinutes || undefined,
  };
}

function named(spec: NewImage, marks: ResourceTags) {
  return {
    Name: spec.name,
    Description: spec.description || undefined,
    TagSpecifications: imageTagSpecifications(spec, marks),
  };
}

async function idOfStarted(
  scope: CallScope,
  spec: NewImage,
  mark: Mark,
  start: () => Promise<{ readonly ImageId?: string | undefined }>,
): Promise<string> {
  try {
    return (await start()).ImageId ?? "";
  } catch (error) {
    return findOwnOrThrowConflict(scope, spec.name, mark, error);
  }
}

/** After "name in use": returns our own image of a call whose response was lost, otherwise throws a name conflict. */
async function findOwnOrThrowConflict(scope: CallScope, name: string, mark: Mark, error: unknown): Promise<string> {
  if (!hasAwsCode(error, "InvalidAMIName.Duplicate")) throw error;
  const existing = await findOurs(scope, name, error, () => findOwnImageNamed(scope, name));
  if (existing && existing.tags[TAG.key] === mark.key) return existing.id;
  throw nameConflictError(scope.region, name, existing?.id, error);
}

/** Returns the error for an image name that is already in use in a Region. */
export function nameConflictError(region: string, name: string, id: string | undefined, cause?: unknown): BakeError {
  const owner = id === undefined ? "" : ` (${id})`;
  return new BakeError(`AMI name "${name}" is already in use in ${region}${owner}`, {
    code: "ami-name-taken",
    region,
    resource: id,
    cause: cause instanceof AwsError ? cause : undefined,
    hint: 'Make the AMI name unique, for example with {{timestamp}}, or set "force_deregister" to replace the old AMI after the bake.',
  });
}

/** Returns whether EC2 shows an image of the account, also a disabled one. */
async function imagePresence(scope: CallScope, id: string): Promise<Presence> {
  const ec2 = await scope.session.ec2(scope.region);
  try {
    const command = new DescribeImagesCommand({ ImageIds: [id], IncludeDisabled: true });
    const [image] = (await ec2.send(command, scope.signal)).Images ?? [];
    if (image === undefined) return "absent";
    return image.State === "deregistered" ? "ended" : "exists";
  } catch (error) {
    if (!failedAs(error, "not-found")) throw error;
    // EC2's message about an image that was deregistered. That about an unknown id is "… does not exist".
    return /no longer available/i.test(error.awsMessage) ? "ended" : "absent";
  }
}

/**
 * Deregisters an image and deletes its snapshots `snapshotIds`; an image that does not exist is no error. The same call deletes the
 * snapshots (DeleteAssociatedSnapshots), so an interruption cannot leave them. Snapshots that the response does not list are deleted by
 * separate calls. Snapshots that other images use are kept. `createdAt`: as in `removeResource`.
 */
export async function deregisterImage(
  scope: CallScope,
  id: string,
  snapshotIds: readonly string[],
  createdAt?: number,
): Promise<void> {
  const ec2 = await scope.session.ec2(scope.region);
  const input = { ImageId: id, DeleteAssociatedSnapshots: snapshotIds.length > 0 ? true : undefined };
  const handled = new Set<string | undefined>();
  await removeResource(scope, {
    what: `AMI ${id}`,
    createdAt,
    describe: () => imagePresence(scope, id),
    send: async () => {
      const { DeleteSnapshotResults = [] } = await ec2.send(new DeregisterImageCommand(input), scope.signal);
      for (const { SnapshotId, ReturnCode } of DeleteSnapshotResults)
        if (ReturnCode === "success" || ReturnCode === "skipped") handled.add(SnapshotId);
    },
  });
  const left = snapshotIds.filter((snapshotId) => !handled.has(snapshotId));
  await deleteSnapshots(scope, left, { image: id, createdAt });
}

/** Returns whether an image of the account no longer exists: EC2 shows it neither as available nor as disabled. */
export async function isDeregistered(scope: CallScope, id: string): Promise<boolean> {
  return (await imagePresence(scope, id)) !== "exists";
}

/** Returns whether `deregisterImage` failed and certainly did not change the image. */
export function refusesToDeregister(error: unknown): boolean {
  return error instanceof AwsError && error.operation === "DeregisterImage" && !mayHaveTakenEffect(error);
}
