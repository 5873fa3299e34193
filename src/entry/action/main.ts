import type { PreparedTemplate } from "../../cli/engine.js";
import { hasErrors } from "../../core/diagnostics.js";
import { BakeError, toDiagnostic } from "../../core/errors.js";
import { type GitHubEnvironment, readEnvironment } from "../../github/environment.js";
import { writeOutputs } from "../../github/file-commands.js";
import { type ActionInputs, readInputs } from "../../github/inputs/inputs.js";
import type { ActionLog } from "../../github/log.js";
import { saveNotes, stateLedger, stateVault } from "../../github/state.js";
import { type ReportCollector, reportCollector } from "../../report/collector.js";
import { outputsOf } from "../../report/outputs.js";
import { type Redactor, redactor } from "../../report/redact.js";
import { redacting } from "../../report/redacting.js";
import { useCompileCache } from "../compile-cache.js";
import { type EngineSetting, engine } from "../engine.js";
import { exitWith, outliveReaders } from "../exit.js";
import { interruptible, RUNNER_DEADLINES } from "../interruption.js";
import { quietWarnings } from "../warnings.js";
import { factsOf, writeDocuments } from "./documents.js";
import { stepLog } from "./face.js";
import { manifestPath } from "./manifest-path.js";
import { webIdentityOf } from "./role.js";

type Environment = Readonly<Record<string, string | undefined>>;

/** A resource of a run on a runner may be swept after this time, in milliseconds: longer than any hosted job. */
const EXPIRY = 24 * 3_600_000;

/** The Action's main step. Ends the process. */
export async function main(): Promise<void> {
  const env = { ...process.env };
  useCompileCache(env);
  quietWarnings();
  outliveReaders();
  const environment = readEnvironment(env, process.cwd());
  const secrets = redactor();
  let prepared: PreparedTemplate | undefined;
  const read = readInputs(env, environment.workspace);
  const cwd = read.ok ? read.inputs.request.workingDirectory : environment.workspace;
  const log = stepLog(environment, cwd, () => prepared?.sources ?? [], secrets);
  const interruption = interruptible(
    process,
    RUNNER_DEADLINES,
    (text) => log.line(text),
    () => process.exit(1),
  );
  let code = 1;
  try {
    if (read.ok) {
      const step: Step = { env, environment, inputs: read.inputs, log, secrets };
      code = await run(step, { env, interruption, startedAt: new Date() }, (read) => {
        prepared = read;
      });
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

interface Step {
  readonly env: Environment;
  readonly environment: GitHubEnvironment;
  readonly inputs: ActionInputs;
  readonly log: ActionLog;
  readonly secrets: Redactor;
}

async function run(
  step: Step,
  setting: EngineSetting,
  onPrepared: (prepared: PreparedTemplate) => void,
): Promise<number> {
  const { inputs, log, secrets, environment, env } = step;
  const parts = engine(setting);
  const prepared = await parts.prepare(inputs.request, { purpose: "build" });
  for (const secret of prepared.secrets) {
    secrets.add(secret);
    log.mask(secret);
  }
  onPrepared(prepared);
  const collected = reportCollector(secrets);
  const at = Date.now();
  for (const diagnostic of prepared.diagnostics) {
    log.annotate(diagnostic);
    collected.listener({ type: "diagnostic", diagnostic, at });
  }
  if (!prepared.plan || hasErrors(prepared.diagnostics)) {
    await tell(step, prepared, collected);
    return 1;
  }
  const webIdentity = webIdentityOf(inputs.role, environment, env);
  const result = await parts.bake(prepared.plan, inputs.request, {
    ownership: {
      runId: environment.runId,
      attempt: environment.attempt,
      repository: environment.repository,
      expiresAt: at + EXPIRY,
    },
    listeners: [redacting(log.listener, secrets), collected.listener],
    ledger: stateLedger(statePath(env)),
    credentials: stateVault(env.GITHUB_STATE, log.mask),
    ...(webIdentity ? { webIdentity } : {}),
  });
  log.end();
  await tell(step, prepared, collected);
  return result.outcome === "succeeded" ? 0 : 1;
}

/** Outputs first: they are there whatever comes after. */
async function tell(step: Step, prepared: PreparedTemplate, collected: ReportCollector): Promise<void> {
  const { env, environment, inputs, log, secrets } = step;
  const manifest = prepared.plan && manifestPath(prepared.plan, inputs.request.workingDirectory);
  writeOutputs(env.GITHUB_OUTPUT, outputsOf(collected.exact(), manifest));
  const facts = factsOf(inputs.request, prepared, environment, secrets);
  await writeDocuments(collected.redacted(), facts, inputs, environment, env.GITHUB_STEP_SUMMARY, log);
  saveNotes(env.GITHUB_STATE, { summary: "written" });
}

function statePath(env: Environment): string {
  if (env.GITHUB_STATE) return env.GITHUB_STATE;
  throw new BakeError("GITHUB_STATE is not set, so nothing could be released after a crash", {
    code: "no-state-file",
    blame: "user",
    hint: "Run the Action on a GitHub runner, or use the command line: bake-ami build.",
  });
}
