import { spawn } from "node:child_process";
import { abortReason } from "../../core/clock.js";
import type { OutputStream } from "../../core/communicator.js";
import { BakeError, messageOf } from "../../core/errors.js";

export interface LocalProcessOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  onOutput(chunk: Uint8Array, stream: OutputStream): void;
}

/** How a process on this machine ended. */
export type LocalEnd =
  | { readonly status: "exited"; readonly code: number }
  | { readonly status: "signalled"; readonly signal: string };

/** Milliseconds from SIGTERM to SIGKILL, and from a process's end to letting go of pipes that its children hold open. */
const GRACE = 5000;
const LINGER = 2000;

/**
 * Runs a program in a process group of its own. When the signal is aborted the whole group is ended, and it rejects with the
 * abort reason once the program is gone. Throws a `BakeError` when the program cannot be started.
 */
export function runLocalProcess(command: readonly string[], options: LocalProcessOptions): Promise<LocalEnd> {
  const { cwd, env, signal, onOutput } = options;
  const [program = "", ...args] = command;
  const windows = process.platform === "win32";
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(abortReason(signal));
      return;
    }
    const child = spawn(program, args, { cwd, env, detached: !windows, stdio: ["ignore", "pipe", "pipe"] });
    child.stdout.on("data", (chunk: Buffer) => onOutput(chunk, "stdout"));
    child.stderr.on("data", (chunk: Buffer) => onOutput(chunk, "stderr"));
    let force: NodeJS.Timeout | undefined;
    const onAbort = () => {
      endGroup(child.pid, "SIGTERM");
      force = setTimeout(() => endGroup(child.pid, "SIGKILL"), GRACE);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    const done = () => {
      clearTimeout(force);
      signal.removeEventListener("abort", onAbort);
    };
    child.once("error", (cause) => {
      done();
      reject(
        new BakeError(`cannot run ${program}: ${messageOf(cause)}`, {
          code: "program-not-started",
          cause,
        }),
      );
    });
    child.once("exit", () => {
      const letGo = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, LINGER);
      child.once("close", () => clearTimeout(letGo));
    });
    child.once("close", (code, name) => {
      done();
      if (signal.aborted) reject(abortReason(signal));
      else resolve(code === null ? { status: "signalled", signal: name ?? "unknown" } : { status: "exited", code });
    });
  });
}

function endGroup(pid: number | undefined, signal: "SIGTERM" | "SIGKILL"): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, signal);
  } catch {
    // The group is gone already.
  }
}
