import type { SweepOutcome } from "../../cli/engine.js";
import { toDiagnostic } from "../../core/errors.js";
import { readEnvironment } from "../../github/environment.js";
import { writeOutputs, writeSummary } from "../../github/file-commands.js";
import { readSweepInputs, type SweepInputs } from "../../github/inputs/sweep.js";
import type { ActionLog } from "../../github/log.js";
import { sweepSummary } from "../../report/markdown/sweep.js";
import { plain } from "../../report/plain.js";
import { redactor } from "../../report/redact.js";
import { useCompileCache } from "../compile-cache.js";
import { engine } from "../engine.js";
import { exitWith } from "../exit.js";
import { interruptible, RUNNER_DEADLINES } from "../interruption.js";
import { quietWarnings } from "../warnings.js";
import { stepLog } from "./face.js";
import { webIdentityOf } from "./role.js";

/** The step of `sweep/action.yml`: removes what lost bakes left, by tag alone. Ends the process. */
export async function sweepStep(): Promise<void> {
  const env = { ...process.env };
  useCompileCache(env);
  quietWarnings();
  const environment = readEnvironment(env, process.cwd());
  const secrets = redactor();
  const log = stepLog(environment, environment.workspace, () => [], secrets);
  const interruption = interruptible(process, RUNNER_DEADLINES, log.line, () => process.exit(1));
  let code = 1;
  try {
    const read = readSweepInputs(env);
    if (read.ok) {
      const { inputs } = read;
      const mask = (secret: string) => {
        secrets.add(secret);
        log.mask(secret);
      };
      const webIdentity = webIdentityOf(inputs.role, environment, env, mask);
      const outcome = await engine({ env, interruption, startedAt: new Date() }).sweep({
        regions: inputs.regions,
        region: inputs.region,
        remove: !inputs.dryRun,
        onRemoved: ({ kind, id, region }) => log.line(`Removed: ${kind} ${plain(id)} in ${region}`),
        ...(webIdentity ? { webIdentity } : {}),
      });
      await tell(outcome, inputs, env, log);
      code = outcome.left.length === 0 ? 0 : 1;
    } else {
      for (const complaint of read.complaints) log.annotate(complaint);
    }
  } catch (error) {
    log.annotate(toDiagnostic(error));
  }
  log.end();
  interruption.stop();
  await exitWith(code);
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
