import { plain } from "../core/plain.js";
import type { PruneOutcome } from "../engine/api.js";
import { engine } from "../engine/engine.js";
import { retentionSummary } from "../report/markdown/retention.js";
import { type PruneInputs, readPruneInputs } from "./inputs/account.js";
import type { ActionLog } from "./log.js";
import { type ActionStep, runInProcess, type StepRun } from "./step.js";

/** The step of `prune/action.yml`: removes older images that are not in use. */
export const PRUNE: ActionStep<PruneInputs> = {
  readInputs: readPruneInputs,
  engine,
  name: () => "Removal of older images",
  outputs: { images: "[]", removed: "[]", left: "[]" },
  work: prune,
};

/** Runs the step of the prune action and exits the process. */
export function pruneStep(): Promise<never> {
  return runInProcess(PRUNE);
}

/** Removes images, and writes outputs and summary. Returns the exit code. Throws a `BakeError` when the use of images is unknown. */
async function prune(run: StepRun<PruneInputs>): Promise<number> {
  const { inputs, log } = run;
  const { retention, regions, region, dryRun } = inputs;
  const outcome = await run.engine.prune({
    retention,
    regions,
    region,
    remove: !dryRun,
    onDone: ({ imageId, name, region: where }, what) => log.line(`${where}: ${imageId} (${plain(name)}) ${what}`),
  });
  reportNotPruned(outcome, log, "error");
  log.line(`${outcome.text}.`);
  await run.setOutputs({
    images: JSON.stringify(outcome.rows),
    removed: JSON.stringify(outcome.removed),
    left: JSON.stringify(outcome.left),
  });
  run.addSummary(retentionSummary(outcome));
  return outcome.left.length === 0 ? 0 : 1;
}

/** Reports resources that could not be removed as errors or warnings, and what was not read or not counted as warnings. */
export function reportNotPruned(
  { left, unread, notCounted }: PruneOutcome,
  log: ActionLog,
  severity: "error" | "warning",
): void {
  for (const { kind, region, id, why } of left) {
    const summary = `Could not remove ${kind} ${plain(id)} in ${region}: ${plain(why)}`;
    log.annotate({ severity, code: "prune-left", summary });
  }
  if (notCounted) log.annotate({ severity: "warning", ...notCounted });
  if (unread.length === 0) return;
  log.annotate({
    severity: "warning",
    code: "parameters-not-read",
    summary: `Could not read ${unread.length} parameters, so their images did not count as in use: ${plain(unread.slice(0, 5).join(", "))}`,
    hint: 'Allow ssm:GetParameters on these parameters, or limit the images with the inputs "regions" and "keep-names".',
  });
}
