import type { Actions, ApiCall, Handler } from "../../call.js";
import type { Cloud, Region } from "../../cloud.js";
import { ACCOUNT, newId } from "../../records.js";
import { isOwnerAllowed } from "../../rules.js";
import { timestamp } from "../../times.js";
import { refusal } from "../../wire/errors.js";
import type { FilterFields } from "../../wire/filters.js";
import { flag, texts } from "../../wire/query.js";
import type { Members } from "../../wire/xml.js";
import { describeRows, select } from "../describe.js";
import { find } from "../ids.js";
import type { DeviceMapping, EbsDevice, Image } from "../model.js";
import { imageState } from "../states.js";
import { tagSet } from "../tags.js";
import { blockDeviceItem } from "./block-devices.js";

/** What the calls set of a new image; the rest is the same for all. */
export type NewImage = Omit<
  Image,
  | "id"
  | "mappedAt"
  | "capturing"
  | "stock"
  | "owner"
  | "ownerAlias"
  | "createdAt"
  | "permissions"
  | "deprecateAt"
  | "protection"
  | "disabled"
  | "fastLaunch"
>;

/** Adds an image of the account to a region. */
export function addImage(cloud: Cloud, region: Region, made: NewImage): Image {
  const image: Image = {
    ...made,
    id: newId("ami"),
    mappedAt: Math.min(made.readyAt, made.bornAt + cloud.time.of("mapping")),
    capturing: false,
    stock: false,
    owner: ACCOUNT,
    ownerAlias: undefined,
    createdAt: made.bornAt,
    permissions: [],
    deprecateAt: undefined,
    protection: "disabled",
    disabled: false,
    fastLaunch: undefined,
  };
  region.images.set(image.id, image);
  return image;
}

/** An image by its id. Throws Malformed, NotFound, or Unavailable for one that was deregistered. */
export function findImage(call: ApiCall, id: string): Image {
  if (call.region.deregistered.has(id)) {
    throw refusal("InvalidAMIID.Unavailable", `The image ID '${id}' is no longer available`);
  }
  const image = find(call, "image", call.region.images, id);
  if (isHidden(call, image)) throw refusal("InvalidAMIID.NotFound", `The image id '[${id}]' does not exist`);
  return image;
}

/** Allowed AMIs hides the images of other owners that it does not include. */
function isHidden({ region: { rules }, cloud }: ApiCall, { owner }: Image): boolean {
  return rules.allowedImages.state === "enabled" && isOwnerAllowed(rules, owner, cloud.account) === false;
}

/** An image that can be launched or changed: throws InvalidAMIID.Unavailable while it cannot. */
export function usableImage(call: ApiCall, id: string): Image {
  const image = findImage(call, id);
  const state = imageState(call.cloud, image);
  if (state !== "available") {
    throw refusal(
      "InvalidAMIID.Unavailable",
      `The image ID '${id}' is currently ${state} and may not be used for this operation`,
    );
  }
  return image;
}

/** An image of the account. Throws AuthFailure for somebody else's. */
export function ownImage(call: ApiCall, id: string): Image {
  const image = findImage(call, id);
  if (image.owner !== ACCOUNT) throw refusal("AuthFailure", `Not authorized for image:${id}`, 403);
  return image;
}

/** Throws where a new image cannot have this name. */
export function checkName(call: ApiCall, name: string): void {
  if (!/^[A-Za-z0-9()[\] ./\-'@_]{3,128}$/.test(name)) {
    throw refusal(
      "InvalidAMIName.Malformed",
      "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, " +
        "'(', ')', '.', '-', '/', '_', '@', \"'\", '[', ']' and space",
    );
  }
  for (const image of call.region.images.values()) {
    if (image.owner === ACCOUNT && image.name === name && imageState(call.cloud, image) !== "failed") {
      throw refusal("InvalidAMIName.Duplicate", `AMI name ${name} is already in use by AMI ${image.id}`);
    }
  }
}

/** The mappings as they show now: at first they do not name their snapshots. */
function shownMappings(cloud: Cloud, image: Image): readonly DeviceMapping[] {
  if (cloud.time.now() >= image.mappedAt) return image.mappings;
  return image.mappings.map((device) => {
    return { ...device, ebs: device.ebs && { ...device.ebs, snapshotId: undefined } };
  });
}

/** Whether everybody may launch it. */
export function isPublic(image: Image): boolean {
  return image.permissions.some((permission) => "group" in permission);
}

/** An image in a response of DescribeImages. */
function imageItem(cloud: Cloud, image: Image): Members {
  const state = imageState(cloud, image);
  const windows = image.platform === "windows";
  return {
    imageId: image.id,
    imageLocation: `${image.ownerAlias ?? image.owner}/${image.name}`,
    imageState: state,
    imageOwnerId: image.owner,
    imageOwnerAlias: image.ownerAlias,
    creationDate: timestamp(image.createdAt),
    isPublic: isPublic(image),
    architecture: image.architecture,
    imageType: "machine",
    platform: image.platform,
    platformDetails: windows ? "Windows" : "Linux/UNIX",
    usageOperation: windows ? "RunInstances:0002" : "RunInstances",
    name: image.name,
    description: image.description === "" ? undefined : image.description,
    rootDeviceType: "ebs",
    rootDeviceName: image.rootDeviceName,
    blockDeviceMapping: shownMappings(cloud, image).map(blockDeviceItem),
    virtualizationType: image.virtualizationType,
    hypervisor: "xen",
    enaSupport: image.enaSupport,
    sriovNetSupport: image.sriovNetSupport,
    bootMode: image.bootMode,
    imdsSupport: image.imdsSupport,
    tpmSupport: image.tpmSupport,
    deprecationTime: image.deprecateAt === undefined ? undefined : timestamp(image.deprecateAt),
    deregistrationProtection: image.stock ? undefined : image.protection,
    sourceImageId: image.sourceImageId,
    sourceImageRegion: image.sourceImageRegion,
    sourceInstanceId: image.sourceInstanceId,
    stateReason:
      state === "failed" && image.failure
        ? { code: image.failure.code, message: `${image.failure.code}: ${image.failure.message}` }
        : undefined,
    productCodes: [],
    tagSet: tagSet(image.tags),
  };
}

function imageFilters(cloud: Cloud): FilterFields<Image> {
  const ebs = (name: keyof EbsDevice) => (row: Image) =>
    shownMappings(cloud, row).map((device) => {
      const value = device.ebs?.[name];
      return value === undefined ? undefined : String(value);
    });
  const failed = (row: Image): Image["failure"] => (imageState(cloud, row) === "failed" ? row.failure : undefined);
  return {
    "image-id": (row) => row.id,
    name: (row) => row.name,
    description: (row) => row.description,
    architecture: (row) => row.architecture,
    "boot-mode": (row) => row.bootMode,
    "creation-date": (row) => timestamp(row.createdAt),
    "ena-support": (row) => row.enaSupport,
    hypervisor: () => "xen",
    "image-type": () => "machine",
    "imds-support": (row) => row.imdsSupport,
    "is-public": isPublic,
    "manifest-location": (row) => `${row.ownerAlias ?? row.owner}/${row.name}`,
    "owner-alias": (row) => row.ownerAlias,
    "owner-id": (row) => row.owner,
    platform: (row) => row.platform,
    "platform-details": (row) => (row.platform === "windows" ? "Windows" : "Linux/UNIX"),
    "root-device-name": (row) => row.rootDeviceName,
    "root-device-type": () => "ebs",
    "source-image-id": (row) => row.sourceImageId,
    "source-image-region": (row) => row.sourceImageRegion,
    "source-instance-id": (row) => row.sourceInstanceId,
    "sriov-net-support": (row) => row.sriovNetSupport,
    state: (row) => imageState(cloud, row),
    "state-reason-code": (row) => failed(row)?.code,
    "state-reason-message": (row) => failed(row)?.message,
    "tpm-support": (row) => row.tpmSupport,
    "virtualization-type": (row) => row.virtualizationType,
    "usage-operation": () => "RunInstances",
    "product-code": () => undefined,
    "product-code.type": () => undefined,
    "kernel-id": () => undefined,
    "ramdisk-id": () => undefined,
    "block-device-mapping.device-name": (row) => row.mappings.map(({ deviceName }) => deviceName),
    "block-device-mapping.delete-on-termination": ebs("deleteOnTermination"),
    "block-device-mapping.snapshot-id": ebs("snapshotId"),
    "block-device-mapping.volume-size": ebs("volumeSize"),
    "block-device-mapping.volume-type": ebs("volumeType"),
    "block-device-mapping.encrypted": ebs("encrypted"),
  };
}

/** Whether an image's owner is among those that a call names, by id or alias. */
function ownedBy(image: Image, owners: readonly string[]): boolean {
  return owners.some(
    (owner) =>
      (owner === "self" ? ACCOUNT : owner) === image.owner ||
      (image.ownerAlias !== undefined && owner === image.ownerAlias),
  );
}

function launchableBy(image: Image, users: readonly string[]): boolean {
  return users.some((user) =>
    image.permissions.some((permission) =>
      "group" in permission
        ? user === "all"
        : "userId" in permission && permission.userId === (user === "self" ? ACCOUNT : user),
    ),
  );
}

/** Deprecated images of others and disabled images are listed only on request. */
function isListed(call: ApiCall, image: Image): boolean {
  const { cloud, params } = call;
  const deprecated = image.deprecateAt !== undefined && image.deprecateAt <= cloud.time.now();
  if (deprecated && image.owner !== ACCOUNT && flag(params, "IncludeDeprecated") !== true) return false;
  return imageState(cloud, image) !== "disabled" || flag(params, "IncludeDisabled") === true;
}

/** DescribeImages. */
const describeImages: Handler = (call) => {
  const { cloud, region, params } = call;
  const owners = texts(params, "Owner");
  const users = texts(params, "ExecutableBy");
  for (const id of texts(params, "ImageId")) {
    const image = region.images.get(id);
    if (region.deregistered.has(id) || (image && isHidden(call, image))) findImage(call, id);
  }
  const { ids, rows } = select(call, "image", region.images, "ImageId");
  const listed = rows.filter(
    (image) =>
      (ids.length > 0 || isListed(call, image)) &&
      !isHidden(call, image) &&
      (owners.length === 0 || ownedBy(image, owners)) &&
      (users.length === 0 || launchableBy(image, users)),
  );
  const selection = { rows: listed, ids };
  return describeRows(call, "imagesSet", selection, {
    filters: imageFilters(cloud),
    tagsOf: (row) => row.tags,
    item: (row) => ({
      ...imageItem(cloud, row),
      imageAllowed: isOwnerAllowed(region.rules, row.owner, cloud.account),
    }),
  });
};

/** The handler of DescribeImages. */
export const imageListActions: Actions = { DescribeImages: describeImages };
