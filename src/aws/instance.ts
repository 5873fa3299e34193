import {
  type BlockDeviceMapping,
  DescribeInstancesCommand,
  GetConsoleOutputCommand,
  type Instance,
  ModifyInstanceAttributeCommand,
  RunInstancesCommand,
  type RunInstancesCommandInput,
  StopInstancesCommand,
} from "@aws-sdk/client-ec2";
import { BakeError } from "../core/errors.js";
import type { ProbeResult } from "../core/poll.js";
import { ifFound } from "./client/errors.js";
import { NOT_YET_VISIBLE } from "./client/refusals.js";
import type { CallScope } from "./client/session.js";
import { INTERVALS, LONGEST, waitFor } from "./client/wait.js";
import { type ResourceTags, tagRecord } from "./tags.js";

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
  readonly tags: ResourceTags;
}

/** Reads an instance that DescribeInstances or RunInstances returns; empty texts are undefined. */
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
 * Launches one instance and returns it. The token is zonal once a subnet or zone is given: the same token elsewhere launches a
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
  const answer = await ifFound(ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }), scope.signal));
  return answer?.Reservations?.flatMap(({ Instances }) => Instances ?? []).map(toFoundInstance)[0];
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

const GOING = new Set(["shutting-down", "terminated"]);

/** Waits until an instance runs; one that dies while pending ends the wait with EC2's reason. */
export async function waitUntilRunning(scope: CallScope, id: string): Promise<FoundInstance> {
  return waitForState(scope, id, {
    what: `instance ${id} to run`,
    longest: LONGEST.instance,
    done: (instance) => instance.state === "running",
    dead: (instance) => GOING.has(instance.state),
  });
}

/** Waits until an instance is stopped; one that terminates instead is an error. */
export async function waitUntilStopped(scope: CallScope, id: string): Promise<FoundInstance> {
  return waitForState(scope, id, {
    what: `instance ${id} to stop`,
    longest: LONGEST.stop,
    done: (instance) => instance.state === "stopped",
    dead: (instance) => GOING.has(instance.state),
  });
}

interface StateWait {
  readonly what: string;
  readonly longest: number;
  done(instance: FoundInstance): boolean;
  dead(instance: FoundInstance): boolean;
}

async function waitForState(scope: CallScope, id: string, wait: StateWait): Promise<FoundInstance> {
  const { clock } = scope.session;
  const began = clock.now();
  return waitFor(scope, {
    what: wait.what,
    resource: id,
    interval: INTERVALS.power,
    longest: wait.longest,
    probe: async (): Promise<ProbeResult<FoundInstance>> => {
      const instance = await instanceById(scope, id);
      if (instance === undefined) {
        if (clock.now() - began < NOT_YET_VISIBLE) return { state: "waiting" };
        return { state: "failed", error: ended(scope, id, "it is not known any more", undefined) };
      }
      if (wait.done(instance)) return { state: "done", value: instance };
      if (wait.dead(instance))
        return { state: "failed", error: ended(scope, id, `it is ${instance.state}`, instance.reason) };
      return { state: "waiting", progress: { text: instance.state } };
    },
  });
}

/** Why an instance ended: EC2's StateReason decides whether another place could help. */
function ended(scope: CallScope, id: string, how: string, reason: string | undefined): BakeError {
  const capacity =
    reason !== undefined && /InsufficientInstanceCapacity|capacity|SpotInstanceTermination/i.test(reason);
  return new BakeError(`the instance ${id} ended: ${how}${reason === undefined ? "" : ` (${reason})`}`, {
    code: capacity ? "instance-no-capacity" : "instance-ended",
    resource: id,
    region: scope.region,
    hint: /InternalError|kms/i.test(reason ?? "")
      ? "An internal error at launch is often a KMS key that the role may not use, or a volume limit."
      : "Try another instance_type or availability_zone, or run the bake again.",
  });
}

/** The last lines of an instance's console (hostile text); empty where there is none yet, or it cannot be read. */
export async function consoleTail(scope: CallScope, instanceId: string, lines: number): Promise<readonly string[]> {
  const ec2 = await scope.session.ec2(scope.region);
  try {
    const answer = await ec2.send(new GetConsoleOutputCommand({ InstanceId: instanceId, Latest: false }), scope.signal);
    const text = Buffer.from(answer.Output ?? "", "base64").toString("utf8");
    return text
      .split(/\r?\n/)
      .filter((line) => line.trim() !== "")
      .slice(-lines);
  } catch {
    return [];
  }
}
