import { plain } from "../core/plain.js";
import { engine } from "../engine/engine.js";
import { failedSummary, matrixSummary } from "../report/markdown/step-summaries.js";
import { concealSources, redactDeep } from "../report/redact.js";
import { inWords } from "../report/wording.js";
import { type MatrixInputs, readMatrixInputs } from "./inputs/account.js";
import { type ActionStep, runInProcess, type StepRun } from "./step.js";
import { actionWords } from "./words.js";

/** The step of `matrix/action.yml`: outputs the templates of a directory as a job matrix. */
export const MATRIX: ActionStep<MatrixInputs> = {
  readInputs: readMatrixInputs,
  engine,
  name: () => "Matrix",
  outputs: { matrix: JSON.stringify({ include: [] }) },
  work: makeMatrix,
};

/** Runs the step of the matrix action and exits the process. */
export function matrixStep(): Promise<never> {
  return runInProcess(MATRIX);
}

/** Writes the jobs, or the errors in the templates. Returns the exit code. */
async function makeMatrix(run: StepRun<MatrixInputs>): Promise<number> {
  const { inputs, environment, log } = run;
  const { matrix, errors, notices, sources } = await run.engine.matrix({
    ...inputs,
    cwd: environment.workspace,
    job: { workspace: environment.workspace, repository: environment.repository },
    mask: run.mask,
  });
  for (const notice of notices) log.line(plain(notice));
  for (const error of errors) log.annotate(error);
  if (!matrix) {
    const said = errors.map((error) => inWords(error, actionWords(environment)));
    run.addSummary(
      failedSummary(redactDeep(said, run.secrets), { sources: concealSources(sources, run.secrets), what: "Matrix" }),
    );
    return 1;
  }
  for (const { name, template } of matrix.include) log.line(`${name}: ${template}`);
  const isSet = await run.setOutputs({ matrix: JSON.stringify(matrix) });
  run.addSummary(matrixSummary(matrix.include));
  // The output is all that the step makes: without it, the next job would silently have no jobs.
  return isSet ? 0 : 1;
}
