import { splitLines } from "../../core/request-values.js";
import { inputReader, inputsUnless, type ReadInputs } from "./reader.js";

/** Inputs of `matrix/action.yml`. */
export interface MatrixInputs {
  readonly paths: readonly string[];
  readonly exclude: readonly string[];
  readonly perBuild: boolean;
  /** No account is asked for anything. */
  readonly role: undefined;
}

/** Names of the inputs, in the order of `matrix/action.yml`. */
export const MATRIX_INPUTS = ["path", "exclude", "per-build"] as const;

/** Reads the inputs; all that is wrong is told at once. */
export function readMatrixInputs(env: Readonly<Record<string, string | undefined>>): ReadInputs<MatrixInputs> {
  const reader = inputReader(env);
  const inputs: MatrixInputs = {
    paths: splitLines(reader.text("path") ?? "."),
    exclude: splitLines(reader.text("exclude") ?? ""),
    perBuild: reader.flag("per-build"),
    role: undefined,
  };
  return inputsUnless(reader.complaints, inputs);
}
