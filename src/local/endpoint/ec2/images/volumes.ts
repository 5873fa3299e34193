import { type Actions, DONE, endDryRun, type Handler } from "../../call.js";
import type { Cloud, Region } from "../../cloud.js";
import { newId } from "../../records.js";
import { timestamp } from "../../times.js";
import { invalid, missing, refusal } from "../../wire/errors.js";
import type { FilterFields } from "../../wire/filters.js";
import { flag, integer, required, text } from "../../wire/query.js";
import type { Members } from "../../wire/xml.js";
import { describeRows, select } from "../describe.js";
import { find } from "../ids.js";
import type { Volume } from "../model.js";
import { volumeState } from "../states.js";
import { tagSet, tagSpecifications, tagsFor } from "../tags.js";
import { recall, remember } from "../tokens.js";

function volumeItem(cloud: Cloud, region: Region, volume: Volume): Members {
  const state = volumeState(cloud, region, volume);
  const { attachment } = volume;
  return {
    volumeId: volume.id,
    size: volume.size,
    snapshotId: volume.snapshotId,
    availabilityZone: volume.zone,
    status: state,
    createTime: timestamp(volume.bornAt),
    volumeType: volume.type,
    iops: volume.iops,
    throughput: volume.throughput,
    encrypted: volume.encrypted,
    kmsKeyId: volume.kmsKeyId,
    multiAttachEnabled: false,
    attachmentSet:
      state === "in-use" && attachment !== undefined
        ? [
            {
              volumeId: volume.id,
              instanceId: attachment.instanceId,
              device: attachment.device,
              status: "attached",
              attachTime: timestamp(attachment.at),
              deleteOnTermination: attachment.deleteOnTermination,
            },
          ]
        : [],
    tagSet: tagSet(volume.tags),
  };
}

function volumeFilters(cloud: Cloud, region: Region): FilterFields<Volume> {
  const attached = (row: Volume): Volume["attachment"] =>
    volumeState(cloud, region, row) === "in-use" ? row.attachment : undefined;
  return {
    "volume-id": (row) => row.id,
    "attachment.instance-id": (row) => attached(row)?.instanceId,
    "attachment.device": (row) => attached(row)?.device,
    "attachment.delete-on-termination": (row) => attached(row)?.deleteOnTermination,
    "attachment.status": (row) => (attached(row) ? "attached" : undefined),
    "availability-zone": (row) => row.zone,
    encrypted: (row) => row.encrypted,
    size: (row) => row.size,
    "snapshot-id": (row) => row.snapshotId,
    status: (row) => volumeState(cloud, region, row),
    "volume-type": (row) => row.type,
    "create-time": (row) => timestamp(row.bornAt),
  };
}

const describeVolumes: Handler = (call) => {
  const { cloud, region } = call;
  const living = new Map([...region.volumes].filter(([, volume]) => volumeState(cloud, region, volume) !== "deleted"));
  return describeRows(call, "volumeSet", select(call, "volume", living, "VolumeId"), {
    filters: volumeFilters(cloud, region),
    tagsOf: (row) => row.tags,
    item: (row) => volumeItem(cloud, region, row),
  });
};

const createVolume: Handler = (call) => {
  const { cloud, region, params } = call;
  const earlier = region.volumes.get(recall(call)?.[0] ?? "");
  if (earlier !== undefined) return volumeItem(cloud, region, earlier);
  const zone = required(params, "AvailabilityZone");
  if (!region.vpc.subnets.some((subnet) => subnet.zone.name === zone)) {
    throw refusal("InvalidZone.NotFound", `The zone '${zone}' does not exist.`);
  }
  const snapshotId = text(params, "SnapshotId") ?? "";
  const snapshot = snapshotId === "" ? undefined : find(call, "snapshot", region.snapshots, snapshotId);
  const size = integer(params, "Size") ?? snapshot?.volumeSize;
  if (size === undefined) throw missing("size/snapshot");
  if (size < (snapshot?.volumeSize ?? 1)) {
    throw invalid("size", String(size), `Volume of size ${size}GB is smaller than snapshot.`);
  }
  const tags = tagSpecifications(params, ["volume"]);
  endDryRun(call);
  const iops = integer(params, "Iops");
  const throughput = integer(params, "Throughput");
  const kmsKeyId = text(params, "KmsKeyId");
  const volume: Volume = {
    id: newId("vol"),
    bornAt: cloud.time.now(),
    size,
    type: text(params, "VolumeType") ?? "gp2",
    iops,
    throughput,
    snapshotId,
    zone,
    encrypted: flag(params, "Encrypted") ?? snapshot?.encrypted ?? false,
    kmsKeyId: kmsKeyId || undefined,
    tags: tagsFor(tags, "volume"),
    attachment: undefined,
  };
  region.volumes.set(volume.id, volume);
  remember(call, [volume.id]);
  return volumeItem(cloud, region, volume);
};

const deleteVolume: Handler = (call) => {
  const { cloud, region, params } = call;
  const volume = find(call, "volume", region.volumes, required(params, "VolumeId"));
  const state = volumeState(cloud, region, volume);
  if (state === "deleted") throw refusal("InvalidVolume.NotFound", `The volume '${volume.id}' does not exist.`);
  if (state === "in-use") {
    throw refusal("VolumeInUse", `Volume ${volume.id} is currently attached to ${volume.attachment?.instanceId}`);
  }
  endDryRun(call);
  region.volumes.delete(volume.id);
  return DONE;
};

/** Handlers of the calls about volumes. */
export const volumeActions: Actions = {
  DescribeVolumes: describeVolumes,
  CreateVolume: createVolume,
  DeleteVolume: deleteVolume,
};
