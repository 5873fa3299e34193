import type { SweepOutcome } from "../engine/api.js";
import { sweepSummary } from "../report/markdown/sweep.js";
import { plain } from "../report/plain.js";
import { accountStep } from "./account-step.js";
import { writeOutputs, writeSummary } from "./file-commands.js";
import { readSweepInputs, type SweepInputs } from "./inputs/account.js";
import type { ActionLog } from "./log.js";

/** The step of `sweep/action.yml`: removes what lost bakes left, by tag alone. Ends the process. */
export function sweepStep(): Promise<void> {
  return accountStep(readSweepInputs, async ({ inputs, env, engine, log, webIdentity }) => {
    const outcome = await engine.sweep({
      regions: inputs.regions,
      region: inputs.region,
      remove: !inputs.dryRun,
      onRemoved: ({ kind, id, region }) => log.line(`Removed: ${kind} ${plain(id)} in ${region}`),
      webIdentity,
    });
    await tell(outcome, inputs, env, log);
    return outcome.left.length === 0 ? 0 : 1;
  });
}

async function tell(
  { findings, left }: SweepOutcome,
  { dryRun }: SweepInputs,
  env: Readonly<Record<string, string | undefined>>,
  log: ActionLog,
): Promise<void> {
  for (const { kind, id, region, why } of left) {
    const summary = `could not remove ${kind} ${plain(id)} in ${region ?? "?"}: ${plain(why)}`;
    log.annotate({ severity: "error", code: "sweep-left", summary });
  }
  const unmoved = new Set(left.map(({ kind, id, region }) => `${kind} ${id} ${region}`));
  const removed = findings
    .filter(({ verdict }) => verdict === "remove")
    .map(({ resource: { kind, id, region } }) => ({ kind, id, region }))
    .filter(({ kind, id, region }) => !unmoved.has(`${kind} ${id} ${region}`));
  if (removed.length === 0) log.line("Nothing to remove.");
  await writeOutputs(env.GITHUB_OUTPUT, { removed: JSON.stringify(removed), left: JSON.stringify(left) });
  writeSummary(
    env.GITHUB_STEP_SUMMARY,
    sweepSummary(
      removed,
      left.map((each) => ({ action: "left", ...each })),
      dryRun,
    ),
  );
}
