import {
  type BlockDeviceMapping,
  DescribeInstancesCommand,
  type Instance,
  ModifyInstanceAttributeCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StopInstancesCommand,
} from "@aws-sdk/client-ec2";
import { BakeError } from "../core/errors.js";
import { failedAs } from "./client/errors.js";
import type { CallScope } from "./client/session.js";
import { type Tags, tagRecord } from "./tags.js";

export type { BlockDeviceMapping };

/** An instance as the engine reads it. Addresses are undefined where there are none (yet). */
export interface FoundInstance {
  readonly id: string;
  readonly state: string;
  /** Why it is in this state, as EC2 says: `Server.InsufficientInstanceCapacity: …`. */
  readonly reason: string | undefined;
  readonly zone: string;
  readonly type: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly publicIp: string | undefined;
  readonly privateIp: string | undefined;
  readonly publicDns: string | undefined;
  readonly privateDns: string | undefined;
  readonly ipv6: string | undefined;
  readonly volumeIds: readonly string[];
  readonly tags: Tags;
}

/** Reads what DescribeInstances and RunInstances answer; empty texts are undefined. */
function toFoundInstance(instance: Instance): FoundInstance {
  const interfaces = instance.NetworkInterfaces ?? [];
  const { Code: code, Message: message } = instance.StateReason ?? {};
  const reason = message || instance.StateTransitionReason || code;
  return {
    id: instance.InstanceId ?? "",
    state: instance.State?.Name ?? "pending",
    reason: reason || undefined,
    zone: instance.Placement?.AvailabilityZone ?? "",
    type: instance.InstanceType ?? "",
    vpcId: instance.VpcId ?? "",
    subnetId: instance.SubnetId ?? "",
    publicIp: instance.PublicIpAddress || undefined,
    privateIp: instance.PrivateIpAddress || undefined,
    publicDns: instance.PublicDnsName || undefined,
    privateDns: instance.PrivateDnsName || undefined,
    ipv6: instance.Ipv6Address || interfaces[0]?.Ipv6Addresses?.[0]?.Ipv6Address || undefined,
    volumeIds: (instance.BlockDeviceMappings ?? []).flatMap((mapping) => mapping.Ebs?.VolumeId ?? []),
    tags: tagRecord(instance.Tags),
  };
}

/** A launch of one instance, without its counts and token. */
export type LaunchInput = Omit<RunInstancesCommandInput, "MinCount" | "MaxCount" | "ClientToken">;

/**
 * Launches one instance and answers it. The token is zonal once a subnet or zone is given: the same token elsewhere launches a
 * second instance, so each place gets a token of its own (EC2 developer guide, idempotency).
 */
export async function runInstance(scope: CallScope, input: LaunchInput, token: string): Promise<FoundInstance> {
  const ec2 = await scope.session.ec2(scope.region);
  const answer = await ec2.send(
    new RunInstancesCommand({ ...input, MinCount: 1, MaxCount: 1, ClientToken: token }),
    scope.signal,
  );
  const [instance] = answer.Instances ?? [];
  if (instance?.InstanceId) return toFoundInstance(instance);
  throw new BakeError(`EC2 launched no instance in ${scope.region}`, {
    code: "no-instance",
    region: scope.region,
  });
}

/** An instance by its id; undefined where it is not (or not yet) known. */
export async function instanceById(scope: CallScope, id: string): Promise<FoundInstance | undefined> {
  const ec2 = await scope.session.ec2(scope.region);
  try {
    const answer = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }), scope.signal);
    return answer.Reservations?.flatMap((reservation) => reservation.Instances ?? []).map(toFoundInstance)[0];
  } catch (error) {
    if (failedAs(error, "not-found")) return undefined;
    throw error;
  }
}

/** Asks for a stop; the operating system shuts down in order. */
export async function stopInstance(scope: CallScope, id: string): Promise<void> {
  const ec2 = await scope.session.ec2(scope.region);
  await ec2.send(new StopInstancesCommand({ InstanceIds: [id] }), scope.signal);
}

/** Switches enhanced networking on (ENA, SR-IOV `simple`); the instance must be stopped (EC2 ModifyInstanceAttribute). */
export async function modifyNetworking(
  scope: CallScope,
  id: string,
  change: { readonly ena: boolean } | { readonly sriov: "simple" },
): Promise<void> {
  const ec2 = await scope.session.ec2(scope.region);
  const attribute =
    "ena" in change ? { EnaSupport: { Value: change.ena } } : { SriovNetSupport: { Value: change.sriov } };
  await ec2.send(new ModifyInstanceAttributeCommand({ InstanceId: id, ...attribute }), scope.signal);
}
