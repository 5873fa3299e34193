import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  LabelParameterVersionCommand,
  type ParameterHistory,
  PutParameterCommand,
  UnlabelParameterVersionCommand,
} from "@aws-sdk/client-ssm";
import { BakeError } from "../core/errors.js";
import { failedAs, hasAwsCode } from "./client/errors.js";
import type { CallScope } from "./client/session.js";
import type { Tags } from "./tags.js";

/** A value of a parameter, and its version. */
export interface ParameterValue {
  readonly value: string;
  readonly version: number;
}

/** A parameter as it reads now. */
export interface CurrentParameter extends ParameterValue {
  /** When this version was written, in milliseconds since the epoch; undefined where Parameter Store does not say. */
  readonly changedAt: number | undefined;
  /** `aws:ec2:image` for one whose values Parameter Store checks to be images. */
  readonly dataType: string;
}

/** One version in a parameter's history; `at` in milliseconds since the epoch. */
export interface ParameterVersion extends ParameterValue {
  readonly labels: readonly string[];
  readonly at: number;
  /** ARN of who wrote it. */
  readonly by: string;
  readonly description: string;
  /** `aws:ec2:image` for one whose values Parameter Store checks to be images. */
  readonly dataType: string;
}

/** What a put came to: `exists` for a first put that found the parameter already there. */
export type PutOutcome =
  | { readonly outcome: "put"; readonly version: number }
  | { readonly outcome: "exists" }
  /** A put before is still being validated, or another writer is at it: try again. */
  | { readonly outcome: "busy" }
  /** 100 versions, and the oldest cannot be dropped as it carries a label. */
  | { readonly outcome: "full" };

/** Systems Manager's tags: like EC2's, but both parts are required. */
const tagList = (tags: Tags) => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** Data type whose values Parameter Store checks to be images of the region. */
export const IMAGE_TYPE = "aws:ec2:image";

/** Reads a parameter; `name` may end in `:label` or `:version`. Undefined when there is none (or it is not validated yet). */
export async function readParameter(scope: CallScope, name: string): Promise<CurrentParameter | undefined> {
  const ssm = await scope.session.ssm(scope.region);
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name }), scope.signal);
    if (Parameter === undefined) return undefined;
    return {
      value: Parameter.Value ?? "",
      version: Parameter.Version ?? 0,
      changedAt: Parameter.LastModifiedDate?.getTime(),
      dataType: Parameter.DataType ?? "text",
    };
  } catch (error) {
    if (failedAs(error, "not-found")) return undefined;
    throw error;
  }
}

/** How a put is made: the first takes tags; `description` says why, and stands in the history. */
export type PutMode = ({ readonly first: true; readonly tags: Tags } | { readonly first: false }) & {
  readonly description?: string | undefined;
};

/**
 * Writes an image parameter. Tags go only with the first put: Parameter Store takes no tags with `Overwrite`
 * (PutParameter). The answer says nothing of whether the value is valid: read it back.
 */
export async function putImageParameter(
  scope: CallScope,
  name: string,
  imageId: string,
  how: PutMode,
): Promise<PutOutcome> {
  const ssm = await scope.session.ssm(scope.region);
  const input = { Name: name, Value: imageId, Type: "String", DataType: IMAGE_TYPE } as const;
  const said = how.description === undefined ? {} : { Description: how.description };
  const mode = how.first ? { Overwrite: false, Tags: tagList(how.tags) } : { Overwrite: true };
  try {
    const answer = await ssm.send(new PutParameterCommand({ ...input, ...said, ...mode }), scope.signal);
    return { outcome: "put", version: answer.Version ?? 1 };
  } catch (error) {
    if (hasAwsCode(error, "ParameterAlreadyExists")) return { outcome: "exists" };
    if (hasAwsCode(error, "ParameterMaxVersionLimitExceeded")) return { outcome: "full" };
    if (hasAwsCode(error, "TooManyUpdates") || isBeingValidated(error)) return { outcome: "busy" };
    throw error;
  }
}

function isBeingValidated(error: unknown): boolean {
  return hasAwsCode(error, "ValidationException") && /validation (is )?in (process|progress)/i.test(error.awsMessage);
}

/** Removes a parameter with all its versions; one that is gone is fine. */
export async function deleteParameter(scope: CallScope, name: string): Promise<void> {
  const ssm = await scope.session.ssm(scope.region);
  try {
    await ssm.send(new DeleteParameterCommand({ Name: name }), scope.signal);
  } catch (error) {
    if (!failedAs(error, "not-found")) throw error;
  }
}

/** All versions that Parameter Store keeps (at most 100), oldest first. Empty when there is no such parameter. */
export async function parameterHistory(scope: CallScope, name: string): Promise<readonly ParameterVersion[]> {
  const ssm = await scope.session.ssm(scope.region);
  const found: ParameterHistory[] = [];
  let token: string | undefined;
  try {
    do {
      const input = { Name: name, MaxResults: 50, NextToken: token };
      const answer = await ssm.send(new GetParameterHistoryCommand(input), scope.signal);
      found.push(...(answer.Parameters ?? []));
      token = answer.NextToken;
    } while (token);
  } catch (error) {
    if (failedAs(error, "not-found")) return [];
    throw error;
  }
  return found
    .map((each) => ({
      value: each.Value ?? "",
      version: each.Version ?? 0,
      labels: each.Labels ?? [],
      at: each.LastModifiedDate?.getTime() ?? 0,
      by: each.LastModifiedUser ?? "",
      description: each.Description ?? "",
      dataType: each.DataType ?? "text",
    }))
    .sort((a, b) => a.version - b.version);
}

/** Puts a label on a version; it leaves the version that had it. Throws an `AwsError` at the limit of 10 labels. */
export async function labelParameter(scope: CallScope, name: string, version: number, label: string): Promise<void> {
  const ssm = await scope.session.ssm(scope.region);
  const input = { Name: name, ParameterVersion: version, Labels: [label] };
  const answer = await ssm.send(new LabelParameterVersionCommand(input), scope.signal);
  if (!answer.InvalidLabels?.includes(label)) return;
  throw new BakeError(`Parameter Store does not take the label "${label}"`, {
    code: "label-invalid",
    region: scope.region,
    hint: "A label has up to 100 letters, digits and . - _, and begins with none of a digit, aws and ssm.",
  });
}

/** Takes a label off a version. */
export async function unlabelParameter(scope: CallScope, name: string, version: number, label: string): Promise<void> {
  const ssm = await scope.session.ssm(scope.region);
  const input = { Name: name, ParameterVersion: version, Labels: [label] };
  await ssm.send(new UnlabelParameterVersionCommand(input), scope.signal);
}
