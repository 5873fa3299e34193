import type { ApiCall } from "../../call.js";
import type { Cloud, Region } from "../../cloud.js";
import { ACCOUNT, newId } from "../../records.js";
import { timestamp } from "../../times.js";
import { refusal } from "../../wire/errors.js";
import type { Members } from "../../wire/xml.js";
import { find } from "../ids.js";
import type { DeviceMapping, Image } from "../model.js";
import { imageState } from "../states.js";
import { tagSet } from "../tags.js";
import { blockDeviceItem } from "./block-devices.js";

/** What a new image is made of; the rest starts out the same for all. */
export type NewImage = Omit<
  Image,
  "id" | "mappedAt" | "stock" | "owner" | "createdAt" | "permissions" | "protection" | "disabled"
>;

/** Adds an image of the account to a region. */
export function addImage(cloud: Cloud, region: Region, made: NewImage): Image {
  const image: Image = {
    ...made,
    id: newId("ami"),
    mappedAt: Math.min(made.readyAt, made.bornAt + cloud.time.of("mapping")),
    stock: false,
    owner: ACCOUNT,
    createdAt: made.bornAt,
    permissions: [],
    protection: "disabled",
    disabled: false,
  };
  region.images.set(image.id, image);
  return image;
}

/** An image by its id. Throws Malformed, NotFound, or Unavailable for one that was deregistered. */
export function findImage(call: ApiCall, id: string): Image {
  if (call.region.deregistered.has(id)) {
    throw refusal("InvalidAMIID.Unavailable", `The image ID '${id}' is no longer available`);
  }
  return find(call, "image", call.region.images, id);
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
export function shownMappings(cloud: Cloud, image: Image): readonly DeviceMapping[] {
  if (cloud.time.now() >= image.mappedAt) return image.mappings;
  return image.mappings.map((device) => {
    const { snapshotId: _hidden, ...ebs } = device.ebs ?? {};
    return device.ebs === undefined ? device : { ...device, ebs };
  });
}

/** Whether everybody may launch it. */
export function isPublic(image: Image): boolean {
  return image.permissions.some((permission) => "group" in permission);
}

/** An image as DescribeImages answers it. */
export function imageItem(cloud: Cloud, image: Image): Members {
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
