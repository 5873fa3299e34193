import { invalid, refusal } from "../../wire/errors.js";
import { flag, groups, has, integer, type Params, required, text } from "../../wire/query.js";
import type { Members } from "../../wire/xml.js";
import type { DeviceMapping, EbsDevice } from "../model.js";

const TYPES = ["gp2", "gp3", "io1", "io2", "st1", "sc1", "standard"];

/** Block device mappings as a call writes them. Throws InvalidParameterValue for what is no mapping. */
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
    const virtualName = text(mapping, "VirtualName");
    return {
      deviceName,
      ...(has(mapping, "Ebs") ? { ebs: readEbs(mapping) } : {}),
      ...(virtualName ? { virtualName } : {}),
      ...(has(mapping, "NoDevice") ? { noDevice: true } : {}),
    };
  });
}

function readEbs(mapping: Params): EbsDevice {
  const snapshotId = text(mapping, "Ebs.SnapshotId");
  const volumeSize = integer(mapping, "Ebs.VolumeSize");
  const volumeType = text(mapping, "Ebs.VolumeType");
  const iops = integer(mapping, "Ebs.Iops");
  const throughput = integer(mapping, "Ebs.Throughput");
  const encrypted = flag(mapping, "Ebs.Encrypted");
  const kmsKeyId = text(mapping, "Ebs.KmsKeyId");
  const deleteOnTermination = flag(mapping, "Ebs.DeleteOnTermination");
  if (volumeType && !TYPES.includes(volumeType)) {
    throw invalid("volumeType", volumeType, `Valid values: ${TYPES.join(", ")}.`);
  }
  return {
    ...(snapshotId ? { snapshotId } : {}),
    ...(volumeSize === undefined ? {} : { volumeSize }),
    ...(volumeType ? { volumeType } : {}),
    ...(iops === undefined ? {} : { iops }),
    ...(throughput === undefined ? {} : { throughput }),
    ...(encrypted === undefined ? {} : { encrypted }),
    ...(kmsKeyId ? { kmsKeyId } : {}),
    ...(deleteOnTermination === undefined ? {} : { deleteOnTermination }),
  };
}

/** The mappings of an image with those of a launch laid over them. Throws where the two do not fit. */
export function mergeBlockDevices(
  own: readonly DeviceMapping[],
  asked: readonly DeviceMapping[],
): readonly DeviceMapping[] {
  const merged = new Map(own.map((device) => [device.deviceName, device]));
  for (const device of asked) {
    if (device.noDevice) {
      merged.delete(device.deviceName);
    } else {
      merged.set(device.deviceName, { ...device, ...mergedEbs(merged.get(device.deviceName)?.ebs, device.ebs) });
    }
  }
  for (const { ebs } of merged.values()) checkPerformance(ebs);
  return [...merged.values()];
}

function mergedEbs(own: EbsDevice | undefined, asked: EbsDevice | undefined): { ebs?: EbsDevice | undefined } {
  if (asked === undefined) return own === undefined ? {} : { ebs: own };
  const least = own?.volumeSize ?? 1;
  if (asked.volumeSize !== undefined && asked.volumeSize < least) {
    throw refusal(
      "InvalidBlockDeviceMapping",
      `Volume of size ${asked.volumeSize}GB is smaller than snapshot '${own?.snapshotId}', expect size >= ${least}GB`,
    );
  }
  const { iops: _iops, throughput: _throughput, ...rest } = own ?? {};
  const kept = asked.volumeType === undefined || asked.volumeType === own?.volumeType ? (own ?? {}) : rest;
  return { ebs: { volumeType: "gp2", deleteOnTermination: true, ...kept, ...asked } };
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

/** A mapping as EC2 answers it. */
export function blockDeviceItem(device: DeviceMapping): Members {
  const { deviceName, virtualName, ebs } = device;
  return { deviceName, virtualName, ebs: ebs === undefined ? undefined : { ...ebs } };
}
