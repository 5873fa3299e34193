import type { Actions, ApiCall, Handler } from "../../call.js";
import type { Cloud } from "../../cloud.js";
import { ACCOUNT, stockId, type TagMap } from "../../records.js";
import { timestamp } from "../../times.js";
import type { FilterFields } from "../../wire/filters.js";
import { texts } from "../../wire/query.js";
import type { Members } from "../../wire/xml.js";
import { describeRows } from "../describe.js";
import type { Instance } from "../model.js";
import { instanceState, isReleased } from "../states.js";
import { tagSet } from "../tags.js";

/** The addresses of an instance as they show now. With a sandbox behind it, both are the sandbox's. */
export function addresses(
  cloud: Cloud,
  instance: Instance,
): { readonly inner?: string | undefined; readonly outer?: string | undefined } {
  const state = instanceState(cloud, instance);
  if (state === "terminated") return {};
  const inner = cloud.sandboxes === undefined ? instance.privateIp : instance.address;
  const isUp = state === "running" || state === "stopping" || state === "shutting-down";
  const outer = cloud.sandboxes === undefined ? instance.publicIp : instance.publicIp && instance.address;
  return { inner, outer: isUp && outer !== undefined ? outer : undefined };
}

/** The groups of an instance in a response of EC2. */
export function groupSet(call: ApiCall, instance: Instance): readonly Members[] {
  return instance.groupIds.map((groupId) => ({
    groupId,
    groupName: call.region.securityGroups.get(groupId)?.name ?? groupId,
  }));
}

/** The private host name. */
export function innerName(call: ApiCall, inner: string | undefined): string | undefined {
  return inner === undefined ? undefined : `ip-${inner.replaceAll(".", "-")}.${call.region.name}.compute.internal`;
}

/** A name that resolves: the endpoint has no name server, so it is the address itself where the instance has a sandbox. */
export function outerName(call: ApiCall, outer: string | undefined): string | undefined {
  if (outer === undefined || call.cloud.sandboxes !== undefined) return outer;
  return `ec2-${outer.replaceAll(".", "-")}.${call.region.name}.compute.amazonaws.com`;
}

/** The one network interface of an instance in a response of EC2. */
export function interfaceItem(call: ApiCall, instance: Instance): Members {
  const { inner, outer } = addresses(call.cloud, instance);
  const association =
    outer === undefined ? undefined : { ipOwnerId: "amazon", publicDnsName: outerName(call, outer), publicIp: outer };
  return {
    networkInterfaceId: instance.networkInterface.id,
    subnetId: instance.subnet.id,
    vpcId: call.region.vpc.vpcId,
    description: "",
    ownerId: ACCOUNT,
    status: "in-use",
    macAddress: instance.networkInterface.mac,
    privateIpAddress: inner,
    privateDnsName: innerName(call, inner),
    sourceDestCheck: instance.sourceDestCheck,
    groupSet: groupSet(call, instance),
    attachment: {
      attachmentId: instance.networkInterface.id.replace("eni-", "eni-attach-"),
      deviceIndex: 0,
      networkCardIndex: 0,
      instanceId: instance.id,
      instanceOwnerId: ACCOUNT,
      status: "attached",
      attachTime: timestamp(instance.bornAt),
      deleteOnTermination: true,
    },
    association,
    privateIpAddressesSet: [
      { privateIpAddress: inner, privateDnsName: innerName(call, inner), primary: true, association },
    ],
    interfaceType: "interface",
  };
}

/** A network interface: of an instance, or of a gateway that a seed has added. */
interface InterfaceRow {
  readonly id: string;
  readonly groupIds: readonly string[];
  readonly subnetId: string | undefined;
  readonly instanceId: string | undefined;
  readonly outer: string | undefined;
  readonly tags: TagMap;
  readonly item: Members;
}

function instanceRow(call: ApiCall, instance: Instance): InterfaceRow {
  const { networkInterface, groupIds, subnet, id } = instance;
  return {
    id: networkInterface.id,
    groupIds,
    subnetId: subnet.id,
    instanceId: id,
    outer: addresses(call.cloud, instance).outer,
    tags: networkInterface.tags,
    item: { ...interfaceItem(call, instance), availabilityZone: subnet.zone.name },
  };
}

function gatewayRow({ region }: ApiCall, publicIp: string): InterfaceRow {
  const id = stockId("eni", publicIp);
  const subnet = region.vpc.subnets[0];
  const association = { ipOwnerId: ACCOUNT, publicIp };
  const item = {
    networkInterfaceId: id,
    subnetId: subnet?.id,
    vpcId: region.vpc.vpcId,
    ownerId: ACCOUNT,
    status: "in-use",
    interfaceType: "nat_gateway",
    requesterManaged: true,
    association,
    availabilityZone: subnet?.zone.name,
  };
  return { id, groupIds: [], subnetId: subnet?.id, instanceId: undefined, outer: publicIp, tags: new Map(), item };
}

const describeNetworkInterfaces: Handler = (call) => {
  const { cloud, region, params } = call;
  const ids = texts(params, "NetworkInterfaceId");
  const instances = [...region.instances.values()].filter((row) => !isReleased(cloud, row));
  const all = [
    ...instances.map((each) => instanceRow(call, each)),
    ...region.network.otherAddresses.map((each) => gatewayRow(call, each)),
  ];
  const filters: FilterFields<InterfaceRow> = {
    "network-interface-id": (row) => row.id,
    "group-id": (row) => row.groupIds,
    "association.public-ip": (row) => row.outer,
    "attachment.instance-id": (row) => row.instanceId,
    "subnet-id": (row) => row.subnetId,
    "vpc-id": () => region.vpc.vpcId,
    status: () => "in-use",
  };
  const selection = { rows: all.filter(({ id }) => ids.length === 0 || ids.includes(id)), ids };
  return describeRows(call, "networkInterfaceSet", selection, {
    filters,
    tagsOf: (row) => row.tags,
    item: (row) => ({ ...row.item, tagSet: tagSet(row.tags) }),
  });
};

/** Handlers of the calls about network interfaces. */
export const networkInterfaceActions: Actions = { DescribeNetworkInterfaces: describeNetworkInterfaces };
