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
import { type ChangeTarget, sendChange } from "./client/change.js";
import { failedAs, ifFound } from "./client/errors.js";
import { PAGE_SIZE, readPages } from "./client/pages.js";
import type { CallScope } from "./client/session.js";
import { type Circumstance, NOT_YET_VISIBLE } from "./client/temporary-errors.js";
import { INTERVALS, LONGEST, waitFor } from "./client/wait.js";
import type { Filter } from "./filters.js";
import { type ResourceTags, toTagRecord } from "./tags.js";

export type { BlockDeviceMapping };

/** An instance as DescribeInstances returns it. Addresses are undefined if it has none (yet). */
export interface FoundInstance {
  readonly id: string;
  readonly state: string;
  /** EC2's reason for the state: `Server.InsufficientInstanceCapacity: …`. */
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
  readonly imageId: string;
  readonly groupIds: readonly string[];
  /** Time of the launch in milliseconds since the epoch, in whole seconds; undefined if EC2 does not report it. */
  readonly launchedAt: number | undefined;
  readonly tags: ResourceTags;
}

/** Converts an instance that DescribeInstances or RunInstances returns; empty strings become undefined. */
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
    imageId: instance.ImageId ?? "",
    groupIds: (instance.SecurityGroups ?? []).flatMap(({ GroupId }) => GroupId ?? []),
    launchedAt: instance.LaunchTime?.getTime(),
    tags: toTagRecord(instance.Tags),
  };
}

/** The input of a launch of one instance, without counts and token. */
export type LaunchInput = Omit<RunInstancesCommandInput, "MinCount" | "MaxCount" | "ClientToken">;

/**
 * Launches one instance and returns it. With a subnet or zone the token is zonal: the same token in another zone launches a second
 * instance, so each zone needs a separate token (EC2 developer guide, idempotency). Waits while the image is pending, and while EC2 does
 * not find what was just `created`. Throws a `BakeError` if EC2 launches none.
 */
export async function runInstance(
  scope: CallScope,
  input: LaunchInput,
  token: string,
  created: readonly Circumstance[] = [],
): Promise<FoundInstance> {
  const ec2 = await scope.session.ec2(scope.region);
  const command = new RunInstancesCommand({ ...input, MinCount: 1, MaxCount: 1, ClientToken: token });
  const response = await sendChange(scope, ec2, command, {
    what: `what the launch from ${input.ImageId ?? "the AMI"} needs`,
    circumstances: created,
  });
  const [instance] = response.Instances ?? [];
  if (instance?.InstanceId) return toFoundInstance(instance);
  throw new BakeError(`EC2 launched no instance in ${scope.region}`, {
    code: "no-instance",
    region: scope.region,
  });
}

/** Returns the instance with the id; undefined if it does not exist or is not visible yet. */
export async function describeInstance(scope: CallScope, id: string): Promise<FoundInstance | undefined> {
  const ec2 = await scope.session.ec2(scope.region);
  const response = await ifFound(ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }), scope.signal));
  return response?.Reservations?.flatMap(({ Instances }) => Instances ?? []).map(toFoundInstance)[0];
}

/** Returns the instances that match the filters and are not terminated; all pages. */
export async function describeLiveInstances(
  scope: CallScope,
  filters: readonly Filter[],
): Promise<readonly FoundInstance[]> {
  const ec2 = await scope.session.ec2(scope.region);
  const live = { Name: "instance-state-name", Values: ["pending", "running", "stopping", "stopped"] };
  const input = { Filters: [...filters, live], MaxResults: PAGE_SIZE };
  const found = await readPages(
    (NextToken) => ec2.send(new DescribeInstancesCommand({ ...input, NextToken }), scope.signal),
    ({ Reservations }) => Reservations?.flatMap(({ Instances }) => Instances ?? []),
  );
  return found.map(toFoundInstance);
}

/** The target of a change of an instance. An instance that terminates cannot be changed any more. */
function target(scope: CallScope, id: string): ChangeTarget {
  return { what: `instance ${id}`, isLost: async () => isTerminating(await describeInstance(scope, id)) };
}

/** Starts to stop the instance; the operating system shuts down cleanly. */
export async function stopInstance(scope: CallScope, id: string): Promise<void> {
  const ec2 = await scope.session.ec2(scope.region);
  await sendChange(scope, ec2, new StopInstancesCommand({ InstanceIds: [id] }), target(scope, id));
}

/** Enables enhanced networking (ENA, SR-IOV `simple`). The instance must be stopped (EC2 ModifyInstanceAttribute). */
export async function modifyNetworking(
  scope: CallScope,
  id: string,
  change: { readonly ena: boolean } | { readonly sriov: "simple" },
): Promise<void> {
  const ec2 = await scope.session.ec2(scope.region);
  const attribute =
    "ena" in change ? { EnaSupport: { Value: change.ena } } : { SriovNetSupport: { Value: change.sriov } };
  const command = new ModifyInstanceAttributeCommand({ InstanceId: id, ...attribute });
  await sendChange(scope, ec2, command, target(scope, id));
}

/** Returns whether an instance terminates or is terminated. An instance that EC2 does not show does not: reads may be stale. */
export function isTerminating(instance: FoundInstance | undefined): boolean {
  return instance?.state === "shutting-down" || instance?.state === "terminated";
}

/** Waits until an instance runs. Throws a `BakeError` with EC2's reason if it terminates. */
export async function waitUntilRunning(scope: CallScope, id: string): Promise<FoundInstance> {
  return waitForState(scope, id, {
    what: `instance ${id} to run`,
    longest: LONGEST.instance,
    done: (instance) => instance.state === "running",
    failed: isTerminating,
  });
}

/** Waits until an instance is stopped. Throws a `BakeError` if it terminates. */
export async function waitUntilStopped(scope: CallScope, id: string): Promise<FoundInstance> {
  return waitForState(scope, id, {
    what: `instance ${id} to stop`,
    longest: LONGEST.stop,
    done: (instance) => instance.state === "stopped",
    failed: isTerminating,
  });
}

/** Milliseconds that EC2 may need to show that an instance shuts itself down. */
const SHUTDOWN_VISIBLE = 60_000;

/** Returns whether an instance stops or is stopped. EC2 shows it some time after the instance began to shut down, so a running one is read again. */
export async function stopsByItself(scope: CallScope, id: string): Promise<boolean> {
  const { clock } = scope.session;
  const began = clock.now();
  return waitFor(scope, {
    what: `instance ${id} to shut down`,
    resource: id,
    interval: INTERVALS.power,
    longest: undefined,
    probe: async () => {
      const state = (await describeInstance(scope, id))?.state;
      if (state === "stopping" || state === "stopped") return { state: "done", value: true };
      const isOver = clock.now() - began >= SHUTDOWN_VISIBLE;
      return state !== "running" || isOver ? { state: "done", value: false } : { state: "waiting" };
    },
  });
}

interface StateWait {
  readonly what: string;
  readonly longest: number;
  done(instance: FoundInstance): boolean;
  failed(instance: FoundInstance): boolean;
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
      const instance = await describeInstance(scope, id);
      if (instance === undefined) {
        if (clock.now() - began < NOT_YET_VISIBLE) return { state: "waiting" };
        return { state: "failed", error: terminatedError(scope, id, "no longer exists", undefined) };
      }
      if (wait.done(instance)) return { state: "done", value: instance };
      if (wait.failed(instance))
        return { state: "failed", error: terminatedError(scope, id, `is ${instance.state}`, instance.reason) };
      return { state: "waiting", progress: { text: instance.state } };
    },
  });
}

/** Returns the error for a terminated instance. EC2's StateReason decides whether another zone or type can help. */
function terminatedError(scope: CallScope, id: string, state: string, reason: string | undefined): BakeError {
  const capacity =
    reason !== undefined && /InsufficientInstanceCapacity|capacity|SpotInstanceTermination/i.test(reason);
  return new BakeError(`Instance ${id} ${state} in ${scope.region}${reason === undefined ? "" : `: "${reason}"`}`, {
    code: capacity ? "instance-no-capacity" : "instance-ended",
    resource: id,
    region: scope.region,
    hint: /InternalError|kms/i.test(reason ?? "")
      ? "Check that the role can use the KMS key of the volumes, and check the EBS volume quotas."
      : 'Set another "instance_type" or "availability_zone", or run the bake again.',
  });
}

/** Longest console output, in bytes: EC2 keeps the most recent 64 KB (EC2 GetConsoleOutput). */
const CONSOLE_LIMIT = 65_536;

/**
 * Returns an instance's console output (untrusted text); empty if there is none yet or it cannot be read. Of instances on Nitro it is the
 * most recent output; EC2 has no other than that of the last start or stop of the others (EC2 GetConsoleOutput).
 */
export async function readConsole(scope: CallScope, instanceId: string): Promise<string> {
  const ec2 = await scope.session.ec2(scope.region);
  const read = async (Latest: boolean) =>
    (await ec2.send(new GetConsoleOutputCommand({ InstanceId: instanceId, Latest }), scope.signal)).Output;
  const output = await read(true)
    .catch((error: unknown) => (failedAs(error, "denied") ? undefined : read(false)))
    .catch(() => undefined);
  return Buffer.from(output ?? "", "base64")
    .subarray(-CONSOLE_LIMIT)
    .toString("utf8");
}

/** Returns the last lines of a console output that are not empty. */
export function lastConsoleLines(text: string, lines: number): readonly string[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== "")
    .slice(-lines);
}
