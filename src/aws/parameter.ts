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
import { sendChange } from "./client/change.js";
import { hasAwsCode, ifFound } from "./client/errors.js";
import { readPages } from "./client/pages.js";
import type { CallScope } from "./client/session.js";
import { type ResourceTags, toTagList } from "./tags.js";

/** A value of a parameter, and its version. */
export interface ParameterValue {
  readonly value: string;
  readonly version: number;
}

/** The current version of a parameter. */
export interface CurrentParameter extends ParameterValue {
  /** When this version was written, in milliseconds since the epoch; undefined if Parameter Store does not return it. */
  readonly changedAt: number | undefined;
  /** `aws:ec2:image` if Parameter Store validates that the value is an image id. */
  readonly dataType: string;
}

/** One version in a parameter's history; `at` in milliseconds since the epoch. */
export interface ParameterVersion extends ParameterValue {
  readonly labels: readonly string[];
  readonly at: number;
  /** ARN of the caller that wrote it. */
  readonly by: string;
  readonly description: string;
  /** `aws:ec2:image` if Parameter Store validates that the value is an image id. */
  readonly dataType: string;
}

/** The result of a put. `exists`: the parameter already exists, and the put does not overwrite. */
export type PutOutcome =
  | { readonly outcome: "put"; readonly version: number }
  | { readonly outcome: "exists" }
  /** While Parameter Store validated an earlier put, another writer changed the parameter. Read it again. */
  | { readonly outcome: "changed" }
  /** The parameter has 100 versions, and the oldest cannot be deleted because it has a label. */
  | { readonly outcome: "full" };

/** Data type whose values Parameter Store validates as image ids of the Region. */
export const IMAGE_TYPE = "aws:ec2:image";

/** Returns a parameter; `name` may end in `:label` or `:version`. Undefined if it does not exist or is not validated yet. */
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

/**
 * The mode of a put. Only the first put sets tags. Another put keeps the parameter's data type, because Parameter Store refuses to change
 * it. The history keeps `description`.
 */
export type PutMode = (
  | { readonly first: true; readonly tags: ResourceTags }
  | { readonly first: false; readonly dataType: string | undefined }
) & {
  readonly description?: string | undefined;
  /** Returns whether another writer has changed the parameter. Called before a put is repeated, which would overwrite that change. */
  readonly isChanged?: (() => Promise<boolean>) | undefined;
};

/**
 * Writes an image parameter. Only the first put sets tags, because Parameter Store accepts no tags with `Overwrite` (PutParameter).
 * The response does not show whether the value is valid: read it back.
 */
export async function putImageParameter(
  scope: CallScope,
  name: string,
  imageId: string,
  mode: PutMode,
): Promise<PutOutcome> {
  const ssm = await scope.session.ssm(scope.region);
  const input = {
    Name: name,
    Value: imageId,
    Type: "String",
    DataType: mode.first ? IMAGE_TYPE : (mode.dataType ?? IMAGE_TYPE),
    Description: mode.description,
    Overwrite: !mode.first,
    Tags: mode.first ? toTagList(mode.tags) : undefined,
  } as const;
  let isChanged = false;
  try {
    const isLost = async () => {
      isChanged = (await mode.isChanged?.()) ?? false;
      return isChanged;
    };
    const target = { what: `parameter "${name}"`, isLost };
    const response = await sendChange(scope, ssm, new PutParameterCommand(input), target);
    return { outcome: "put", version: response.Version ?? 1 };
  } catch (error) {
    if (hasAwsCode(error, "ParameterAlreadyExists")) return { outcome: "exists" };
    if (hasAwsCode(error, "ParameterMaxVersionLimitExceeded")) return { outcome: "full" };
    if (isChanged) return { outcome: "changed" };
    throw error;
  }
}

/** Deletes a parameter with all its versions. A parameter that does not exist is no error. */
export async function deleteParameter(scope: CallScope, name: string): Promise<void> {
  const ssm = await scope.session.ssm(scope.region);
  await ifFound(sendChange(scope, ssm, new DeleteParameterCommand({ Name: name }), { what: `parameter "${name}"` }));
}

/** Returns all versions that Parameter Store keeps (at most 100), oldest first. Empty if the parameter does not exist. */
export async function readParameterHistory(scope: CallScope, name: string): Promise<readonly ParameterVersion[]> {
  const ssm = await scope.session.ssm(scope.region);
  const input = { Name: name, MaxResults: 50 };
  const versions = await ifFound(
    readPages(
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

/** Sets a label on a version and removes it from the version that had it. Throws an `AwsError` at the limit of 10 labels. */
export async function labelParameter(scope: CallScope, name: string, version: number, label: string): Promise<void> {
  const ssm = await scope.session.ssm(scope.region);
  const input = { Name: name, ParameterVersion: version, Labels: [label] };
  const target = { what: `label "${label}" of parameter "${name}"` };
  const response = await sendChange(scope, ssm, new LabelParameterVersionCommand(input), target);
  if (!response.InvalidLabels?.includes(label)) return;
  throw new BakeError(`Parameter Store rejected the label "${label}"`, {
    code: "label-invalid",
    region: scope.region,
    hint: 'Use at most 100 letters, digits and . - _. A label must not start with a digit, "aws" or "ssm".',
  });
}

/** Removes a label from a version. */
export async function unlabelParameter(scope: CallScope, name: string, version: number, label: string): Promise<void> {
  const ssm = await scope.session.ssm(scope.region);
  const input = { Name: name, ParameterVersion: version, Labels: [label] };
  const target = { what: `label "${label}" of parameter "${name}"` };
  await sendChange(scope, ssm, new UnlabelParameterVersionCommand(input), target);
}

/** Maximum number of names in one call (GetParameters). */
export const NAMES_AT_ONCE = 10;

/** Returns the values of the parameters that exist, by name. At most ten names. */
export async function readParameters(scope: CallScope, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const ssm = await scope.session.ssm(scope.region);
  const response = await ssm.send(new GetParametersCommand({ Names: [...names] }), scope.signal);
  const found = (response.Parameters ?? []).map(({ Name, Value }) => [Name ?? "", Value ?? ""] as const);
  return new Map(found);
}

/** Creates or overwrites a text parameter in the standard tier (at most 4 KB). */
export async function putTextParameter(
  scope: CallScope,
  name: string,
  value: string,
  description: string,
): Promise<void> {
  const ssm = await scope.session.ssm(scope.region);
  const input = { Name: name, Value: value, Type: "String", Tier: "Standard", Description: description } as const;
  const command = new PutParameterCommand({ ...input, Overwrite: true });
  await sendChange(scope, ssm, command, { what: `parameter "${name}"` });
}

/** Returns a parameter of any type (GetParameter), decrypted if `decrypt` is true. */
export async function readAnyParameter(
  scope: CallScope,
  name: string,
  decrypt: boolean,
): Promise<{ readonly value: string; readonly version: string; readonly arn: string }> {
  const ssm = await scope.session.ssm(scope.region);
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name, WithDecryption: decrypt }), scope.signal);
  return { value: Parameter?.Value ?? "", version: String(Parameter?.Version ?? ""), arn: Parameter?.ARN ?? "" };
}
