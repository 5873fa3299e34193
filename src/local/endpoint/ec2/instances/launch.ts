import { type Actions, type ApiCall, endDryRun, type Handler } from "../../call.js";
import { mayUseKey } from "../../kms/key-use.js";
import { newId, type TagMap } from "../../records.js";
import { checkVcpus } from "../../rules.js";
import { missing, refusal } from "../../wire/errors.js";
import { groups, integer, text } from "../../wire/query.js";
import { hasKey, mergeBlockDevices } from "../images/block-devices.js";
import { defaultKeyOf } from "../images/ebs-settings.js";
import type { DeviceMapping, Instance } from "../model.js";
import { instanceState } from "../states.js";
import { tagsFor } from "../tags.js";
import { recall, remember } from "../tokens.js";
import { reservationItem } from "./describe-instances.js";
import { keysOfFirstBoot, refuseKeyType } from "./first-boot.js";
import { instanceType } from "./instance-types.js";
import { type LaunchSpec, launchSpec, withTemplate } from "./launch-spec.js";
import { failLaunch, launchSandbox } from "./power.js";
import { newWindowsPassword } from "./windows-password.js";

/** Launches instances from a checked call, all in one reservation. */
export function launch(call: ApiCall, spec: LaunchSpec, count: number, clientToken: string): readonly Instance[] {
  const { region } = call;
  const devices = mergeBlockDevices(spec.image.mappings, spec.devices);
  const reservationId = newId("r");
  const key = region.keyPairs.get(spec.keyName ?? "");
  refuseKeyType(spec.image, key);
  const refused = call.cloud.sandboxes?.refusal?.(spec.image, spec.image.platform === "windows");
  if (refused !== undefined) throw refusal("Unsupported", refused);
  checkVcpus(region.rules, spec.type, count * instanceType(spec.type).vcpus, (families) => usedVcpus(call, families));
  const launched: Instance[] = [];
  for (let index = 0; index < count; index += 1) {
    const instance = newInstance(call, spec, { devices, reservationId, clientToken, index });
    region.instances.set(instance.id, instance);
    for (const device of devices) attachVolume(call, instance, device, spec.tags);
    launchSandbox(call, instance, keysOfFirstBoot(spec, key));
    if (devices.some(({ ebs }) => ebs?.kmsKeyId !== undefined && !isUsableKey(call, ebs.kmsKeyId))) {
      failLaunch(call, instance, {
        code: "Client.InternalError",
        message: "Client.InternalError: Client error on launch",
      });
    }
    launched.push(instance);
  }
  return launched;
}

function isUsableKey(call: ApiCall, keyId: string): boolean {
  return hasKey(call.region, keyId) && mayUseKey(call, keyId);
}

function usedVcpus({ cloud, region }: ApiCall, families: RegExp): number {
  return [...region.instances.values()]
    .filter((each) => families.test(each.type) && /^(pending|running)$/.test(instanceState(cloud, each)))
    .reduce((sum, { type }) => sum + instanceType(type).vcpus, 0);
}

interface Place {
  readonly devices: readonly DeviceMapping[];
  readonly reservationId: string;
  readonly clientToken: string;
  readonly index: number;
}

function newInstance(call: ApiCall, spec: LaunchSpec, place: Place): Instance {
  const { cloud } = call;
  const now = cloud.time.now();
  const { image, profile } = spec;
  cloud.launches += 1;
  const n = cloud.launches;
  const { architecture, virtualizationType, bootMode, imdsSupport, tpmSupport, platform } = image;
  return {
    id: newId("i"),
    bornAt: now,
    reservationId: place.reservationId,
    launchIndex: place.index,
    clientToken: place.clientToken,
    imageId: image.id,
    imageTraits: {
      architecture,
      virtualizationType,
      bootMode,
      imdsSupport,
      tpmSupport,
      platform,
    },
    sourceName: image.sourceName,
    layers: image.layers,
    rootDeviceName: image.rootDeviceName,
    devices: place.devices,
    type: spec.type,
    keyName: spec.keyName,
    subnet: spec.subnet,
    groupIds: spec.groupIds,
    networkInterface: {
      id: newId("eni"),
      bornAt: now,
      tags: tagsFor(spec.tags, "network-interface"),
      mac: `02:00:00:00:${hex(n >> 8)}:${hex(n)}`,
    },
    privateIp: `172.31.${Number(spec.subnet.cidr.split(".")[2]) + ((n >> 8) & 15)}.${n & 255}`,
    publicIp: spec.publicAddress ? `203.0.${113 + ((n >> 8) & 127)}.${n & 255}` : undefined,
    address: undefined,
    impaired: undefined,
    rebootedAt: 0,
    tags: tagsFor(spec.tags, "instance"),
    spotRequestId: spec.spot ? `sir-${newId("x").slice(-8)}` : undefined,
    profile: profile && { arn: profile.arn, id: profile.id, associationId: newId("iip-assoc") },
    userData: spec.userData,
    windowsPassword: platform === "windows" ? newWindowsPassword() : undefined,
    shutdownBehavior: spec.shutdownBehavior,
    disableApiTermination: spec.disableApiTermination,
    disableApiStop: false,
    sourceDestCheck: true,
    ebsOptimized: spec.ebsOptimized,
    enaSupport: image.enaSupport,
    sriovNetSupport: image.sriovNetSupport,
    monitoring: spec.monitoring,
    metadataOptions: spec.metadataOptions,
    phase: { kind: "starting", at: now },
    settled: true,
    work: Promise.resolve(),
    reason: undefined,
  };
}

function hex(n: number): string {
  return (n & 255).toString(16).padStart(2, "0");
}

function attachVolume(
  call: ApiCall,
  instance: Instance,
  device: DeviceMapping,
  tags: ReadonlyMap<string, TagMap>,
): void {
  const { ebs } = device;
  if (ebs === undefined) return;
  const id = newId("vol");
  const encrypted = ebs.encrypted === true || call.region.ebs.encryptionByDefault;
  const isGp3 = ebs.volumeType === "gp3";
  call.region.volumes.set(id, {
    id,
    bornAt: instance.bornAt,
    size: ebs.volumeSize ?? 8,
    type: ebs.volumeType ?? "gp2",
    iops: ebs.iops ?? (isGp3 ? 3000 : undefined),
    throughput: isGp3 ? (ebs.throughput ?? 125) : undefined,
    snapshotId: ebs.snapshotId ?? "",
    zone: instance.subnet.zone.name,
    encrypted,
    kmsKeyId: ebs.kmsKeyId ?? (encrypted ? defaultKeyOf(call.region) : undefined),
    tags: tagsFor(tags, "volume"),
    attachment: {
      instanceId: instance.id,
      device: device.deviceName,
      deleteOnTermination: ebs.deleteOnTermination ?? true,
      at: instance.bornAt,
    },
  });
}

/** A token counts for one zone if the call names a subnet or zone, else for the region. */
function tokenScope(call: ApiCall): string {
  const { params } = call;
  const card = groups(params, "NetworkInterface").find((found) => text(found, "SubnetId"));
  return (
    text(params, "SubnetId") || (card && text(card, "SubnetId")) || text(params, "Placement.AvailabilityZone") || ""
  );
}

const runInstances: Handler = (call) => {
  const { region, params } = call;
  const earlier = recall(call, tokenScope(call));
  if (earlier !== undefined) {
    return reservationItem(
      call,
      earlier.flatMap((id) => region.instances.get(id) ?? []),
    );
  }
  const least = integer(params, "MinCount");
  const most = integer(params, "MaxCount");
  if (least === undefined || most === undefined) throw missing(least === undefined ? "MinCount" : "MaxCount");
  if (least < 1 || most < least || most > 100) {
    throw refusal("InvalidParameterValue", `The minimum and maximum counts ${least} and ${most} are not valid.`);
  }
  const spec = launchSpec(call, withTemplate(call));
  mergeBlockDevices(spec.image.mappings, spec.devices);
  endDryRun(call);
  const launched = launch(call, spec, most, text(params, "ClientToken") ?? "");
  remember(
    call,
    launched.map(({ id }) => id),
    tokenScope(call),
  );
  return reservationItem(call, launched);
};

/** The handler of RunInstances. */
export const launchActions: Actions = { RunInstances: runInstances };
