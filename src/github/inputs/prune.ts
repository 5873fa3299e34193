import type { Diagnostic } from "../../core/diagnostics.js";
import { parseRegion, splitList } from "../../core/request-values.js";
import type { RequestedRetention } from "../../core/retention.js";
import { type RoleInputs, readRole } from "./inputs.js";
import { inputReader } from "./reader.js";
import { readRetention } from "./retention.js";

/** Inputs of `prune/action.yml`. */
export interface PruneInputs {
  readonly retention: RequestedRetention;
  readonly dryRun: boolean;
  readonly regions: readonly string[];
  readonly region: string | undefined;
  readonly role: RoleInputs | undefined;
}

/** Names of the inputs, in the order of `prune/action.yml`. */
export const PRUNE_INPUTS = [
  "keep",
  "keep-days",
  "disable-first",
  "keep-names",
  "dry-run",
  "regions",
  "aws-region",
  "role-to-assume",
  "role-session-name",
  "role-session-policy",
  "audience",
] as const;

const NOTHING_STAYS: Diagnostic = {
  severity: "error",
  code: "invalid-input",
  summary: "one of the inputs keep and keep-days is required",
  hint: "Say what stays, for example keep: 5 (the newest five) or keep-days: 30.",
};

/** Reads the inputs of a prune; all that is wrong is told at once. */
export function readPruneInputs(
  env: Readonly<Record<string, string | undefined>>,
):
  | { readonly ok: true; readonly inputs: PruneInputs }
  | { readonly ok: false; readonly complaints: readonly Diagnostic[] } {
  const reader = inputReader(env);
  const retention = readRetention(reader);
  const inputs = {
    dryRun: reader.flag("dry-run"),
    regions: [...new Set(reader.list("regions", splitList, parseRegion))],
    region: reader.parsed("aws-region", parseRegion),
    role: readRole(reader),
  };
  if (reader.complaints.length > 0) return { ok: false, complaints: reader.complaints };
  return retention ? { ok: true, inputs: { ...inputs, retention } } : { ok: false, complaints: [NOTHING_STAYS] };
}
