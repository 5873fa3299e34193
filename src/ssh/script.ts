import type { ExecOptions, ExecResult } from "../core/communicator.js";
import type { Connection } from "./connect/connection.js";
import { type ExecChannel, execCommand, openExecChannel } from "./exec.js";

/**
 * Runs a script in the `sh` of the machine; `stdin` is the input of its commands. Works with every login shell (csh, tcsh and fish read
 * quotes in other ways than sh): the script is not part of the command, but the first bytes of its input. Rejects as `execCommand` does.
 */
export function runScript(connection: Connection, script: string, options: ExecOptions = {}): Promise<ExecResult> {
  const { command, input } = framed(script);
  return execCommand(connection, command, { ...options, pty: false, stdin: joined(input, options.stdin) });
}

/** Starts a script as `runScript` does. Its channel is open for the input of its commands. Rejects as `openExecChannel` does. */
export async function openScriptChannel(
  connection: Connection,
  script: string,
  signal: AbortSignal | undefined,
): Promise<ExecChannel> {
  const { command, input } = framed(script);
  const opened = await openExecChannel(connection, command, { signal });
  opened.channel.write(input);
  return opened;
}

/**
 * Returns the command, one line without a character that some shell reads in its own way, and the script as bytes. The command reads
 * exactly these bytes: `dd` with blocks of one byte leaves the rest to the script. Braces, because a script that was cut off must not run.
 */
function framed(script: string): { readonly command: string; readonly input: Buffer } {
  const input = Buffer.from(`{ ${script}\n}`);
  const read = `s=$(dd bs=1 count=${input.length} 2>/dev/null) || { echo "The machine has no dd" >&2; exit 127; }`;
  return { command: `sh -c '${read}; eval "$s"'`, input };
}

async function* joined(first: Uint8Array, rest: ExecOptions["stdin"]): AsyncGenerator<Uint8Array> {
  yield first;
  if (rest instanceof Uint8Array) yield rest;
  else if (rest) yield* rest;
}
