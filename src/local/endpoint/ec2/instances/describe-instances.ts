import type { Actions, ApiCall, Handler } from "../../call.js";
import type { Cloud } from "../../cloud.js";
import { ACCOUNT } from "../../records.js";
import { timestamp } from "../../times.js";
import type { FilterFields } from "../../wire/filters.js";
import { flag } from "../../wire/query.js";
import type { Members } from "../../wire/xml.js";
import { describeRows, findPage, select } from "../describe.js";
import type { Instance } from "../model.js";
import { addresses, groupSet, innerName, interfaceItem, outerName } from "../networks/network-interfaces.js";
import { instanceState, stateItem } from "../states.js";
import { tagSet } from "../tags.js";
import { instanceType } from "./instance-types.js";

function deviceItems(call: ApiCall, instance: Instance): readonly Members[] {
  return [...call.region.volumes.values()].flatMap(({ id, attachment }) =>
    attachment?.instanceId === instance.id
      ? [
          {
            deviceName: attachment.device,
            ebs: {
              volumeId: id,
              status: "attached",
              attachTime: timestamp(attachment.at),
              deleteOnTermination: attachment.deleteOnTermination,
            },
          },
        ]
      : [],
  );
}

const PENDING = { code: "pending", message: "pending", at: 0 };

/** Why an instance is not running; while it is pending, EC2 gives no other reason. */
function shownReason(cloud: Cloud, instance: Instance): Instance["reason"] {
  return instanceState(cloud, instance) === "pending" ? PENDING : instance.reason;
}

function reasonText(reason: Instance["reason"]): string {
  if (reason === undefined || reason === PENDING) return "";
  const moment = timestamp(reason.at)
    .replace("T", " ")
    .replace(/\.\d+Z$/, " GMT");
  return reason.code === "Client.UserInitiatedShutdown" ? `User initiated (${moment})` : `${reason.code} (${moment})`;
}

/** An instance in a response of EC2. */
function instanceItem(call: ApiCall, instance: Instance): Members {
  const state = instanceState(call.cloud, instance);
  const ended = state === "terminated";
  const reason = shownReason(call.cloud, instance);
  const { inner, outer } = addresses(call.cloud, instance);
  const { architecture, virtualizationType, bootMode, tpmSupport, platform } = instance.imageTraits;
  return {
    instanceId: instance.id,
    imageId: instance.imageId,
    instanceState: stateItem(state),
    privateDnsName: innerName(call, inner) ?? "",
    dnsName: outerName(call, outer) ?? "",
    reason: reasonText(reason),
    keyName: instance.keyName,
    amiLaunchIndex: instance.launchIndex,
    productCodes: [],
    instanceType: instance.type,
    cpuOptions: cpuOptions(instance.type),
    launchTime: timestamp(instance.bornAt),
    placement: {
      availabilityZone: instance.subnet.zone.name,
      availabilityZoneId: instance.subnet.zone.id,
      groupName: "",
      tenancy: "default",
    },
    platform,
    platformDetails: platform === "windows" ? "Windows" : "Linux/UNIX",
    usageOperation: "RunInstances",
    monitoring: { state: instance.monitoring ? "enabled" : "disabled" },
    subnetId: ended ? undefined : instance.subnet.id,
    vpcId: ended ? undefined : call.region.vpc.vpcId,
    privateIpAddress: inner,
    ipAddress: outer,
    sourceDestCheck: instance.sourceDestCheck,
    groupSet: ended ? [] : groupSet(call, instance),
    stateReason: reason && { code: reason.code, message: reason.message },
    architecture,
    rootDeviceType: "ebs",
    rootDeviceName: instance.rootDeviceName,
    blockDeviceMapping: ended ? [] : deviceItems(call, instance),
    virtualizationType,
    instanceLifecycle: instance.spotRequestId === undefined ? undefined : "spot",
    spotInstanceRequestId: instance.spotRequestId,
    clientToken: instance.clientToken,
    tagSet: tagSet(instance.tags),
    hypervisor: "xen",
    networkInterfaceSet: ended ? [] : [interfaceItem(call, instance)],
    iamInstanceProfile: instance.profile && { arn: instance.profile.arn, id: instance.profile.id },
    ebsOptimized: instance.ebsOptimized,
    enaSupport: instance.enaSupport,
    sriovNetSupport: instance.sriovNetSupport,
    metadataOptions: { state: "applied", httpProtocolIpv6: "disabled", ...instance.metadataOptions },
    bootMode,
    tpmSupport,
  };
}

function cpuOptions(type: string): Members {
  const { vcpus, architectures } = instanceType(type);
  const threadsPerCore = vcpus > 1 && !architectures.includes("arm64") ? 2 : 1;
  return { coreCount: vcpus / threadsPerCore, threadsPerCore };
}

/** A reservation of instances that were launched together. */
export function reservationItem(call: ApiCall, instances: readonly Instance[]): Members {
  return {
    reservationId: instances[0]?.reservationId,
    ownerId: ACCOUNT,
    groupSet: [],
    instancesSet: instances.map((instance) => instanceItem(call, instance)),
  };
}

function instanceFilters(call: ApiCall): FilterFields<Instance> {
  const { cloud, region } = call;
  return {
    "instance-id": (row) => row.id,
    "image-id": (row) => row.imageId,
    "instance-type": (row) => row.type,
    "instance-state-name": (row) => instanceState(cloud, row),
    "instance-state-code": (row) => stateItem(instanceState(cloud, row)).code,
    "instance-lifecycle": (row) => (row.spotRequestId === undefined ? undefined : "spot"),
    "spot-instance-request-id": (row) => row.spotRequestId,
    "client-token": (row) => row.clientToken,
    "key-name": (row) => row.keyName,
    "reservation-id": (row) => row.reservationId,
    architecture: (row) => row.imageTraits.architecture,
    "availability-zone": (row) => row.subnet.zone.name,
    "subnet-id": (row) => row.subnet.id,
    "network-interface.subnet-id": (row) => row.subnet.id,
    "network-interface.network-interface-id": (row) => row.networkInterface.id,
    "vpc-id": () => region.vpc.vpcId,
    "owner-id": () => ACCOUNT,
    "instance.group-id": (row) => row.groupIds,
    "network-interface.group-id": (row) => row.groupIds,
    "instance.group-name": (row) => row.groupIds.map((id) => region.securityGroups.get(id)?.name),
    "ip-address": (row) => addresses(cloud, row).outer,
    "private-ip-address": (row) => addresses(cloud, row).inner,
    "iam-instance-profile.arn": (row) => row.profile?.arn,
    "root-device-name": (row) => row.rootDeviceName,
    "root-device-type": () => "ebs",
    "launch-time": (row) => timestamp(row.bornAt),
    "state-reason-code": (row) => shownReason(cloud, row)?.code,
    "virtualization-type": (row) => row.imageTraits.virtualizationType,
    "metadata-options.http-tokens": (row) => row.metadataOptions.httpTokens,
  };
}

const describeInstances: Handler = (call) => {
  const selection = select(call, "instance", call.region.instances, "InstanceId");
  const found = findPage(call, selection, { filters: instanceFilters(call), tagsOf: (row) => row.tags });
  const reservations = new Set(found.rows.map(({ reservationId }) => reservationId));
  const launchedIn = (id: string) => found.rows.filter(({ reservationId }) => reservationId === id);
  return {
    reservationSet: [...reservations].map((id) => reservationItem(call, launchedIn(id))),
    nextToken: found.nextToken,
  };
};

function statusItem(cloud: Cloud, instance: Instance): Members {
  const state = instanceState(cloud, instance);
  const isUp = state === "running";
  const checkedAt = instance.phase.at + cloud.time.of("launch") + cloud.time.of("check");
  const isChecked = cloud.time.now() >= checkedAt;
  const statusOf = (check: NonNullable<Instance["impaired"]>): Members => {
    if (!isUp) return { status: "not-applicable", details: [] };
    if (!isChecked) return { status: "initializing", details: [{ name: "reachability", status: "initializing" }] };
    if (instance.impaired !== check) return { status: "ok", details: [{ name: "reachability", status: "passed" }] };
    return {
      status: "impaired",
      details: [{ name: "reachability", status: "failed", impairedSince: timestamp(checkedAt) }],
    };
  };
  return {
    instanceId: instance.id,
    availabilityZone: instance.subnet.zone.name,
    instanceState: stateItem(state),
    instanceStatus: statusOf("instance"),
    systemStatus: statusOf("system"),
  };
}

const describeInstanceStatus: Handler = (call) => {
  const { cloud, region, params } = call;
  const all = flag(params, "IncludeAllInstances") === true;
  const { ids, rows } = select(call, "instance", region.instances, "InstanceId");
  const shown = all ? rows : rows.filter((row) => instanceState(cloud, row) === "running");
  const selection = { ids, rows: shown };
  return describeRows(call, "instanceStatusSet", selection, {
    filters: instanceFilters(call),
    tagsOf: (row) => row.tags,
    item: (row) => statusItem(cloud, row),
  });
};

/** Handlers of the calls that list instances. */
export const instanceListActions: Actions = {
  DescribeInstances: describeInstances,
  DescribeInstanceStatus: describeInstanceStatus,
};
