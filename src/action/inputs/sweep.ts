import { type AccountInputs, accountInputs } from "./account.js";
import { inputReader, inputsUnless, type ReadInputs } from "./reader.js";
import { ACCOUNT_INPUTS } from "./table.js";

/** Inputs of `sweep/action.yml`. */
export interface SweepInputs extends AccountInputs {
  readonly dryRun: boolean;
}

/** Names of the inputs, in the order of `sweep/action.yml`. */
export const SWEEP_INPUTS = ["dry-run", ...ACCOUNT_INPUTS] as const;

/** Reads the inputs of a sweep; all that is wrong is told at once. */
export function readSweepInputs(env: Readonly<Record<string, string | undefined>>): ReadInputs<SweepInputs> {
  const reader = inputReader(env);
  const inputs: SweepInputs = {
    dryRun: reader.flag("dry-run"),
    ...accountInputs(reader),
  };
  return inputsUnless(reader.complaints, inputs);
}
