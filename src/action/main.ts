import { toDiagnostic } from "../core/errors.js";
import type { PreparedTemplate } from "../engine/api.js";
import { engine } from "../engine/engine.js";
import { interruptible, RUNNER_DEADLINES } from "../engine/interruption.js";
import { exitWith, outliveReaders, quietWarnings, useCompileCache } from "../engine/process.js";
import { redactor } from "../report/redact.js";
import { runStep } from "./bake-step.js";
import { readEnvironment } from "./environment.js";
import { stepLog, tellWrongInputs } from "./face.js";
import { appendToFile } from "./file-commands.js";
import { readInputs } from "./inputs/inputs.js";
import { asRehearsal, openRehearsal } from "./rehearsal.js";

/** The Action's main step. Ends the process. */
export function main(): Promise<void> {
  return runAction("bake");
}

/** The main step of the rehearse action: the same on the local cloud, without AWS. Ends the process. */
export function rehearse(): Promise<void> {
  return runAction("rehearsal");
}

async function runAction(mode: "bake" | "rehearsal"): Promise<void> {
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
  const interruption = interruptible(process, RUNNER_DEADLINES, log.line, () => process.exit(1));
  let code = 1;
  try {
    if (read.ok) {
      const parts = engine({ env, interruption, startedAt: new Date() });
      const onPrepared = (given: PreparedTemplate) => {
        prepared = given;
      };
      const { inputs } = read;
      const step = { env, environment, inputs, log, secrets, parts, rehearsal: false, onPrepared };
      if (mode === "bake") {
        code = await runStep(step);
      } else {
        const local = await openRehearsal(parts, environment, log);
        const request = asRehearsal(inputs.request);
        code = await runStep({ ...step, inputs: { ...inputs, request }, rehearsal: true }).finally(local.close);
      }
    } else {
      tellWrongInputs(read.complaints, env, log);
      if (env.GITHUB_OUTPUT) appendToFile(env.GITHUB_OUTPUT, "outcome", "failed");
    }
  } catch (error) {
    log.annotate(toDiagnostic(error));
  }
  log.end();
  interruption.stop();
  await exitWith(code);
}
