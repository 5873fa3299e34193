import { type Actions, DONE, endDryRun, type Handler } from "../../call.js";
import type { Cloud, Region } from "../../cloud.js";
import { ACCOUNT, newId } from "../../records.js";
import { timestamp } from "../../times.js";
import { missing, refusal } from "../../wire/errors.js";
import type { FilterFields } from "../../wire/filters.js";
import { groups, type Params, required, text, texts } from "../../wire/query.js";
import type { Members } from "../../wire/xml.js";
import { describeRows, select } from "../describe.js";
import { find } from "../ids.js";
import type { Snapshot } from "../model.js";
import { snapshotState } from "../states.js";
import { tagSet, tagSpecifications, tagsFor } from "../tags.js";
import { captureSnapshot, discardUnused } from "./layers.js";

/** A new snapshot in a region. */
export function addSnapshot(region: Region, made: Omit<Snapshot, "id" | "sharedWith" | "capturing">): Snapshot {
  const added: Snapshot = { ...made, id: newId("snap"), sharedWith: [], capturing: false };
  region.snapshots.set(added.id, added);
  return added;
}

function snapshotItem(cloud: Cloud, snapshot: Snapshot): Members {
  const { time } = cloud;
  const state = snapshotState(cloud, snapshot);
  const whole = Math.max(1, snapshot.readyAt - snapshot.bornAt);
  const share = state === "pending" ? (time.now() - snapshot.bornAt) / whole : 1;
  return {
    snapshotId: snapshot.id,
    volumeId: snapshot.volumeId,
    status: state,
    statusMessage: state === "error" ? snapshot.failure : undefined,
    startTime: timestamp(snapshot.bornAt),
    completionTime: state === "completed" ? timestamp(snapshot.readyAt) : undefined,
    progress: `${Math.floor(share * 100)}%`,
    ownerId: ACCOUNT,
    description: snapshot.description,
    volumeSize: snapshot.volumeSize,
    encrypted: snapshot.encrypted,
    kmsKeyId: snapshot.kmsKeyId,
    storageTier: "standard",
    transferType: "standard",
    tagSet: tagSet(snapshot.tags),
  };
}

function snapshotFilters(cloud: Cloud): FilterFields<Snapshot> {
  return {
    "snapshot-id": (row) => row.id,
    "volume-id": (row) => row.volumeId,
    "volume-size": (row) => row.volumeSize,
    status: (row) => snapshotState(cloud, row),
    description: (row) => row.description,
    encrypted: (row) => row.encrypted,
    "owner-id": () => ACCOUNT,
    "storage-tier": () => "standard",
    "start-time": (row) => timestamp(row.bornAt),
    progress: (row) => (snapshotState(cloud, row) === "completed" ? "100%" : undefined),
  };
}

const describeSnapshots: Handler = (call) => {
  const { cloud, region, params } = call;
  const owners = texts(params, "Owner");
  const mine = owners.length === 0 || owners.includes("self") || owners.includes(ACCOUNT);
  const own = mine ? region.snapshots : new Map<string, Snapshot>();
  return describeRows(call, "snapshotSet", select(call, "snapshot", own, "SnapshotId"), {
    filters: snapshotFilters(cloud),
    tagsOf: (row) => row.tags,
    item: (row) => snapshotItem(cloud, row),
  });
};

const createSnapshot: Handler = (call) => {
  const { cloud, region, params } = call;
  const volume = find(call, "volume", region.volumes, required(params, "VolumeId"));
  const tags = tagSpecifications(params, ["snapshot"]);
  endDryRun(call);
  const now = cloud.time.now();
  const snapshot = addSnapshot(region, {
    bornAt: now,
    readyAt: now + cloud.time.of("snapshot"),
    description: text(params, "Description") ?? "",
    volumeId: volume.id,
    volumeSize: volume.size,
    encrypted: volume.encrypted,
    kmsKeyId: volume.kmsKeyId,
    failure: undefined,
    tags: tagsFor(tags, "snapshot"),
    layers: [],
    sourceName: "",
  });
  captureSnapshot(call, volume, snapshot);
  return snapshotItem(cloud, snapshot);
};

const deleteSnapshot: Handler = (call) => {
  const { cloud, region, params } = call;
  const snapshot = find(call, "snapshot", region.snapshots, required(params, "SnapshotId"));
  const user = [...region.images.values()].find(({ mappings }) =>
    mappings.some(({ ebs }) => ebs?.snapshotId === snapshot.id),
  );
  if (user !== undefined) {
    throw refusal("InvalidSnapshot.InUse", `The snapshot ${snapshot.id} is currently in use by ${user.id}`);
  }
  endDryRun(call);
  region.snapshots.delete(snapshot.id);
  discardUnused(cloud, snapshot.layers);
  return DONE;
};

function changes(params: Params): { readonly add: readonly string[]; readonly remove: readonly string[] } {
  const side = (name: string): readonly string[] =>
    groups(params, `CreateVolumePermission.${name}`).flatMap(
      (entry) => text(entry, "UserId") ?? text(entry, "Group") ?? [],
    );
  const named = [...texts(params, "UserId"), ...texts(params, "UserGroup")];
  const removes = text(params, "OperationType") === "remove";
  return {
    add: [...side("Add"), ...(removes ? [] : named)],
    remove: [...side("Remove"), ...(removes ? named : [])],
  };
}

const modifySnapshotAttribute: Handler = (call) => {
  const snapshot = find(call, "snapshot", call.region.snapshots, required(call.params, "SnapshotId"));
  const { add, remove } = changes(call.params);
  if (add.length > 0 && remove.length > 0) {
    throw refusal("InvalidParameterCombination", "Only one of add or remove permissions can be given in one request.");
  }
  if (add.length + remove.length === 0) throw missing("createVolumePermission");
  for (const user of [...add, ...remove]) {
    if (user !== "all" && !/^\d{12}$/.test(user)) {
      throw refusal("InvalidAttributeItemValue", `Invalid attribute item value "${user}" for userId item type.`);
    }
  }
  if (add.includes("all") && call.region.ebs.publicSnapshots !== "unblocked") {
    throw refusal(
      "OperationNotPermitted",
      "You can't publicly share this snapshot because block public access for snapshots is enabled in this Region.",
    );
  }
  if (add.includes("all") && snapshot.encrypted) {
    throw refusal("OperationNotPermitted", "Encrypted snapshots cannot be shared publicly.");
  }
  if (add.length > 0 && snapshot.kmsKeyId?.endsWith("alias/aws/ebs")) {
    throw refusal("InvalidParameter", "Snapshots encrypted with the AWS Managed CMK can't be shared.");
  }
  endDryRun(call);
  snapshot.sharedWith = [...new Set([...snapshot.sharedWith, ...add])].filter((user) => !remove.includes(user));
  return DONE;
};

const describeSnapshotAttribute: Handler = (call) => {
  const snapshot = find(call, "snapshot", call.region.snapshots, required(call.params, "SnapshotId"));
  if (required(call.params, "Attribute") === "productCodes") return { snapshotId: snapshot.id, productCodes: [] };
  return {
    snapshotId: snapshot.id,
    createVolumePermission: snapshot.sharedWith.map((user) => (user === "all" ? { group: user } : { userId: user })),
  };
};

/** Handlers of the calls about snapshots. */
export const snapshotActions: Actions = {
  DescribeSnapshots: describeSnapshots,
  CreateSnapshot: createSnapshot,
  DeleteSnapshot: deleteSnapshot,
  ModifySnapshotAttribute: modifySnapshotAttribute,
  DescribeSnapshotAttribute: describeSnapshotAttribute,
};
