import {
  DeleteParameterCommand,
  GetParameterCommand,
  GetParameterHistoryCommand,
  GetParametersCommand,
  LabelParameterVersionCommand,
  type ParameterHistory,
  PutParameterCommand,
  UnlabelParameterVersionCommand,
} from "@aws-sdk/client-ssm";
import { BakeError } from "../core/errors.js";
import { hasAwsCode, ifFound } from "./client/errors.js";
import { pages } from "./client/pages.js";
import { passes } from "./client/refusals.js";
import type { CallScope } from "./client/session.js";
import { type ResourceTags, tagList } from "./tags.js";

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

/** Data type whose values Parameter Store checks to be images of the region. */
export const IMAGE_TYPE = "aws:ec2:image";

/** Reads a parameter; `name` may end in `:label` or `:version`. Undefined when there is none (or it is not validated yet). */
export async function readParameter(scope: CallScope, name: string): Promise<CurrentParameter | undefined> {
  const ssm = await scope.session.ssm(scope.region);
  const found = (await ifFound(ssm.send(new GetParameterCommand({ Name: name }), scope.signal)))?.Parameter;
  return (
    found && {
      value: found.Value ?? "",
      version: found.Version ?? 0,
      changedAt: found.LastModifiedDate?.getTime(),
      dataType: found.DataType ?? "text",
    }
  );
}

/** How a put is made: the first takes tags; `description` says why, and stands in the history. */
export type PutMode = ({ readonly first: true; readonly tags: ResourceTags } | { readonly first: false }) & {
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
  const input = {
    Name: name,
    Value: imageId,
    Type: "String",
    DataType: IMAGE_TYPE,
    Description: how.description,
    Overwrite: !how.first,
    Tags: how.first ? tagList(how.tags) : undefined,
  } as const;
  try {
    const answer = await ssm.send(new PutParameterCommand(input), scope.signal);
    return { outcome: "put", version: answer.Version ?? 1 };
  } catch (error) {
    if (hasAwsCode(error, "ParameterAlreadyExists")) return { outcome: "exists" };
    if (hasAwsCode(error, "ParameterMaxVersionLimitExceeded")) return { outcome: "full" };
    if (passes(error)) return { outcome: "busy" };
    throw error;
  }
}

/** Removes a parameter with all its versions; one that is gone is fine. */
export async function deleteParameter(scope: CallScope, name: string): Promise<void> {
  const ssm = await scope.session.ssm(scope.region);
  await ifFound(ssm.send(new DeleteParameterCommand({ Name: name }), scope.signal));
}

/** All versions that Parameter Store keeps (at most 100), oldest first. Empty when there is no such parameter. */
export async function parameterHistory(scope: CallScope, name: string): Promise<readonly ParameterVersion[]> {
  const ssm = await scope.session.ssm(scope.region);
  const input = { Name: name, MaxResults: 50 };
  const versions = await ifFound(
    pages(
      (NextToken) => ssm.send(new GetParameterHistoryCommand({ ...input, NextToken }), scope.signal),
      ({ Parameters }) => Parameters,
    ),
  );
  return (versions ?? []).map(toVersion).sort((a, b) => a.version - b.version);
}

function toVersion(found: ParameterHistory): ParameterVersion {
  return {
    value: found.Value ?? "",
    version: found.Version ?? 0,
    labels: found.Labels ?? [],
    at: found.LastModifiedDate?.getTime() ?? 0,
    by: found.LastModifiedUser ?? "",
    description: found.Description ?? "",
    dataType: found.DataType ?? "text",
  };
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

/** Names that one call may ask for (GetParameters). */
export const NAMES_AT_ONCE = 10;

/** Values of parameters by name, those that exist; at most ten names. */
export async function readParameters(scope: CallScope, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const ssm = await scope.session.ssm(scope.region);
  const answer = await ssm.send(new GetParametersCommand({ Names: [...names] }), scope.signal);
  const found = (answer.Parameters ?? []).map(({ Name, Value }) => [Name ?? "", Value ?? ""] as const);
  return new Map(found);
}

/** Writes a parameter of text in the standard tier (at most 4 KB), whether or not it exists. */
export async function putTextParameter(
  scope: CallScope,
  name: string,
  value: string,
  description: string,
): Promise<void> {
  const ssm = await scope.session.ssm(scope.region);
  const input = { Name: name, Value: value, Type: "String", Tier: "Standard", Description: description } as const;
  await ssm.send(new PutParameterCommand({ ...input, Overwrite: true }), scope.signal);
}

/** Reads a parameter of any type (GetParameter), decrypted when asked to. */
export async function readAnyParameter(
  scope: CallScope,
  name: string,
  decrypt: boolean,
): Promise<{ readonly value: string; readonly version: string; readonly arn: string }> {
  const ssm = await scope.session.ssm(scope.region);
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name, WithDecryption: decrypt }), scope.signal);
  return { value: Parameter?.Value ?? "", version: String(Parameter?.Version ?? ""), arn: Parameter?.ARN ?? "" };
}
