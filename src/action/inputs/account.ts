import type { ArtifactName } from "../../core/artifact-name.js";
import type { Diagnostic } from "../../core/diagnostics.js";
import type { RequestedRetention } from "../../core/retention.js";
import type { InputValues } from "../../engine/requests/entry.js";
import type { ReadValues } from "../../engine/requests/read.js";
import { requestedRetention } from "../../engine/requests/retention.js";
import { REQUESTS, type Requests } from "../../engine/requests/table.js";
import { inputsUnless, type ReadInputs, readActionInputs } from "./reader.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** `role-to-assume` and the settings of its session. */
export interface RoleInputs {
  readonly arn: string;
  readonly sessionName: string | undefined;
  readonly sessionPolicy: string | undefined;
  readonly audience: string;
}

/** The Regions and the role: common to all actions that use an account without a template. */
export interface AccountInputs {
  /** Without duplicates; empty if none is set. */
  readonly regions: readonly string[];
  /** `aws-region`: the default Region. */
  readonly region: string | undefined;
  readonly role: RoleInputs | undefined;
}

/** Inputs of `promote/action.yml`; `artifact` is undefined for a rollback. */
export interface PromoteInputs extends AccountInputs {
  readonly parameter: string;
  readonly artifact: ArtifactName | undefined;
  readonly label: string | undefined;
  readonly launchTemplate: string | undefined;
  readonly sharedWith: readonly string[];
  readonly overwrite: boolean;
  readonly requireTested: boolean;
  /** Which older images are kept after a promotion; undefined removes none. */
  readonly retention: RequestedRetention | undefined;
}

/** Inputs of `prune/action.yml`. */
export interface PruneInputs extends AccountInputs {
  readonly retention: RequestedRetention;
  readonly dryRun: boolean;
}

/** Inputs of `sweep/action.yml`. */
export interface SweepInputs extends AccountInputs {
  readonly allowedAccounts: readonly string[];
  readonly dryRun: boolean;
}

/** Inputs of `matrix/action.yml`. */
export interface MatrixInputs {
  readonly paths: readonly string[];
  readonly exclude: readonly string[];
  readonly perBuild: boolean;
  /** No account is used. */
  readonly role: undefined;
}

/** Returns the role of the inputs; undefined uses the credentials of the environment. */
export function roleOf(
  values: Pick<InputValues<Requests, "bake">, "roleToAssume" | "roleSessionName" | "roleSessionPolicy" | "audience">,
): RoleInputs | undefined {
  if (values.roleToAssume === undefined) return undefined;
  return {
    arn: values.roleToAssume,
    sessionName: values.roleSessionName,
    sessionPolicy: values.roleSessionPolicy,
    audience: values.audience,
  };
}

/** Reads the inputs of a promotion or rollback. Returns all errors together. */
export function readPromoteInputs(env: Environment): ReadInputs<PromoteInputs> {
  const read = readActionInputs(REQUESTS, "promote", env);
  const { values } = read;
  if (values.rollback) refuseWithRollback(read);
  else if (!read.isGiven("artifact")) read.complainMissing("artifact");
  return inputsUnless(read, {
    parameter: values.parameter,
    artifact: values.artifact,
    label: values.label,
    launchTemplate: values.launchTemplate,
    sharedWith: values.sharedWith,
    overwrite: values.overwriteParameter,
    requireTested: values.requireTested,
    retention: values.rollback ? undefined : requestedRetention(read),
    regions: values.parameterRegions,
    region: values.artifactRegion,
    role: roleOf(values),
  });
}

/** An artifact cannot be combined with a rollback. After a rollback the newest images may be the broken ones, so none is removed. */
function refuseWithRollback(read: ReadValues<InputValues<Requests, "promote">>): void {
  if (read.isGiven("artifact")) {
    const hint = "A rollback always uses the previous image. Remove one of the two inputs.";
    read.complain("artifact", 'cannot be used with "rollback"', hint);
  }
  if (read.values.requireTested) {
    const hint = "A rollback goes back to the newest earlier image whose tests did not fail, tested or not.";
    read.warn("requireTested", 'has no effect with "rollback"', hint);
  }
  for (const key of ["keep", "keepDays"] as const) {
    if (read.isGiven(key))
      read.complain(
        key,
        'cannot be used with "rollback"',
        "A rollback removes no images. Remove one of the two inputs.",
      );
  }
}

const NOTHING_KEPT: Diagnostic = {
  severity: "error",
  code: "invalid-input",
  summary: 'One of the inputs "keep" and "keep-days" is required',
  hint: 'Set which images to keep, for example "keep: 5" (the newest five) or "keep-days: 30".',
};

/** Reads the inputs of a prune. Returns all errors together. */
export function readPruneInputs(env: Environment): ReadInputs<PruneInputs> {
  const read = readActionInputs(REQUESTS, "prune", env);
  const retention = requestedRetention(read);
  const inputs = { dryRun: read.values.dryRun, ...searched(read.values) };
  if (retention) return inputsUnless(read, { ...inputs, retention });
  return { ok: false, complaints: read.complaints.length > 0 ? read.complaints : [NOTHING_KEPT] };
}

/** Reads the inputs of a sweep. Returns all errors together. */
export function readSweepInputs(env: Environment): ReadInputs<SweepInputs> {
  const read = readActionInputs(REQUESTS, "sweep", env);
  return inputsUnless(read, {
    allowedAccounts: read.values.allowedAccounts,
    dryRun: read.values.dryRun,
    ...searched(read.values),
  });
}

function searched(values: Omit<InputValues<Requests, "sweep">, "allowedAccounts">): AccountInputs {
  return { regions: values.searchRegions, region: values.listingRegion, role: roleOf(values) };
}

/** Reads the inputs of a matrix. Returns all errors together. */
export function readMatrixInputs(env: Environment): ReadInputs<MatrixInputs> {
  const read = readActionInputs(REQUESTS, "matrix", env);
  const { values } = read;
  return inputsUnless(read, {
    paths: values.matrixPaths.length > 0 ? values.matrixPaths : ["."],
    exclude: values.exclude,
    perBuild: values.perBuild,
    role: undefined,
  });
}
