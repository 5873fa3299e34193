import type { Actions, ApiCall, Handler } from "../../call.js";
import type { Cloud } from "../../cloud.js";
import { ACCOUNT } from "../../records.js";
import { timestamp } from "../../times.js";
import type { FilterFields } from "../../wire/filters.js";
import { flag, texts } from "../../wire/query.js";
import { describeRows, select } from "../describe.js";
import type { EbsDevice, Image } from "../model.js";
import { imageState } from "../states.js";
import { findImage, imageItem, isPublic, shownMappings } from "./images.js";

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

/** Whether an image's owner is among those asked for, by id or alias. */
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

/** Deprecated images of others and disabled ones do not show unless they are asked for. */
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
  for (const id of texts(params, "ImageId")) if (region.deregistered.has(id)) findImage(call, id);
  const { ids, rows } = select(call, "image", region.images, "ImageId");
  const listed = rows.filter(
    (image) =>
      (ids.length > 0 || isListed(call, image)) &&
      (owners.length === 0 || ownedBy(image, owners)) &&
      (users.length === 0 || launchableBy(image, users)),
  );
  return describeRows(
    call,
    "imagesSet",
    { rows: listed, ids },
    {
      filters: imageFilters(cloud),
      tagsOf: (row) => row.tags,
      item: (row) => imageItem(cloud, row),
    },
  );
};

export const imageListActions: Actions = { DescribeImages: describeImages };
