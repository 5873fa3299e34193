import { toDiagnostic } from "../core/errors.js";
import type { ProgressEvent } from "../core/events.js";
import type { RequestedRetention } from "../core/retention.js";
import type { PromotionOutcome } from "../engine/api.js";
import { progressLine } from "../report/console/progress.js";
import { promotionSummary } from "../report/markdown/promotion.js";
import { retentionSummary } from "../report/markdown/retention.js";
import { moveText } from "../report/moved.js";
import { plain, plainLine } from "../report/plain.js";
import { type AccountStep, accountStep } from "./account-step.js";
import { writeOutputs, writeSummary } from "./file-commands.js";
import { type PromoteInputs, readPromoteInputs } from "./inputs/account.js";
import { tellNotPruned } from "./prune.js";

/** The step of `promote/action.yml`: moves a parameter or a label in every region, or back. Ends the process. */
export function promoteStep(): Promise<void> {
  return accountStep(readPromoteInputs, promoteAndTell);
}

/** Moves, and tells log, outputs and summary; answers the exit code. Throws a `BakeError` when nothing, or not all, was moved. */
export async function promoteAndTell(step: AccountStep<PromoteInputs>): Promise<number> {
  const { inputs, engine, environment, webIdentity } = step;
  const { artifact, retention, ...pointers } = inputs;
  const run = {
    ...pointers,
    by: `run ${environment.runId} of ${environment.repository}`,
    repository: environment.repository,
    onProgress: (event: ProgressEvent) => step.log.line(progressLine(event)),
    webIdentity,
  };
  const outcome = await (artifact ? engine.promote({ ...run, artifact }) : engine.rollback(run));
  await tell(outcome, step);
  if (retention) await removeOlder(outcome, retention, step);
  return 0;
}

/** The move is done: what goes wrong with older images is a warning. */
async function removeOlder(
  { images }: PromotionOutcome,
  retention: RequestedRetention,
  { inputs, engine, env, log, webIdentity }: AccountStep<PromoteInputs>,
): Promise<void> {
  try {
    const pruned = await engine.prune({
      retention,
      regions: Object.keys(images),
      region: inputs.region,
      remove: true,
      beside: images,
      onDone: ({ region, imageId, name }, what) => log.line(`${region}: ${imageId} (${plain(name)}) ${what}`),
      webIdentity,
    });
    tellNotPruned(pruned, log, "warning");
    log.line(`${pruned.text}.`);
    writeSummary(env.GITHUB_STEP_SUMMARY, retentionSummary(pruned));
  } catch (error) {
    log.annotate({ ...toDiagnostic(error), severity: "warning" });
  }
}

async function tell({ images, moved }: PromotionOutcome, { inputs, env, log }: AccountStep<PromoteInputs>) {
  for (const move of moved) log.line(plainLine(`${move.region}: ${move.pointer}: ${moveText(move)}`));
  const first = moved.filter(({ pointer }) => pointer.startsWith(inputs.parameter));
  const previous = first.flatMap((each) => (each.previous === undefined ? [] : [[each.region, each.previous]]));
  await writeOutputs(env.GITHUB_OUTPUT, {
    "ami-ids": JSON.stringify(images),
    previous: JSON.stringify(Object.fromEntries(previous)),
    moved: JSON.stringify(moved),
    changed: String(moved.some((each) => each.moved)),
  });
  const what = inputs.artifact ? "Promoted" : "Rolled back";
  writeSummary(env.GITHUB_STEP_SUMMARY, promotionSummary(what, inputs.parameter, moved));
}
