import { missingAction } from "../../../../aws/client/error-texts.js";
import { type AwsError, failedAs, isOfSession } from "../../../../aws/client/errors.js";
import { findDenyingPolicy } from "../../../../aws/client/policy-denial.js";
import type { DryRunResult } from "../../../../aws/dry-run.js";
import type { Diagnostic } from "../../../../core/diagnostics.js";
import { toDiagnostic, withRange } from "../../../../core/errors.js";
import { setting } from "../../../../core/setting.js";
import type { Range } from "../../../../core/source.js";
import type { BakeReading } from "../../bake.js";
import { optionOfRefusal } from "../../refused-option.js";

/** A call that was checked by a dry run. */
export interface CheckedCall {
  /** `ec2:RunInstances`. */
  readonly action: string;
  readonly region: string;
  /** The options that the refusal of a tag or a Region is reported at, the first that is set; else it is the builder. */
  readonly tagOptions: readonly string[];
  readonly range?: Range | undefined;
  /**
   * Matches the ARNs of resources that stand in for those that the bake creates later. A denial on one of them says nothing about the bake;
   * undefined if there are none.
   */
  readonly standIns: RegExp | undefined;
  /** Whether the bake certainly fails without the call. */
  readonly isNeeded: boolean;
}

/** Returns the problem that a dry run shows, if any. */
export function problemOf(bake: BakeReading, result: DryRunResult, call: CheckedCall): Diagnostic | undefined {
  if (result === "passed" || result === "unknown") return undefined;
  if (result === "ignored") return ignoredDryRun(call);
  // The bake ends with this error by itself.
  if (isOfSession(result)) return undefined;
  const error = withPlace(bake, result, call);
  if (!isPermission(error)) return { ...toDiagnostic(error), severity: call.isNeeded ? "error" : "warning" };
  const certainty = certaintyOf(error, call);
  if (certainty === "none") {
    bake.context.surroundings.debug(() => `${call.action} is not checked: a resource of the check was denied`);
    return undefined;
  }
  return {
    ...toDiagnostic(error),
    detail: statementText(error, call),
    severity: call.isNeeded && certainty === "certain" ? "error" : "warning",
  };
}

/** Returns whether AWS denied a permission, in contrast to rejected keys and Regions that are not enabled. */
export function isPermission(error: unknown): error is AwsError {
  return failedAs(error, "denied") && !isOfSession(error);
}

function withPlace(bake: BakeReading, error: AwsError, { tagOptions, range }: CheckedCall): AwsError {
  const { options, context } = bake;
  const option = optionOfRefusal(options, error) ?? (isAboutTags(error) ? firstSet(bake, tagOptions) : undefined);
  withRange(error, option === undefined ? range : context.place(option));
  withRange(error, context.range);
  return error;
}

function isAboutTags({ awsCode, awsMessage }: AwsError): boolean {
  return awsCode.startsWith("TagPolicy") || /\btags?\b/i.test(awsMessage);
}

function firstSet({ options }: BakeReading, names: readonly string[]): string | undefined {
  const set = Object.entries(options).filter(([, value]) => (Array.isArray(value) ? value.length > 0 : value));
  return names.find((name) => set.some(([key]) => key === name));
}

/** Returns what a denial says about the real call. Without the resource in AWS's message, a stand-in may be the reason. */
function certaintyOf({ awsMessage }: AwsError, { standIns }: CheckedCall): "certain" | "possible" | "none" {
  if (standIns === undefined) return "certain";
  const resource = deniedResource(awsMessage);
  if (resource === undefined) return "possible";
  return standIns.test(resource) ? "none" : "certain";
}

/** Returns the ARN in AWS's message (IAM User Guide, "Access denied error messages"). */
function deniedResource(message: string): string | undefined {
  return /on resource:? (arn:[^\s"]+?)[.,;]?(?=[\s"]|$)/i.exec(message)?.[1];
}

/** Returns the statement that allows the action; undefined where another policy denies it, so that no statement helps. */
function statementText(error: AwsError, { action, region }: CheckedCall): string | undefined {
  const where = `Region: ${region}`;
  if (findDenyingPolicy(error.awsMessage)) return where;
  const [service = "", operation = ""] = action.split(":");
  const statement = {
    Effect: "Allow",
    Action: missingAction({ service, operation, region }, error.awsMessage),
    Resource: deniedResource(error.awsMessage) ?? "*",
  };
  return `${where}\nStatement to add: ${JSON.stringify(statement)}`;
}

function ignoredDryRun({ action, region }: CheckedCall): Diagnostic {
  return {
    severity: "warning",
    code: "dry-run-ignored",
    summary: `The endpoint carried out the dry run of ${action} in ${region}: it does not support the parameter DryRun`,
    hint: `Set ${setting("preflight")} to false for this endpoint, and run a sweep, which removes what was created.`,
  };
}
