import { constants } from "node:os";
import type { Readable, Writable } from "node:stream";
import type { ClientChannel } from "ssh2";
import { abortReason, throwIfAborted } from "../core/clock.js";
import { type ExecResult, lostBecause } from "../core/communicator.js";
import type { UserStreams } from "../core/user-streams.js";
import { type Connection, connectionLost } from "./connect/connection.js";
import { type ExecChannel, endOf, killOnFailure, openExecChannel, SessionRefused } from "./exec.js";
import { escapeReader } from "./shell-escape.js";

/** The exit code of a program whose output nobody reads any more (128 + SIGPIPE). */
const OUTPUT_CLOSED = 141;

/** The exit code of `ssh` when it ends itself. */
const CLIENT_ENDED = 255;

class OutputClosed extends Error {}

/**
 * Connects the user's streams to a shell or a command, as `ssh` does: a shell has the size and the keys of the terminal, and `~.` at the
 * beginning of a line ends it. Returns the exit code; 128 and its number for a signal. Restores the terminal on each way out. Rejects with a
 * `BakeError` (`ssh-disconnected`) or the abort reason.
 */
export async function runShell(
  connection: Connection,
  command: readonly string[],
  streams: UserStreams,
  signal: AbortSignal,
): Promise<number> {
  throwIfAborted(signal);
  const screen = command.length === 0 ? streams.screen : undefined;
  const { channel, ended } = await (command.length === 0
    ? openShellChannel(connection, streams)
    : openExecChannel(connection, command.join(" "), { signal }));
  const restore = screen?.enterRaw();
  const stopResizing = screen?.onResize(() => {
    const { columns, rows } = screen.size();
    channel.setWindow(rows, columns, 0, 0);
  });
  const quit = new AbortController();
  const stopInput = sendInput(streams.input, channel, screen && (() => quit.abort()));
  try {
    return await killOnFailure(connection, channel, AbortSignal.any([signal, quit.signal]), async () => {
      const [result] = await Promise.all([
        ended,
        copy(channel, streams.output),
        copy(channel.stderr as Readable, streams.errors),
      ]);
      return exitCode(result);
    });
  } catch (error) {
    if (signal.aborted) throw abortReason(signal);
    if (quit.signal.aborted) return CLIENT_ENDED;
    if (error instanceof OutputClosed) return OUTPUT_CLOSED;
    throw error;
  } finally {
    stopInput();
    stopResizing?.();
    restore?.();
  }
}

/** Opens a login shell; with a terminal of the user's size if the user has one. */
function openShellChannel(connection: Connection, { screen }: UserStreams): Promise<ExecChannel> {
  const { columns = 80, rows = 24 } = screen?.size() ?? {};
  const terminal = screen && { term: screen.term, cols: columns, rows };
  return new Promise((resolve, reject) => {
    try {
      connection.client.shell(terminal ?? false, {}, (error, channel) => {
        if (error) reject(new SessionRefused(error));
        else resolve({ channel, ended: endOf(connection, channel) });
      });
    } catch (error) {
      reject(new SessionRefused(error));
    }
  });
}

/** Sends the input, no faster than the channel accepts it. Returns a function that ends this. */
function sendInput(input: Readable, channel: ClientChannel, onEscape: (() => void) | undefined): () => void {
  const read = onEscape ? escapeReader(onEscape) : (chunk: Buffer) => chunk;
  const onDrain = () => void input.resume();
  const onData = (chunk: Buffer) => {
    const keys = read(Buffer.from(chunk));
    if (keys.length > 0 && channel.writable && !channel.write(keys)) input.pause();
  };
  const onEnd = () => void channel.end();
  channel.on("drain", onDrain);
  input.on("data", onData).on("end", onEnd);
  if (input.readableEnded) onEnd();
  return () => {
    input.off("data", onData).off("end", onEnd).pause();
    channel.off("drain", onDrain);
  };
}

/** Passes all data on, no faster than the output accepts it. Rejects with `OutputClosed` when nobody reads the output any more. */
function copy(from: Readable, to: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    from.on("data", (chunk: Buffer) => {
      from.pause();
      to.write(chunk, (error) => {
        if (error) reject(new OutputClosed());
        else from.resume();
      });
    });
    for (const event of ["end", "close"]) from.once(event, () => resolve());
  });
}

function exitCode(result: ExecResult): number {
  if (result.status === "exited") return result.code;
  if (result.status === "disconnected") throw connectionLost("the shell", undefined, lostBecause(result));
  const name = `SIG${result.signal.replace(/^SIG/, "")}`;
  const number = Object.entries(constants.signals).find(([each]) => each === name)?.[1];
  return number === undefined ? CLIENT_ENDED : 128 + number;
}
