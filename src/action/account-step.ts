import { toDiagnostic } from "../core/errors.js";
import type { WebIdentity } from "../core/surroundings.js";
import type { Engine } from "../engine/api.js";
import { engine } from "../engine/engine.js";
import { interruptible, RUNNER_DEADLINES } from "../engine/interruption.js";
import { exitWith, outliveReaders, quietWarnings, useCompileCache } from "../engine/process.js";
import { failedSummary } from "../report/markdown/failed.js";
import { redactDeep, redactor } from "../report/redact.js";
import { type GitHubEnvironment, readEnvironment } from "./environment.js";
import { masker, stepLog, tellWrongInputs } from "./face.js";
import { writeSummary } from "./file-commands.js";
import type { RoleInputs } from "./inputs/account.js";
import type { ReadInputs } from "./inputs/reader.js";
import type { ActionLog } from "./log.js";
import { webIdentityOf } from "./role.js";

/** What a step that works on the account, without a template, is given. */
export interface AccountStep<Inputs> {
  readonly inputs: Inputs;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly environment: GitHubEnvironment;
  readonly engine: Engine;
  readonly log: ActionLog;
  /** Hides a secret from here on. */
  readonly mask: (secret: string) => void;
  readonly webIdentity: WebIdentity | undefined;
}

/** Runs the step of an action on the account: reads its inputs, does its work and ends the process with its exit code. */
export async function accountStep<Inputs extends { readonly role: RoleInputs | undefined }>(
  readInputs: (env: Readonly<Record<string, string | undefined>>) => ReadInputs<Inputs>,
  work: (step: AccountStep<Inputs>) => Promise<number>,
): Promise<void> {
  const env = { ...process.env };
  useCompileCache(env);
  quietWarnings();
  outliveReaders();
  const environment = readEnvironment(env, process.cwd());
  const secrets = redactor();
  const log = stepLog(environment, environment.workspace, () => [], secrets);
  const interruption = interruptible(process, RUNNER_DEADLINES, log.line, () => process.exit(1));
  const mask = masker(log, secrets);
  let code = 1;
  try {
    const read = readInputs(env);
    if (read.ok) {
      const webIdentity = webIdentityOf(read.inputs.role, environment, env, mask);
      const parts = engine({ env, interruption, startedAt: new Date() });
      code = await work({ inputs: read.inputs, env, environment, engine: parts, log, mask, webIdentity });
    } else {
      tellWrongInputs(read.complaints, env, log);
    }
  } catch (error) {
    const diagnostic = redactDeep(toDiagnostic(error), secrets);
    log.annotate(diagnostic);
    writeSummary(env.GITHUB_STEP_SUMMARY, failedSummary(diagnostic));
  }
  log.end();
  interruption.stop();
  await exitWith(code);
}
