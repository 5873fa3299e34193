import type { PruneOutcome } from "../engine/api.js";
import { retentionSummary } from "../report/markdown/retention.js";
import { plain } from "../report/plain.js";
import { type AccountStep, accountStep } from "./account-step.js";
import { writeOutputs, writeSummary } from "./file-commands.js";
import { type PruneInputs, readPruneInputs } from "./inputs/account.js";
import type { ActionLog } from "./log.js";

/** The step of `prune/action.yml`: removes older images that nothing uses. Ends the process. */
export function pruneStep(): Promise<void> {
  return accountStep(readPruneInputs, pruneAndTell);
}

/** Removes, and tells log, outputs and summary; answers the exit code. Throws a `BakeError` when it cannot be told what is used. */
export async function pruneAndTell(step: AccountStep<PruneInputs>): Promise<number> {
  const { inputs, engine, env, log, webIdentity } = step;
  const { retention, regions, region, dryRun } = inputs;
  const outcome = await engine.prune({
    retention,
    regions,
    region,
    remove: !dryRun,
    onDone: ({ imageId, name, region: where }, what) => log.line(`${where}: ${imageId} (${plain(name)}) ${what}`),
    webIdentity,
  });
  tellNotPruned(outcome, log);
  log.line(`${outcome.text}.`);
  const changed = outcome.rows.filter(({ what }) => what !== "stays" && what !== "could not be changed");
  await writeOutputs(env.GITHUB_OUTPUT, {
    images: JSON.stringify(outcome.rows),
    removed: JSON.stringify(changed),
    left: JSON.stringify(outcome.left),
  });
  writeSummary(env.GITHUB_STEP_SUMMARY, retentionSummary(outcome));
  return outcome.left.length === 0 ? 0 : 1;
}

/** What could not be removed as errors or warnings, and parameters that could not be read as a warning. */
export function tellNotPruned(
  { left, unread }: PruneOutcome,
  log: ActionLog,
  severity: "error" | "warning" = "error",
): void {
  for (const { kind, region, id, why } of left) {
    const summary = `the ${kind} ${plain(id)} in ${region} could not be removed: ${plain(why)}`;
    log.annotate({ severity, code: "prune-left", summary });
  }
  if (unread.length === 0) return;
  log.annotate({
    severity: "warning",
    code: "parameters-not-read",
    summary: `${unread.length} parameters could not be read, so images that only they name were not spared: ${plain(unread.slice(0, 5).join(", "))}`,
    hint: "Allow ssm:GetParameters on them, or name the regions and images so that they do not matter.",
  });
}
