import { traceOf } from "../core/debug.js";
import { renderDiagnostic } from "../core/diagnostics.js";
import { toDiagnostic } from "../core/errors.js";
import { redactor } from "../core/secrets/redactor.js";
import type { ReportWait } from "../core/surroundings.js";
import { engine } from "../engine/engine.js";
import { interruptible, TERMINAL_DEADLINES } from "../engine/interruption.js";
import { exitWith, reportCrashes, setUpProcess } from "../engine/process.js";
import { progressLine } from "../report/console/progress.js";
import { inWords } from "../report/wording.js";
import { withDebugLog } from "./debug.js";
import { runCommandLine } from "./run.js";
import { processTerminal } from "./terminal.js";
import { COMMAND_WORDS } from "./words.js";

/** Exit code after SIGINT, by convention of shells. */
const INTERRUPTED = 130;

/** Commands that can run for a while, and create no resources in an account. */
const WITHOUT_RESOURCES: readonly string[] = ["console", "local", "plan", "shell"];

/** Runs the command line `bake-ami ARGS` and exits the process. */
export async function commandLine(): Promise<void> {
  const env = { ...process.env };
  setUpProcess(env);
  const secrets = redactor();
  const cwd = process.cwd();
  const args = process.argv.slice(2);
  const isWithoutResources = WITHOUT_RESOURCES.includes(args[0] ?? "");
  const { terminal, debug } = withDebugLog(processTerminal(), { env, cwd, secrets });
  const interruption = interruptible(
    process,
    TERMINAL_DEADLINES,
    (text) => {
      if (!isWithoutResources)
        terminal.error(`${text}. Removing the resources of the bake. Press Ctrl+C again to exit immediately.`);
    },
    () => {
      if (!isWithoutResources)
        terminal.error("Exited before all resources were removed. To remove them, run: bake-ami cleanup");
      process.exit(INTERRUPTED);
    },
  );
  const report = (error: unknown) => {
    terminal.error(secrets.redact(renderDiagnostic(inWords(toDiagnostic(error), COMMAND_WORDS), [])));
    debug(() => traceOf(error));
  };
  reportCrashes(report);
  const reportWait: ReportWait = (what, elapsed, text) => terminal.error(progressLine({ what, elapsed, text }));
  let code = 1;
  try {
    const parts = engine({ env, interruption, startedAt: new Date(), webIdentity: undefined, debug, reportWait });
    code = await runCommandLine(args, {
      terminal,
      engine: parts,
      env,
      cwd,
      secrets,
      debug,
      signal: interruption.signal,
    });
  } catch (error) {
    report(error);
  }
  interruption.stop();
  await exitWith(code);
}
