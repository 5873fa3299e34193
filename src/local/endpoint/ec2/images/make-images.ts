import { type Actions, type ApiCall, endDryRun, type Handler } from "../../call.js";
import type { Region } from "../../cloud.js";
import { invalid, refusal } from "../../wire/errors.js";
import { flag, required, text } from "../../wire/query.js";
import { find } from "../ids.js";
import type { DeviceMapping, Instance, Snapshot, Volume } from "../model.js";
import { instanceState, snapshotState } from "../states.js";
import { tagSpecifications, tagsFor } from "../tags.js";
import { ebsOver, readBlockDevices } from "./block-devices.js";
import { addImage, checkName, type NewImage } from "./images.js";
import { captureInstance } from "./layers.js";
import { addSnapshot } from "./snapshots.js";

function imageable(call: ApiCall): Instance {
  const instance = find(call, "instance", call.region.instances, required(call.params, "InstanceId"));
  if (!["running", "stopping", "stopped"].includes(instanceState(call.cloud, instance))) {
    throw refusal(
      "IncorrectInstanceState",
      `Instance ${instance.id} is not in state 'running' or 'stopping' or 'stopped'.`,
    );
  }
  return instance;
}

/** The volumes of an instance, with the device each is on. */
function volumesOf(region: Region, instance: Instance): ReadonlyMap<string, Volume> {
  const found = new Map<string, Volume>();
  for (const volume of region.volumes.values()) {
    if (volume.attachment?.instanceId === instance.id) found.set(volume.attachment.device, volume);
  }
  return found;
}

/** The mapping of a volume in an image of its instance. */
function mappingOf(
  device: string,
  volume: Volume,
  snapshotId: string,
  requested: DeviceMapping | undefined,
): DeviceMapping {
  return {
    deviceName: device,
    ebs: ebsOver(requested?.ebs, {
      snapshotId,
      volumeSize: volume.size,
      volumeType: volume.type,
      iops: volume.iops,
      throughput: volume.throughput,
      encrypted: volume.encrypted,
      kmsKeyId: undefined,
      deleteOnTermination: volume.attachment?.deleteOnTermination ?? true,
    }),
    virtualName: undefined,
    noDevice: false,
  };
}

/**
 * CreateImage: a snapshot of each volume, and an image of them that is pending for a while. Without NoReboot a running instance is
 * stopped and started again for it.
 */
const createImage: Handler = (call) => {
  const { cloud, region, params } = call;
  const name = required(params, "Name");
  const instance = imageable(call);
  checkName(call, name);
  const tags = tagSpecifications(params, ["image", "snapshot"]);
  const requested = new Map(readBlockDevices(params).map((device) => [device.deviceName, device]));
  endDryRun(call);
  const now = cloud.time.now();
  const readyAt = now + cloud.time.of("image");
  const mappings: DeviceMapping[] = [];
  const snapshots: Snapshot[] = [];
  let root: Snapshot | undefined;
  for (const [device, volume] of volumesOf(region, instance)) {
    const wanted = requested.get(device);
    requested.delete(device);
    if (!wanted?.noDevice) {
      const snapshot = addSnapshot(region, {
        bornAt: now,
        readyAt,
        description: "",
        volumeId: volume.id,
        volumeSize: volume.size,
        encrypted: volume.encrypted,
        kmsKeyId: volume.kmsKeyId,
        failure: undefined,
        tags: tagsFor(tags, "snapshot"),
        layers: device === instance.rootDeviceName ? instance.layers : [],
        sourceName: instance.sourceName,
      });
      snapshots.push(snapshot);
      root = device === instance.rootDeviceName ? snapshot : root;
      mappings.push(mappingOf(device, volume, snapshot.id, wanted));
    }
  }
  mappings.push(...[...requested.values()].filter(({ noDevice }) => !noDevice));
  const image = addImage(cloud, region, {
    ...instance.imageTraits,
    bornAt: now,
    readyAt,
    failure: undefined,
    name,
    description: text(params, "Description") ?? "",
    rootDeviceName: instance.rootDeviceName,
    enaSupport: instance.enaSupport,
    sriovNetSupport: instance.sriovNetSupport,
    mappings,
    sourceImageId: instance.imageId,
    sourceImageRegion: region.name,
    sourceInstanceId: instance.id,
    tags: tagsFor(tags, "image"),
    layers: instance.layers,
    sourceName: instance.sourceName,
  });
  for (const snapshot of snapshots) snapshot.description = `Created by CreateImage(${instance.id}) for ${image.id}`;
  captureInstance(call, instance, { image, root, mayReboot: flag(params, "NoReboot") !== true });
  return { imageId: image.id };
};

/** The mappings of a new image, filled in from the snapshots they name; and the snapshot of its root device. */
function registered(
  call: ApiCall,
  rootDevice: string,
): { readonly mappings: readonly DeviceMapping[]; readonly root: Snapshot } {
  let root: Snapshot | undefined;
  const mappings = readBlockDevices(call.params).map((device) => {
    const id = device.ebs?.snapshotId;
    if (device.ebs === undefined || id === undefined) return device;
    const snapshot = find(call, "snapshot", call.region.snapshots, id);
    if (snapshotState(call.cloud, snapshot) !== "completed") {
      throw refusal("IncorrectState", `Snapshot '${id}' is not 'completed'.`);
    }
    root = device.deviceName === rootDevice ? snapshot : root;
    const ebs = ebsOver(device.ebs, {
      snapshotId: id,
      volumeSize: snapshot.volumeSize,
      volumeType: "gp2",
      iops: undefined,
      throughput: undefined,
      encrypted: snapshot.encrypted,
      kmsKeyId: undefined,
      deleteOnTermination: true,
    });
    return { ...device, ebs };
  });
  if (root === undefined) {
    throw refusal(
      "InvalidBlockDeviceMapping",
      `The request must contain a mapping of the root device ${rootDevice} to a snapshot.`,
    );
  }
  return { mappings, root };
}

/** RegisterImage, from snapshots. */
const registerImage: Handler = (call) => {
  const { cloud, region, params } = call;
  const name = required(params, "Name");
  checkName(call, name);
  const tags = tagSpecifications(params, ["image"]);
  if (text(params, "ImageLocation")) {
    throw invalid("imageLocation", text(params, "ImageLocation") ?? "", "Instance store images are not supported.");
  }
  const rootDeviceName = required(params, "RootDeviceName");
  const { mappings, root } = registered(call, rootDeviceName);
  endDryRun(call);
  const now = cloud.time.now();
  const made: NewImage = {
    bornAt: now,
    readyAt: now + cloud.time.of("register"),
    failure: undefined,
    name,
    description: text(params, "Description") ?? "",
    architecture: text(params, "Architecture") ?? "i386",
    virtualizationType: text(params, "VirtualizationType") ?? "paravirtual",
    rootDeviceName,
    enaSupport: flag(params, "EnaSupport") ?? false,
    sriovNetSupport: text(params, "SriovNetSupport") || undefined,
    bootMode: text(params, "BootMode") || undefined,
    imdsSupport: text(params, "ImdsSupport") || undefined,
    tpmSupport: text(params, "TpmSupport") || undefined,
    platform: undefined,
    mappings,
    tags: tagsFor(tags, "image"),
    layers: root.layers,
    sourceName: root.sourceName,
    sourceImageId: undefined,
    sourceImageRegion: undefined,
    sourceInstanceId: undefined,
  };
  return { imageId: addImage(cloud, region, made).id };
};

/** Handlers of the calls that create images in a region. */
export const imageMakingActions: Actions = { CreateImage: createImage, RegisterImage: registerImage };
