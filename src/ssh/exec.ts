import type { ClientChannel } from "ssh2";
import { abortReason, unlessAborted } from "../core/clock.js";
import type { ExecOptions, ExecResult } from "../core/communicator.js";
import { messageOf } from "../core/errors.js";
import { passOutput } from "../core/output.js";
import { untilOver } from "../core/until-over.js";
import type { Connection } from "./connect/connection.js";
import { signalSession } from "./ssh2-internals.js";

/** No session could be opened, so the command did not start. With `mayHaveRun`, the connection was lost before the server confirmed its start. */
export class SessionRefused extends Error {
  readonly mayHaveRun: boolean;

  constructor(cause: unknown, mayHaveRun = false) {
    super(`could not open an SSH session: ${messageOf(cause)}`, { cause });
    this.name = "SessionRefused";
    this.mayHaveRun = mayHaveRun;
  }
}

/** A session channel on which a command runs (RFC 4254 §6.5). */
export interface ExecChannel {
  readonly channel: ClientChannel;
  /** How the command ended. Without an exit status and a signal, the connection was lost. Never rejects. */
  readonly ended: Promise<ExecResult>;
}

/**
 * Starts a command in a new session. Rejects with `SessionRefused` if nothing ran, or with the abort reason. Then the session is closed as
 * soon as a slow server opens it.
 */
export function openExecChannel(
  connection: Connection,
  command: string,
  given: { readonly pty?: boolean | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<ExecChannel> {
  const { signal } = given;
  // Packer §4.3: xterm, 80 by 40, and a newline after the command.
  const options = given.pty ? { pty: { term: "xterm", cols: 80, rows: 40 } } : {};
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal ? abortReason(signal) : new Error("aborted"));
    if (signal?.aborted) return onAbort();
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      connection.client.exec(`${command}\n`, options, (error, channel) => {
        signal?.removeEventListener("abort", onAbort);
        if (error) reject(new SessionRefused(error, isUnconfirmed(error, connection)));
        else if (signal?.aborted) closeUnused(connection, channel);
        else resolve({ channel, ended: endOf(connection, channel) });
      });
    } catch (error) {
      signal?.removeEventListener("abort", onAbort);
      reject(new SessionRefused(error));
    }
  });
}

/** ssh2 has this text for a request that was sent: it was refused, or the connection ended before the response. */
function isUnconfirmed({ message }: Error, connection: Connection): boolean {
  return message === "Unable to exec" && !connection.alive();
}

function closeUnused(connection: Connection, channel: ClientChannel): void {
  channel.on("error", () => undefined);
  channel.resume();
  signalSession(connection.client, channel, "KILL");
  channel.close();
}

/**
 * Returns how the program of a session ends. Call it inside the callback that opens the session: the exit status of a quick command can be in the same packet as the response that it
 * started, and is emitted before any promise continues.
 */
export function endOf(connection: Connection, channel: ClientChannel): Promise<ExecResult> {
  return new Promise((resolve) => {
    let result: ExecResult | undefined;
    channel.on("error", () => undefined);
    channel.on("exit", (code: number | null | undefined, name?: string) => {
      if (typeof code === "number") result = { status: "exited", code };
      else if (name !== undefined) result = { status: "signalled", signal: name };
    });
    channel.once("close", () => resolve(result ?? { status: "disconnected", reason: connection.lostBy() }));
  });
}

/** Runs a command. Rejects as `openExecChannel` does, with the abort reason after killing it, or with the error of `stdin`. */
export async function execCommand(
  connection: Connection,
  command: string,
  options: Omit<ExecOptions, "pty"> & { readonly pty?: boolean | undefined } = {},
): Promise<ExecResult> {
  const { signal, stdin } = options;
  const opened = await openExecChannel(connection, command, options).catch((error: unknown) => {
    if (error instanceof SessionRefused && error.mayHaveRun) return undefined;
    throw error;
  });
  // It may run, so it is not started again.
  if (!opened) return { status: "disconnected", reason: connection.lostBy() };
  const { channel, ended } = opened;
  const output = [passOutput(channel, "stdout", options), passOutput(channel.stderr, "stderr", options)];
  return killOnFailure(connection, channel, signal, async () => {
    const [result] = await Promise.all([ended, feed(channel, stdin, ended), ...output]);
    return result;
  });
}

/** Runs `work` with a session. If it fails or the signal is aborted, kills the command and closes the session. */
export async function killOnFailure<T>(
  connection: Connection,
  channel: ClientChannel,
  signal: AbortSignal | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await unlessAborted(work(), signal);
  } catch (error) {
    signalSession(connection.client, channel, "KILL");
    channel.close();
    throw error;
  }
}

/** Writes the input, one chunk in flight while the next is read. Stops without an error when the command has ended. */
async function feed(channel: ClientChannel, stdin: ExecOptions["stdin"], ended: Promise<unknown>): Promise<void> {
  if (stdin === undefined || stdin instanceof Uint8Array) {
    channel.end(stdin);
    return;
  }
  const orOver = untilOver(ended);
  const pieces = stdin[Symbol.asyncIterator]();
  let inFlight: Promise<"sent"> = Promise.resolve("sent");
  for (;;) {
    // The command can end before its input: a terminal or an SFTP client never closes first.
    const next = await orOver(pieces.next());
    if (next === "over" || (await orOver(inFlight)) === "over") {
      pieces.return?.().catch(() => undefined);
      return;
    }
    if (next.done) break;
    inFlight = new Promise((resolve) => channel.write(next.value, () => resolve("sent")));
  }
  channel.end();
}
