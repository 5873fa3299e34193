import type { ArtifactName } from "../../core/artifact-name.js";
import type { Diagnostic } from "../../core/diagnostics.js";
import type { RequestedRetention } from "../../core/retention.js";
import type { InputValues } from "../../engine/requests/entry.js";
import type { ReadValues } from "../../engine/requests/read.js";
import { requestedRetention } from "../../engine/requests/retention.js";
import { REQUESTS, type Requests } from "../../engine/requests/table.js";
import { inputsUnless, type ReadInputs, readActionInputs } from "./reader.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** `role-to-assume` and how its session is made. */
export interface RoleInputs {
  readonly arn: string;
  readonly sessionName: string | undefined;
  readonly sessionPolicy: string | undefined;
  readonly audience: string;
}

/** The account to work in, and where: common to all actions that work in one without a template. */
export interface AccountInputs {
  /** Each once; empty where none is named. */
  readonly regions: readonly string[];
  /** `aws-region`: where none is named otherwise. */
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
  /** Which older images stay after a promotion; undefined removes none. */
  readonly retention: RequestedRetention | undefined;
}

/** Inputs of `prune/action.yml`. */
export interface PruneInputs extends AccountInputs {
  readonly retention: RequestedRetention;
  readonly dryRun: boolean;
}

/** Inputs of `sweep/action.yml`. */
export interface SweepInputs extends AccountInputs {
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

/** The role that the inputs name; undefined uses the ambient credentials. */
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

/** Reads the inputs of a promotion or rollback; reports all that is wrong. */
export function readPromoteInputs(env: Environment): ReadInputs<PromoteInputs> {
  const read = readActionInputs(REQUESTS, "promote", env);
  const { values } = read;
  if (values.rollback) refuseWithRollback(read);
  else if (!read.isGiven("artifact")) read.complainMissing("artifact");
  return inputsUnless(read.complaints, {
    parameter: values.parameter,
    artifact: values.artifact,
    label: values.label,
    launchTemplate: values.launchTemplate,
    sharedWith: values.sharedWith,
    retention: values.rollback ? undefined : requestedRetention(read),
    regions: values.parameterRegions,
    region: values.artifactRegion,
    role: roleOf(values),
  });
}

/** An artifact and a rollback exclude each other. After a rollback the newest images may be the bad ones: none is removed then. */
function refuseWithRollback(read: ReadValues<InputValues<Requests, "promote">>): void {
  if (read.isGiven("artifact")) {
    const hint = "A rollback goes to what the parameter named before: leave out one of the two.";
    read.complain("artifact", "cannot be given together with rollback", hint);
  }
  for (const key of ["keep", "keepDays"] as const) {
    if (read.isGiven(key)) read.complain(key, "cannot be given together with rollback, which removes nothing");
  }
}

const NOTHING_STAYS: Diagnostic = {
  severity: "error",
  code: "invalid-input",
  summary: "one of the inputs keep and keep-days is required",
  hint: "Say what stays, for example keep: 5 (the newest five) or keep-days: 30.",
};

/** Reads the inputs of a prune; reports all that is wrong. */
export function readPruneInputs(env: Environment): ReadInputs<PruneInputs> {
  const read = readActionInputs(REQUESTS, "prune", env);
  const retention = requestedRetention(read);
  const inputs = { dryRun: read.values.dryRun, ...searched(read.values) };
  if (retention) return inputsUnless(read.complaints, { ...inputs, retention });
  return { ok: false, complaints: read.complaints.length > 0 ? read.complaints : [NOTHING_STAYS] };
}

/** Reads the inputs of a sweep; reports all that is wrong. */
export function readSweepInputs(env: Environment): ReadInputs<SweepInputs> {
  const { values, complaints } = readActionInputs(REQUESTS, "sweep", env);
  return inputsUnless(complaints, { dryRun: values.dryRun, ...searched(values) });
}

function searched(values: InputValues<Requests, "sweep">): AccountInputs {
  return { regions: values.searchRegions, region: values.listingRegion, role: roleOf(values) };
}

/** Reads the inputs of a matrix; reports all that is wrong. */
export function readMatrixInputs(env: Environment): ReadInputs<MatrixInputs> {
  const { values, complaints } = readActionInputs(REQUESTS, "matrix", env);
  return inputsUnless(complaints, {
    paths: values.matrixPaths.length > 0 ? values.matrixPaths : ["."],
    exclude: values.exclude,
    perBuild: values.perBuild,
    role: undefined,
  });
}
