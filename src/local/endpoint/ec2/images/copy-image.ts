import { type Actions, type ApiCall, endDryRun, type Handler } from "../../call.js";
import { regionOf } from "../../cloud.js";
import { mayUseKey } from "../../kms/key-use.js";
import type { TagMap } from "../../records.js";
import { copyTime } from "../../times.js";
import { refusal } from "../../wire/errors.js";
import { flag, integer, required, text } from "../../wire/query.js";
import { isEnabled } from "../known-regions.js";
import type { DeviceMapping, Image } from "../model.js";
import { imageState, snapshotState } from "../states.js";
import { tagSpecifications, tagsFor } from "../tags.js";
import { recall, remember } from "../tokens.js";
import { hasKey } from "./block-devices.js";
import { defaultKeyOf } from "./ebs-settings.js";
import { addImage, checkName, findImage } from "./images.js";
import { addSnapshot } from "./snapshots.js";

/** The image to be copied. Throws where it does not exist, or cannot be copied yet. */
function source(call: ApiCall): Image {
  const { cloud, params } = call;
  const regionName = required(params, "SourceRegion");
  if (!isEnabled(cloud, regionName)) throw refusal("InvalidParameterValue", `Invalid source region: ${regionName}`);
  const image = findImage({ ...call, region: regionOf(cloud, regionName) }, required(params, "SourceImageId"));
  const state = imageState(cloud, image);
  if (state !== "available") {
    throw refusal(
      "InvalidRequest",
      `The storage for the ami is not available in the source region: ${image.id} is ${state}.`,
    );
  }
  return image;
}

function checkOptions(call: ApiCall): void {
  const { params } = call;
  if (text(params, "KmsKeyId") && flag(params, "Encrypted") !== true) {
    throw refusal("InvalidParameterDependency", "The parameter KmsKeyId requires the parameter Encrypted to be set.");
  }
  const minutes = integer(params, "SnapshotCopyCompletionDurationMinutes");
  if (minutes !== undefined && (minutes % 15 !== 0 || minutes < 15 || minutes > 2880)) {
    throw refusal(
      "InvalidParameterValue",
      "The completion duration must be a multiple of 15 minutes, from 15 to 2880.",
    );
  }
}

/** Snapshot copies that a region makes at the same time. */
const COPIES_MAX = 20;

/** The volume id that EC2 shows for a copied snapshot. */
const COPIED_VOLUME = "vol-ffffffff";

/** Throws where a region copies as many snapshots as it can. */
function checkLimit({ cloud, region }: ApiCall, from: Image): void {
  const pending = [...region.snapshots.values()].filter(
    (snapshot) => snapshot.volumeId === COPIED_VOLUME && snapshotState(cloud, snapshot) === "pending",
  );
  const more = from.mappings.filter(({ ebs }) => ebs !== undefined).length;
  if (pending.length > 0 && pending.length + more > COPIES_MAX) {
    throw refusal(
      "ResourceLimitExceeded",
      `Too many snapshot copies in progress. The limit is ${COPIES_MAX} for this destination region.`,
    );
  }
}

interface CopyPlan {
  readonly bornAt: number;
  readonly readyAt: number;
  readonly failure: string | undefined;
  readonly tags: TagMap;
}

/** The source's mappings with a copied snapshot in each. */
function copyMappings(call: ApiCall, from: Image, plan: CopyPlan): readonly DeviceMapping[] {
  const { region, params } = call;
  const keyId = text(params, "KmsKeyId") || undefined;
  return from.mappings.map((device) => {
    if (device.ebs === undefined) return device;
    const encrypted =
      flag(params, "Encrypted") === true || device.ebs.encrypted === true || region.ebs.encryptionByDefault;
    const kmsKeyId = encrypted ? (keyId ?? defaultKeyOf(region)) : undefined;
    const snapshot = addSnapshot(region, {
      bornAt: plan.bornAt,
      readyAt: plan.readyAt,
      description: `Copied for DestinationAmi from SourceAmi ${from.id} for SourceSnapshot ${device.ebs.snapshotId}.`,
      volumeId: COPIED_VOLUME,
      volumeSize: device.ebs.volumeSize ?? 8,
      encrypted,
      kmsKeyId,
      failure: plan.failure,
      tags: new Map(plan.tags),
      layers: device.deviceName === from.rootDeviceName ? from.layers : [],
      sourceName: from.sourceName,
    });
    return { ...device, ebs: { ...device.ebs, encrypted, snapshotId: snapshot.id } };
  });
}

/** CopyImage, called in the region the copy is for. The copy shares the layers of its source. */
const copyImage: Handler = (call) => {
  const { cloud, region, params } = call;
  const earlier = recall(call);
  if (earlier?.[0] !== undefined) return { imageId: earlier[0] };
  const name = required(params, "Name");
  const from = source(call);
  checkName(call, name);
  checkOptions(call);
  checkLimit(call, from);
  const tags = tagSpecifications(params, ["image", "snapshot"]);
  endDryRun(call);
  const now = cloud.time.now();
  const keyId = text(params, "KmsKeyId") || undefined;
  const isUsable = keyId === undefined || (hasKey(region, keyId) && mayUseKey(call, keyId));
  const failure = isUsable ? undefined : "Given key ID is not accessible";
  const readyAt = now + copyTime(cloud.time, region.name);
  const mappings = copyMappings(call, from, { bornAt: now, readyAt, failure, tags: tagsFor(tags, "snapshot") });
  const inherited = flag(params, "CopyImageTags") === true && !from.stock ? from.tags : [];
  const image = addImage(cloud, region, {
    ...from,
    bornAt: now,
    readyAt,
    failure: failure === undefined ? undefined : { code: "Client.InternalError", message: failure },
    name,
    description: text(params, "Description") ?? "",
    mappings,
    sourceImageId: from.id,
    sourceImageRegion: required(params, "SourceRegion"),
    sourceInstanceId: undefined,
    tags: new Map([...inherited, ...tagsFor(tags, "image")]),
  });
  remember(call, [image.id]);
  return { imageId: image.id };
};

/** The handler of CopyImage. */
export const imageCopyActions: Actions = { CopyImage: copyImage };
