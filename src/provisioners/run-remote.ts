import type { ExecResult, OutputStream } from "../core/communicator.js";
import { BakeError } from "../core/errors.js";
import type { Narrator } from "../core/events.js";
import { commandLines } from "../core/output.js";
import type { ProvisionerContext } from "../core/parts.js";

/** Lines that are kept for the message of a failure. */
const KEPT_LINES = 10;

/** How a command ended, and the last lines it wrote. */
export interface RemoteRun {
  readonly result: ExecResult;
  readonly lastLines: readonly string[];
}

/** Runs a command on the machine; its output becomes events line by line as it comes. Rejects as `Communicator.exec` does. */
export async function runRemote(context: ProvisionerContext, command: string): Promise<RemoteRun> {
  const lines = outputLines(context.narrator);
  try {
    const result = await context.machine.communicator.exec(command, {
      signal: context.signal,
      onOutput: lines.push,
    });
    return { result, lastLines: lines.last() };
  } finally {
    lines.end();
  }
}

/** Runs a command that must succeed; `complaint` says what it means when it does not. Throws a `BakeError`. */
export async function runChecked(context: ProvisionerContext, command: string, complaint: string): Promise<void> {
  const { result, lastLines } = await runRemote(context, command);
  if (result.status === "exited" && result.code === 0) return;
  if (result.status === "disconnected") {
    throw new BakeError(`${complaint}: the connection was lost`, { code: "ssh-disconnected" });
  }
  const how = result.status === "exited" ? `exit code ${result.code}` : result.signal;
  throw new BakeError(`${complaint}: ${lastLines.at(-1) ?? how}`, {
    code: "remote-command-failed",
    range: context.range,
  });
}

/** What a command ended with, for the message of a failure: `exit status 3`, `SIGKILL`, `a lost connection`. */
export function howEnded(result: ExecResult): string {
  if (result.status === "exited") return `exit status ${result.code}`;
  return result.status === "signalled" ? result.signal : "a lost connection";
}

/** Cuts both streams of a command's output into `output` events; bytes that are not UTF-8 become replacement characters. */
export function outputLines(narrator: Narrator): {
  push(chunk: Uint8Array, stream: OutputStream): void;
  end(): void;
  /** The last lines so far, the unfinished ones included, without control characters. */
  last(): readonly string[];
} {
  const kept: string[] = [];
  const lines = commandLines((text, stream) => {
    narrator.emit({ type: "output", stream, text });
    if (text !== "") kept.push(plainText(text));
    if (kept.length > KEPT_LINES) kept.shift();
  });
  return {
    ...lines,
    last() {
      lines.end();
      return [...kept];
    },
  };
}

/** Hostile text made harmless for a message: no terminal sequences, no control characters, at most 300 characters. */
function plainText(text: string): string {
  return text
    .replace(/\u001b(?:\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\[[0-?]*[ -/]*[@-~]|[@-_])/g, "")
    .replaceAll("\t", " ")
    .replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, "\ufffd")
    .slice(0, 300);
}

/** The exit code as Packer counts it: 128 and the signal's number for signals, 2300218 for a lost connection. */
export function exitCode(result: ExecResult, signals: Readonly<Record<string, number>>): number {
  if (result.status === "exited") return result.code;
  return result.status === "signalled" ? 128 + (signals[result.signal] ?? 0) : DISCONNECTED;
}

/** Packer's exit code for a lost connection (§4.3). */
export const DISCONNECTED = 2_300_218;
