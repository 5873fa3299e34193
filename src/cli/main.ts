import { renderDiagnostic } from "../core/diagnostics.js";
import { messageOf, toDiagnostic } from "../core/errors.js";
import { engine } from "../engine/engine.js";
import { interruptible, TERMINAL_DEADLINES } from "../engine/interruption.js";
import { exitWith, setUpProcess } from "../engine/process.js";
import { inWords } from "../report/wording.js";
import { runCommandLine } from "./run.js";
import { processTerminal } from "./terminal.js";
import { COMMAND_WORDS } from "./words.js";

/** The exit code of a process that SIGINT ended, as shells tell it. */
const INTERRUPTED = 130;

/** The command line: `bake-ami ARGS`. Ends the process. */
export async function commandLine(): Promise<void> {
  const env = { ...process.env };
  setUpProcess(env);
  const terminal = processTerminal();
  const interruption = interruptible(
    process,
    TERMINAL_DEADLINES,
    (text) => terminal.error(`${text}: releasing what was made. Interrupt again to leave at once.`),
    () => {
      terminal.error("Left at once. What is still there can be released with: bake-ami cleanup");
      process.exit(INTERRUPTED);
    },
  );
  let code = 1;
  try {
    const args = process.argv.slice(2);
    const parts = engine({ env, interruption, startedAt: new Date(), webIdentity: undefined });
    code = await runCommandLine(args, {
      terminal,
      engine: parts,
      env,
      cwd: process.cwd(),
      signal: interruption.signal,
    });
  } catch (error) {
    terminal.error(renderDiagnostic(inWords(toDiagnostic(error), COMMAND_WORDS), []));
    if (env.BAKE_AMI_DEBUG) terminal.error(error instanceof Error ? (error.stack ?? "") : messageOf(error));
  }
  interruption.stop();
  await exitWith(code);
}
