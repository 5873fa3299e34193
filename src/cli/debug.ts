import { systemClock } from "../core/clock.js";
import type { Debug } from "../core/debug.js";
import { renderDiagnostic } from "../core/diagnostics.js";
import type { Redactor } from "../core/secrets/redactor.js";
import { openDebugLog } from "../engine/debug-log.js";
import { sealTerminal } from "./sealed-terminal.js";
import type { Terminal } from "./terminal.js";

/** What the debug log of a command line needs. */
interface LoggedCommand {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly secrets: Redactor;
}

/**
 * Returns the debug log of a command line, on stderr or in a file, and its sealed terminal. Lines that are printed to this terminal are
 * copied to the file, so that it is complete.
 */
export function withDebugLog(
  output: Terminal,
  { env, cwd, secrets }: LoggedCommand,
): { readonly debug: Debug; readonly terminal: Terminal } {
  const terminal = sealTerminal(output, { secrets, env });
  const { debug, copy } = openDebugLog({
    env,
    cwd,
    now: systemClock.now,
    clean: secrets.redact,
    print: (line, time) => terminal.error(`${time} [DEBUG] ${line}`),
    warn: (diagnostic) => terminal.error(renderDiagnostic(diagnostic, [])),
  });
  return {
    debug,
    terminal: {
      ...terminal,
      write: (line) => {
        terminal.write(line);
        copy(line);
      },
      error: (line) => {
        terminal.error(line);
        copy(line);
      },
    },
  };
}
