import type { Diagnostic } from "../../core/diagnostics.js";
import type { RequestedRetention } from "../../core/retention.js";
import { type AccountInputs, accountInputs } from "./account.js";
import { inputReader, inputsUnless, type ReadInputs } from "./reader.js";
import { readRetention } from "./retention.js";
import { ACCOUNT_INPUTS, RETENTION_INPUTS } from "./table.js";

/** Inputs of `prune/action.yml`. */
export interface PruneInputs extends AccountInputs {
  readonly retention: RequestedRetention;
  readonly dryRun: boolean;
}

/** Names of the inputs, in the order of `prune/action.yml`. */
export const PRUNE_INPUTS = [...RETENTION_INPUTS, "dry-run", ...ACCOUNT_INPUTS] as const;

const NOTHING_STAYS: Diagnostic = {
  severity: "error",
  code: "invalid-input",
  summary: "one of the inputs keep and keep-days is required",
  hint: "Say what stays, for example keep: 5 (the newest five) or keep-days: 30.",
};

/** Reads the inputs of a prune; all that is wrong is told at once. */
export function readPruneInputs(env: Readonly<Record<string, string | undefined>>): ReadInputs<PruneInputs> {
  const reader = inputReader(env);
  const retention = readRetention(reader);
  const inputs = {
    dryRun: reader.flag("dry-run"),
    ...accountInputs(reader),
  };
  if (retention) return inputsUnless(reader.complaints, { ...inputs, retention });
  return { ok: false, complaints: reader.complaints.length > 0 ? reader.complaints : [NOTHING_STAYS] };
}
