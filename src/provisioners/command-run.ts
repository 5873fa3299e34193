import { constants } from "node:os";
import { type ExecResult, lostBecause, type OutputStream } from "../core/communicator.js";
import { BakeError } from "../core/errors.js";
import type { Narrator } from "../core/events.js";
import { commandLines } from "../core/output.js";
import type { PartContext } from "../core/parts.js";

/** Number of last lines in error messages. */
const KEPT_LINES = 10;

/** Longest line in error messages, in characters. */
const LONGEST_KEPT = 300;

/** A finished command, on the machine or on the runner: how it ended, and the last lines of its output. */
export interface CommandRun {
  readonly end: ExecResult;
  readonly lastLines: readonly string[];
}

/** Emits both streams of a command's output as `output` events, redacted; invalid UTF-8 becomes replacement characters. */
export function outputLines(narrator: Narrator): {
  push(chunk: Uint8Array, stream: OutputStream): void;
  end(): void;
  /** Returns the last lines so far, including unfinished ones. */
  last(): readonly string[];
} {
  const kept: string[] = [];
  const lines = commandLines(narrator.secrets, (text, stream) => {
    narrator.emit({ type: "output", stream, text });
    if (text !== "") kept.push(text.replaceAll("\t", " ").slice(0, LONGEST_KEPT));
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

/** Returns whether a command ended with exit code 0. */
export function succeeded({ end }: Pick<CommandRun, "end">): boolean {
  return end.status === "exited" && end.code === 0;
}

/** Returns how a command ended, for error messages: `exit status 3`, `signal SIGKILL`, `connection lost`. */
export function howEnded(end: ExecResult): string {
  if (end.status === "exited") return `exit status ${end.code}`;
  return end.status === "signalled" ? `signal ${end.signal}` : `connection lost${lostBecause(end)}`;
}

/** Packer's exit code for a lost connection (§4.3). */
export const DISCONNECTED = 2_300_218;

/** Returns the exit code as Packer does: 128 plus the signal number for signals, 2300218 for a lost connection. */
export function exitCode(end: ExecResult): number {
  if (end.status === "exited") return end.code;
  const numbers: Readonly<Record<string, number>> = constants.signals;
  return end.status === "signalled" ? 128 + (numbers[end.signal] ?? 0) : DISCONNECTED;
}

/** Returns the last lines of a command as the detail of a `BakeError`; undefined where it has no output. */
export function lastLinesDetail({ lastLines }: Pick<CommandRun, "lastLines">): string | undefined {
  return lastLines.length > 0 ? ["Last lines of output:", ...lastLines].join("\n") : undefined;
}

/** Returns the error of a failed tool, with how it ended and its last lines. */
export function toolFailed(
  run: CommandRun,
  { tool, code, hint }: { readonly tool: string; readonly code: string; readonly hint: string },
  { range }: Pick<PartContext, "range">,
): BakeError {
  return new BakeError(`${tool} failed: ${howEnded(run.end)}`, { code, hint, detail: lastLinesDetail(run), range });
}
