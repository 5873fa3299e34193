import { plain } from "../core/plain.js";
import type { SweepOutcome } from "../engine/api.js";
import { engine } from "../engine/engine.js";
import { sweepSummary } from "../report/markdown/step-summaries.js";
import { readSweepInputs, type SweepInputs } from "./inputs/account.js";
import { type ActionStep, runInProcess, type StepRun } from "./step.js";

/** The step of `sweep/action.yml`: removes expired resources of interrupted bakes, found by their tags. */
export const SWEEP: ActionStep<SweepInputs> = {
  readInputs: readSweepInputs,
  engine,
  name: () => "Sweep",
  outputs: { removed: "[]", left: "[]" },
  work: async (run) => {
    const { inputs, log } = run;
    const outcome = await run.engine.sweep({
      allowedAccounts: inputs.allowedAccounts,
      regions: inputs.regions,
      region: inputs.region,
      remove: !inputs.dryRun,
      onRemoved: ({ kind, id, region }) => log.line(`Removed: ${kind} ${plain(id)} in ${region}`),
    });
    await report(outcome, run);
    return outcome.left.length === 0 ? 0 : 1;
  },
};

/** Runs the step of the sweep action and exits the process. */
export function sweepStep(): Promise<never> {
  return runInProcess(SWEEP);
}

async function report(
  { account, findings, removed, left }: SweepOutcome,
  { inputs, log, setOutputs, addSummary }: StepRun<SweepInputs>,
): Promise<void> {
  for (const { kind, id, region, why } of left) {
    const summary = `Could not remove ${kind} ${plain(id)} in ${region ?? "?"}: ${plain(why)}`;
    log.annotate({ severity: "error", code: "sweep-left", summary });
  }
  const unfinished = findings.filter(({ verdict }) => verdict === "unfinished");
  for (const { resource, why } of unfinished)
    log.line(`Unfinished: ${resource.kind} ${plain(resource.id)} in ${resource.region} (${plain(why)})`);
  if (removed.length === 0) log.line(`Nothing to remove${account === undefined ? "" : ` in account ${account}`}.`);
  await setOutputs({ removed: JSON.stringify(removed), left: JSON.stringify(left) });
  const remaining = left.map((each) => ({ action: "left" as const, ...each }));
  const images = unfinished.map(({ resource: { id, region }, why }) => ({ id, region, why }));
  addSummary(sweepSummary(removed, remaining, { dryRun: inputs.dryRun, account, unfinished: images }));
}
