import type { Region } from "../../cloud.js";
import { invalid, refusal } from "../../wire/errors.js";
import { flag, groups, has, integer, type Params, required, text } from "../../wire/query.js";
import type { Members } from "../../wire/xml.js";
import type { DeviceMapping, EbsDevice } from "../model.js";

const TYPES = ["gp2", "gp3", "io1", "io2", "st1", "sc1", "standard"];

/** Block device mappings as a call writes them. Throws InvalidParameterValue for an invalid mapping. */
export function readBlockDevices(params: Params): readonly DeviceMapping[] {
  const names = new Set<string>();
  return groups(params, "BlockDeviceMapping").map((mapping) => {
    const deviceName = required(mapping, "DeviceName");
    if (names.has(deviceName)) {
      throw refusal(
        "InvalidBlockDeviceMapping",
        `The device '${deviceName}' is used in more than one block-device mapping`,
      );
    }
    names.add(deviceName);
    return {
      deviceName,
      ebs: has(mapping, "Ebs") ? readEbs(mapping) : undefined,
      virtualName: text(mapping, "VirtualName") || undefined,
      noDevice: has(mapping, "NoDevice"),
    };
  });
}

function readEbs(mapping: Params): EbsDevice {
  const volumeType = text(mapping, "Ebs.VolumeType") || undefined;
  if (volumeType !== undefined && !TYPES.includes(volumeType)) {
    throw invalid("volumeType", volumeType, `Valid values: ${TYPES.join(", ")}.`);
  }
  return {
    snapshotId: text(mapping, "Ebs.SnapshotId") || undefined,
    volumeSize: integer(mapping, "Ebs.VolumeSize"),
    volumeType,
    iops: integer(mapping, "Ebs.Iops"),
    throughput: integer(mapping, "Ebs.Throughput"),
    encrypted: flag(mapping, "Ebs.Encrypted"),
    kmsKeyId: text(mapping, "Ebs.KmsKeyId") || undefined,
    deleteOnTermination: flag(mapping, "Ebs.DeleteOnTermination"),
  };
}

/** A device as a call requests it, with the values of `under` where the call has none. */
export function ebsOver(requested: EbsDevice | undefined, under: EbsDevice): EbsDevice {
  return {
    snapshotId: requested?.snapshotId ?? under.snapshotId,
    volumeSize: requested?.volumeSize ?? under.volumeSize,
    volumeType: requested?.volumeType ?? under.volumeType,
    iops: requested?.iops ?? under.iops,
    throughput: requested?.throughput ?? under.throughput,
    encrypted: requested?.encrypted ?? under.encrypted,
    kmsKeyId: requested?.kmsKeyId ?? under.kmsKeyId,
    deleteOnTermination: requested?.deleteOnTermination ?? under.deleteOnTermination,
  };
}

/** The mappings of an image with those of a launch in their place. Throws where the two conflict. */
export function mergeBlockDevices(
  own: readonly DeviceMapping[],
  requested: readonly DeviceMapping[],
): readonly DeviceMapping[] {
  const merged = new Map(own.map((device) => [device.deviceName, device]));
  for (const device of requested) {
    if (device.noDevice) {
      merged.delete(device.deviceName);
    } else {
      merged.set(device.deviceName, { ...device, ebs: mergeEbs(merged.get(device.deviceName)?.ebs, device.ebs) });
    }
  }
  for (const { ebs } of merged.values()) checkPerformance(ebs);
  return [...merged.values()];
}

function mergeEbs(own: EbsDevice | undefined, requested: EbsDevice | undefined): EbsDevice | undefined {
  if (requested === undefined) return own;
  const least = own?.volumeSize ?? 1;
  if (requested.volumeSize !== undefined && requested.volumeSize < least) {
    throw refusal(
      "InvalidBlockDeviceMapping",
      `Volume of size ${requested.volumeSize}GB is smaller than snapshot '${own?.snapshotId}', expect size >= ${least}GB`,
    );
  }
  // The performance of a volume goes with its type.
  const sameType = requested.volumeType === undefined || requested.volumeType === own?.volumeType;
  return ebsOver(requested, {
    snapshotId: own?.snapshotId,
    volumeSize: own?.volumeSize,
    volumeType: own?.volumeType ?? "gp2",
    iops: sameType ? own?.iops : undefined,
    throughput: sameType ? own?.throughput : undefined,
    encrypted: own?.encrypted,
    kmsKeyId: own?.kmsKeyId,
    deleteOnTermination: own?.deleteOnTermination ?? true,
  });
}

function checkPerformance(ebs: EbsDevice | undefined): void {
  const type = ebs?.volumeType ?? "gp2";
  if (ebs?.throughput !== undefined && type !== "gp3") {
    throw refusal("InvalidParameterCombination", `The parameter throughput is not supported for ${type} volumes.`);
  }
  if (ebs?.iops !== undefined && !["gp3", "io1", "io2"].includes(type)) {
    throw refusal("InvalidParameterCombination", `The parameter iops is not supported for ${type} volumes.`);
  }
  if (ebs?.iops === undefined && (type === "io1" || type === "io2")) {
    throw refusal("MissingParameter", `The request must contain the parameter iops for ${type} volumes.`);
  }
  if (type === "gp3" && ebs !== undefined && (ebs.iops ?? 3000) < 3000) {
    throw refusal("InvalidParameterValue", `Volume iops of ${ebs.iops} is too low; minimum is 3000.`);
  }
}

/** A mapping in a response of EC2. */
export function blockDeviceItem(device: DeviceMapping): Members {
  const { deviceName, virtualName, ebs } = device;
  return { deviceName, virtualName, ebs: ebs === undefined ? undefined : { ...ebs } };
}

/**
 * Whether the account has a KMS key in a region, named by id, ARN, alias or the ARN of an alias. EC2 checks the key only when it
 * uses it, so a bad key fails the new resource, not the call. A region seeded with the key `*` has every key of its own.
 */
export function hasKey(region: Region, named: string): boolean {
  const [, , , arnRegion] = named.startsWith("arn:") ? named.split(":") : [];
  if (arnRegion !== undefined && arnRegion !== region.name) return false;
  const plain = named.replace(/^arn:[^:]*:kms:[^:]*:[^:]*:(key\/)?/, "");
  return region.kmsKeys.has("*") || region.kmsKeys.has(named) || region.kmsKeys.has(plain);
}
