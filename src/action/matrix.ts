import { plain } from "../report/plain.js";
import { type AccountStep, accountStep } from "./account-step.js";
import { writeOutputs } from "./file-commands.js";
import { type MatrixInputs, readMatrixInputs } from "./inputs/account.js";

/** The step of `matrix/action.yml`: the templates of a folder as a GitHub matrix. Ends the process. */
export function matrixStep(): Promise<void> {
  return accountStep(readMatrixInputs, matrixAndTell);
}

/** Tells the jobs, or what is wrong with the templates; answers the exit code. */
export async function matrixAndTell(step: AccountStep<MatrixInputs>): Promise<number> {
  const { inputs, engine, env, environment, log, mask } = step;
  const { matrix, errors, notices, secrets } = await engine.matrix({ ...inputs, cwd: environment.workspace });
  for (const secret of secrets) mask(secret);
  for (const notice of notices) log.line(plain(notice));
  for (const error of errors) log.annotate(error);
  if (!matrix) return 1;
  for (const { name, template } of matrix.include) log.line(`${name}: ${template}`);
  await writeOutputs(env.GITHUB_OUTPUT, { matrix: JSON.stringify(matrix) });
  return 0;
}
