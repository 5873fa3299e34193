import type { Diagnostic } from "../../core/diagnostics.js";
import { parseRegion, splitList } from "../../core/request-values.js";
import { type RoleInputs, readRole } from "./inputs.js";
import { inputReader } from "./reader.js";

/** Inputs of `sweep/action.yml`. */
export interface SweepInputs {
  readonly dryRun: boolean;
  readonly regions: readonly string[];
  readonly region: string | undefined;
  readonly role: RoleInputs | undefined;
}

/** Names of the inputs, in the order of `sweep/action.yml`. */
export const SWEEP_INPUTS = [
  "dry-run",
  "regions",
  "aws-region",
  "role-to-assume",
  "role-session-name",
  "role-session-policy",
  "audience",
] as const;

/** Reads the inputs of a sweep; all that is wrong is told at once. */
export function readSweepInputs(
  env: Readonly<Record<string, string | undefined>>,
):
  | { readonly ok: true; readonly inputs: SweepInputs }
  | { readonly ok: false; readonly complaints: readonly Diagnostic[] } {
  const reader = inputReader(env);
  const inputs: SweepInputs = {
    dryRun: reader.flag("dry-run"),
    regions: [...new Set(reader.list("regions", splitList, parseRegion))],
    region: reader.parsed("aws-region", parseRegion),
    role: readRole(reader),
  };
  return reader.complaints.length > 0 ? { ok: false, complaints: reader.complaints } : { ok: true, inputs };
}
