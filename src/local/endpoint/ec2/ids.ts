import type { ApiCall } from "../call.js";
import type { Resource } from "../records.js";
import { refusal, type ServiceError } from "../wire/errors.js";

/** The form of the ids of a kind, and the errors of EC2 about them. */
interface IdKind {
  readonly prefix: string;
  readonly noun: string;
  readonly malformed: string;
  readonly unknown: string;
}

const KINDS = {
  image: { prefix: "ami", noun: "image id", malformed: "InvalidAMIID.Malformed", unknown: "InvalidAMIID.NotFound" },
  instance: {
    prefix: "i",
    noun: "instance ID",
    malformed: "InvalidInstanceID.Malformed",
    unknown: "InvalidInstanceID.NotFound",
  },
  snapshot: {
    prefix: "snap",
    noun: "snapshot",
    malformed: "InvalidSnapshotID.Malformed",
    unknown: "InvalidSnapshot.NotFound",
  },
  volume: { prefix: "vol", noun: "volume", malformed: "InvalidVolumeID.Malformed", unknown: "InvalidVolume.NotFound" },
  "security-group": {
    prefix: "sg",
    noun: "security group",
    malformed: "InvalidGroupId.Malformed",
    unknown: "InvalidGroup.NotFound",
  },
  "key-pair": {
    prefix: "key",
    noun: "key pair",
    malformed: "InvalidKeyPair.NotFound",
    unknown: "InvalidKeyPair.NotFound",
  },
  subnet: {
    prefix: "subnet",
    noun: "subnet ID",
    malformed: "InvalidSubnetID.Malformed",
    unknown: "InvalidSubnetID.NotFound",
  },
  "route-table": {
    prefix: "rtb",
    noun: "routeTable ID",
    malformed: "InvalidRouteTableId.Malformed",
    unknown: "InvalidRouteTableID.NotFound",
  },
  vpc: { prefix: "vpc", noun: "vpc ID", malformed: "InvalidVpcID.Malformed", unknown: "InvalidVpcID.NotFound" },
  "network-interface": {
    prefix: "eni",
    noun: "networkInterface ID",
    malformed: "InvalidNetworkInterfaceId.Malformed",
    unknown: "InvalidNetworkInterfaceID.NotFound",
  },
  "instance-connect-endpoint": {
    prefix: "eice",
    noun: "instance connect endpoint ID",
    malformed: "InvalidInstanceConnectEndpointId.Malformed",
    unknown: "InvalidInstanceConnectEndpointId.NotFound",
  },
  "launch-template": {
    prefix: "lt",
    noun: "launch template",
    malformed: "InvalidLaunchTemplateId.Malformed",
    unknown: "InvalidLaunchTemplateId.NotFound",
  },
} as const satisfies Record<string, IdKind>;

/** A kind of resource, as EC2 names it in tags. */
export type Kind = keyof typeof KINDS;

/** The kind that an id's prefix names, or undefined. */
export function kindOf(id: string): Kind | undefined {
  const prefix = id.slice(0, id.lastIndexOf("-"));
  return KIND_NAMES.find((kind) => KINDS[kind].prefix === prefix);
}

const KIND_NAMES: readonly Kind[] = Object.keys(KINDS).filter((name): name is Kind => name in KINDS);

/** Throws the kind's `Malformed` error for an id that cannot be one. */
export function checkId(kind: Kind, id: string): void {
  const { prefix, malformed } = KINDS[kind];
  if (!new RegExp(`^${prefix}-([0-9a-f]{8}|[0-9a-f]{17})$`).test(id)) {
    throw refusal(malformed, `Invalid id: "${id}" (expecting "${prefix}-...")`);
  }
}

/** The kind's `NotFound` error. */
export function notFound(kind: Kind, ids: readonly string[]): ServiceError {
  const { noun, unknown } = KINDS[kind];
  const list = kind === "image" ? `[${ids.join(", ")}]` : ids.join(", ");
  // Messages about disks end in a full stop, the others do not.
  const end = kind === "snapshot" || kind === "volume" ? "." : "";
  return refusal(
    unknown,
    `The ${noun}${ids.length === 1 ? "" : "s"} '${list}' ${ids.length === 1 ? "does" : "do"} not exist${end}`,
  );
}

/** Whether other calls know a resource yet. */
export function isVisible(call: ApiCall, resource: Resource): boolean {
  const { time } = call.cloud;
  return time.now() >= resource.bornAt + time.of("consistency");
}

/** The resource with an id that other calls know already; throws `Malformed` or `NotFound`. */
export function find<T extends Resource>(call: ApiCall, kind: Kind, among: ReadonlyMap<string, T>, id: string): T {
  checkId(kind, id);
  const found = among.get(id);
  if (found === undefined || !isVisible(call, found)) throw notFound(kind, [id]);
  return found;
}
