import { toDiagnostic } from "../core/errors.js";
import { plain, plainLine } from "../core/plain.js";
import type { RequestedRetention } from "../core/retention.js";
import type { PromotionOutcome, PromotionRun } from "../engine/api.js";
import { engine } from "../engine/engine.js";
import { progressLine } from "../report/console/progress.js";
import { retentionSummary } from "../report/markdown/retention.js";
import { promotionSummary } from "../report/markdown/step-summaries.js";
import { moveText, skippedText } from "../report/phrases.js";
import { type PromoteInputs, readPromoteInputs } from "./inputs/account.js";
import { reportNotPruned } from "./prune.js";
import { type ActionStep, runInProcess, type StepRun } from "./step.js";

/** The step of `promote/action.yml`: sets a parameter or a label in all Regions, or rolls it back. */
export const PROMOTE: ActionStep<PromoteInputs> = {
  readInputs: readPromoteInputs,
  engine,
  name: (inputs) =>
    `${inputs && !inputs.artifact ? "Rollback" : "Promotion"}${inputs ? ` of "${inputs.parameter}"` : ""}`,
  outputs: { "ami-ids": "{}", previous: "{}", moved: "[]", changed: "false" },
  work: promote,
};

/** Runs the step of the promote action and exits the process. */
export function promoteStep(): Promise<never> {
  return runInProcess(PROMOTE);
}

/** Promotes or rolls back, and writes outputs and summary. Returns the exit code. Throws a `BakeError` unless all changes succeed. */
async function promote(run: StepRun<PromoteInputs>): Promise<number> {
  const { environment, log } = run;
  const { artifact, retention, ...pointers } = run.inputs;
  const move: Omit<PromotionRun, "artifact"> = {
    ...pointers,
    by: `run ${environment.runId} of ${environment.repository}`,
    repository: environment.repository,
    onProgress: (event) => log.line(progressLine(event)),
  };
  const outcome = await (artifact ? run.engine.promote({ ...move, artifact }) : run.engine.rollback(move));
  await report(outcome, run);
  if (retention) await removeOlder(outcome, retention, run);
  return 0;
}

async function report(outcome: PromotionOutcome, run: StepRun<PromoteInputs>): Promise<void> {
  const { images, previous, moved, skipped } = outcome;
  const { inputs, log } = run;
  for (const each of skipped) log.line(plainLine(`${each.region}: ${skippedText(each)}`));
  for (const move of moved) log.line(plainLine(`${move.region}: ${move.pointer}: ${moveText(move)}`));
  await run.setOutputs({
    "ami-ids": JSON.stringify(images),
    previous: JSON.stringify(previous),
    moved: JSON.stringify(moved),
    changed: String(moved.some((each) => each.moved)),
  });
  run.addSummary(promotionSummary(inputs.artifact ? "Promoted" : "Rolled back", inputs.parameter, moved, skipped));
}

/** Removes older images after a promotion. A failure is a warning, because the promotion succeeded. */
async function removeOlder(
  { images }: PromotionOutcome,
  retention: RequestedRetention,
  run: StepRun<PromoteInputs>,
): Promise<void> {
  const { inputs, log } = run;
  try {
    const pruned = await run.engine.removeOlder({
      promoted: images,
      retention,
      region: inputs.region,
      onDone: ({ region, imageId, name }, what) => log.line(`${region}: ${imageId} (${plain(name)}) ${what}`),
    });
    reportNotPruned(pruned, log, "warning");
    log.line(`${pruned.text}.`);
    run.addSummary(retentionSummary(pruned));
  } catch (error) {
    log.annotate({ ...toDiagnostic(error), severity: "warning" });
  }
}
