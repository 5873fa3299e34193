import {
  CopyImageCommand,
  CreateSecurityGroupCommand,
  ImportKeyPairCommand,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import type { Failure } from "./client/error-codes.js";
import { AwsError } from "./client/errors.js";
import type { CallScope } from "./client/session.js";
import { findTemporaryError } from "./client/temporary-errors.js";
import { type CopySpec, copyInput } from "./image.js";
import type { LaunchInput } from "./instance.js";
import { type KeyPairSpec, keyPairInput } from "./key-pair.js";
import { type SecurityGroupSpec, securityGroupInput } from "./security-group.js";
import type { ResourceTags } from "./tags.js";

/**
 * The result of a call with `DryRun` (EC2 API reference, common parameters): the error that the call would end with, or that it would pass.
 * `unknown`: it cannot be found out. `ignored`: the service does not know dry runs and has carried out the call. AWS never does that.
 */
export type DryRunResult = AwsError | "passed" | "unknown" | "ignored";

/** Failures that say nothing about the real call: it comes later, is repeated, or is sent to another place. */
const PASSING: readonly Failure[] = [
  "throttled",
  "transient",
  "expired",
  "no-credentials",
  "capacity",
  "pending-state",
];

/** Codes of a service that does not have the action or the parameter, such as an emulator. */
const NOT_KNOWN = /^(InvalidAction|UnknownOperation(Exception)?|NotImplemented|UnsupportedOperation|UnknownParameter)$/;

/** Returns what a dry run shows. Rejects with the signal's reason. */
async function resultOf(call: Promise<unknown>): Promise<DryRunResult> {
  try {
    await call;
    return "ignored";
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    if (error.awsCode === "DryRunOperation") return "passed";
    const passes = PASSING.includes(error.failure) || findTemporaryError(error) !== undefined;
    return passes || NOT_KNOWN.test(error.awsCode) ? "unknown" : error;
  }
}

/** Checks a launch of one instance. It has no client token: a token belongs to the real launch. */
export async function dryRunLaunch(scope: CallScope, input: LaunchInput): Promise<DryRunResult> {
  const ec2 = await scope.session.ec2(scope.region);
  const command = new RunInstancesCommand({ ...input, MinCount: 1, MaxCount: 1, DryRun: true });
  return resultOf(ec2.send(command, scope.signal));
}

/** Checks a copy of an image into `scope.region`. */
export async function dryRunCopy(scope: CallScope, spec: CopySpec, marks: ResourceTags): Promise<DryRunResult> {
  const ec2 = await scope.session.ec2(scope.region);
  return resultOf(ec2.send(new CopyImageCommand({ ...copyInput(spec, marks), DryRun: true }), scope.signal));
}

/** Checks the creation of a security group. */
export async function dryRunSecurityGroup(
  scope: CallScope,
  spec: SecurityGroupSpec,
  marks: ResourceTags,
): Promise<DryRunResult> {
  const ec2 = await scope.session.ec2(scope.region);
  const command = new CreateSecurityGroupCommand({ ...securityGroupInput(spec, marks), DryRun: true });
  return resultOf(ec2.send(command, scope.signal));
}

/** Checks the import of a key pair. */
export async function dryRunKeyPair(scope: CallScope, spec: KeyPairSpec, marks: ResourceTags): Promise<DryRunResult> {
  const ec2 = await scope.session.ec2(scope.region);
  return resultOf(ec2.send(new ImportKeyPairCommand({ ...keyPairInput(spec, marks), DryRun: true }), scope.signal));
}
