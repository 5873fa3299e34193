import type { BlockDeviceMapping, Filter, Image } from "@aws-sdk/client-ec2";
import {
  CopyImageCommand,
  CreateImageCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
} from "@aws-sdk/client-ec2";
import { BakeError } from "../core/errors.js";
import { TAG } from "../core/ownership.js";
import { AwsError, failedAs, hasAwsCode, ifFound, mayHaveTakenEffect } from "./client/errors.js";
import { pages } from "./client/pages.js";
import type { CallScope } from "./client/session.js";
import { findOurs } from "./client/wait.js";
import { deleteSnapshots } from "./snapshot.js";
import { type Mark, type ResourceTags, tagRecord, tagSpecifications } from "./tags.js";

/** An AMI as the engine reads it; `createdAt` is RFC 3339, `state` EC2's word. */
export interface FoundImage {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  /** Why the image failed, where EC2 says so. */
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
  readonly snapshotIds: readonly string[];
  readonly mappings: readonly BlockDeviceMapping[];
  /** RFC 3339 time from which it is deprecated, where it has one. */
  readonly deprecatesAt: string | undefined;
  /** Whether its instances require IMDSv2. */
  readonly imdsV2: boolean;
  /** How it is kept from being deregistered; undefined where it is not. */
  readonly protection: "with-cooldown" | "without-cooldown" | undefined;
  /** Marketplace product codes, if any. */
  readonly productCodes: readonly string[];
  /** Everyone may launch it. */
  readonly isPublic: boolean;
  /** It cannot be deregistered, or not yet: a protection that was switched off may last for a day more. */
  readonly isProtected: boolean;
}

/** Reads an image that DescribeImages returns. */
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
    tags: tagRecord(image.Tags),
    snapshotIds: mappings.flatMap((mapping) => mapping.Ebs?.SnapshotId ?? []),
    mappings,
    deprecatesAt: image.DeprecationTime || undefined,
    imdsV2: image.ImdsSupport === "v2.0",
    productCodes: (image.ProductCodes ?? []).flatMap(({ ProductCodeId }) => ProductCodeId ?? []),
    isPublic: image.Public ?? false,
    isProtected: (image.DeregistrationProtection ?? "disabled") !== "disabled",
    protection: protectionOf(image.DeregistrationProtection),
  };
}

/** `disabled`, `enabled-without-cooldown` or `enabled-with-cooldown`; after it was switched off, a text that says until when. */
function protectionOf(state: string | undefined): FoundImage["protection"] {
  if (!state?.startsWith("enabled")) return undefined;
  return state === "enabled-with-cooldown" ? "with-cooldown" : "without-cooldown";
}

/** The account's own images by filters; all pages. Disabled ones are left out unless they are asked for. */
export async function ownImages(
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
  const images = await pages(
    (NextToken) => ec2.send(new DescribeImagesCommand({ ...input, NextToken }), scope.signal),
    ({ Images }) => Images,
  );
  return images.map(toFoundImage);
}

/** The account's own image of a name; names are unique in a region. */
export async function ownImageNamed(scope: CallScope, name: string): Promise<FoundImage | undefined> {
  const images = await ownImages(scope, [{ Name: "name", Values: [name] }]);
  return images.find((image) => image.name === name);
}

/** An image by its id; undefined where it is not (or not yet) known. */
export async function imageById(scope: CallScope, id: string): Promise<FoundImage | undefined> {
  const ec2 = await scope.session.ec2(scope.region);
  const answer = await ifFound(ec2.send(new DescribeImagesCommand({ ImageIds: [id] }), scope.signal));
  return answer?.Images?.map(toFoundImage)[0];
}

/** What an image that is to be made has, however it is made. */
interface NewImage {
  readonly name: string;
  /** Empty for none. */
  readonly description: string;
  readonly imageTags: ResourceTags;
  readonly snapshotTags: ResourceTags;
}

/** An image to be made of an instance (EC2 CreateImage). */
export interface ImageSpec extends NewImage {
  readonly instanceId: string;
  readonly mappings: readonly BlockDeviceMapping[];
}

/**
 * Starts an image and returns its id. CreateImage takes no client token: when its answer was lost and the call is repeated, EC2
 * says that the name is in use, and the image is ours if it has our key. Another's image of the name is a clash.
 */
export async function createImage(scope: CallScope, spec: ImageSpec, mark: Mark): Promise<string> {
  const ec2 = await scope.session.ec2(scope.region);
  const command = new CreateImageCommand({
    ...named(spec, mark),
    InstanceId: spec.instanceId,
    BlockDeviceMappings: spec.mappings.length > 0 ? [...spec.mappings] : undefined,
  });
  return idOfStarted(scope, spec, mark, () => ec2.send(command, scope.signal));
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

/** Starts a copy and returns its id. The token makes a repeated call return the same copy; names clash as in `createImage`. */
export async function copyImage(scope: CallScope, spec: CopySpec, mark: Mark): Promise<string> {
  const ec2 = await scope.session.ec2(scope.region);
  const command = new CopyImageCommand({
    ...named(spec, mark),
    SourceRegion: spec.sourceRegion,
    SourceImageId: spec.sourceImageId,
    ClientToken: mark.token,
    Encrypted: spec.encrypted,
    KmsKeyId: spec.kmsKeyId || undefined,
    SnapshotCopyCompletionDurationMinutes: spec.durationMinutes || undefined,
  });
  return idOfStarted(scope, spec, mark, () => ec2.send(command, scope.signal));
}

function named(spec: NewImage, mark: Mark) {
  return {
    Name: spec.name,
    Description: spec.description || undefined,
    TagSpecifications: tagSpecifications({
      image: { ...spec.imageTags, ...mark.tags },
      snapshot: { ...spec.snapshotTags, ...mark.tags },
    }),
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
    return ownImageOrClash(scope, spec.name, mark, error);
  }
}

/** After "name in use": our own image of a call whose answer was lost, else a clash. */
async function ownImageOrClash(scope: CallScope, name: string, mark: Mark, error: unknown): Promise<string> {
  if (!hasAwsCode(error, "InvalidAMIName.Duplicate")) throw error;
  const existing = await findOurs(scope, name, error, () => ownImageNamed(scope, name));
  if (existing && existing.tags[TAG.key] === mark.key) return existing.id;
  throw nameClash(scope.region, name, existing?.id, error);
}

/** The error for an image name that is taken in a region. */
export function nameClash(region: string, name: string, id: string | undefined, cause?: unknown): BakeError {
  const who = id === undefined ? "an image" : `the image ${id}`;
  return new BakeError(`the AMI name "${name}" is taken in ${region} by ${who}`, {
    code: "ami-name-taken",
    region,
    resource: id,
    cause: cause instanceof AwsError ? cause : undefined,
    hint: "Make ami_name unique, e.g. with {{timestamp}}, or set force_deregister to replace the old image once the new one is there.",
  });
}

/**
 * Deregisters an image; an image that is gone already is fine. `snapshotIds` are its snapshots that go with it: in the same call
 * (DeleteAssociatedSnapshots), so that nothing can come between, and by calls of their own where that call did not report them. Those
 * that other images use stay.
 */
export async function deregisterImage(scope: CallScope, id: string, snapshotIds: readonly string[]): Promise<void> {
  const ec2 = await scope.session.ec2(scope.region);
  const input = { ImageId: id, DeleteAssociatedSnapshots: snapshotIds.length > 0 ? true : undefined };
  const settled = new Set<string | undefined>();
  try {
    const { DeleteSnapshotResults = [] } = await ec2.send(new DeregisterImageCommand(input), scope.signal);
    for (const { SnapshotId, ReturnCode } of DeleteSnapshotResults)
      if (ReturnCode === "success" || ReturnCode === "skipped") settled.add(SnapshotId);
  } catch (error) {
    if (!failedAs(error, "not-found") && !hasAwsCode(error, "InvalidAMIID.Unavailable")) throw error;
  }
  await deleteSnapshots(
    scope,
    snapshotIds.filter((snapshotId) => !settled.has(snapshotId)),
  );
}

/** Whether `deregisterImage` failed with the image surely as it was. */
export function refusesToDeregister(error: unknown): boolean {
  return error instanceof AwsError && error.operation === "DeregisterImage" && !mayHaveTakenEffect(error);
}
