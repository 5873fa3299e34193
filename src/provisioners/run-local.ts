import { spawn } from "node:child_process";
import { abortReason } from "../core/clock.js";
import type { OutputStream } from "../core/communicator.js";
import { BakeError, messageOf } from "../core/errors.js";
import type { PartContext } from "../core/parts.js";
import type { Environment } from "../core/surroundings.js";
import { type CommandRun, outputLines } from "./command-run.js";

/** Context of a program on the runner. */
export type LocalContext = PartContext & {
  childEnvironment(): Promise<Environment>;
};

/**
 * Runs a program on the runner, in the working directory, with the environment of the run, the build's credentials and `environment`. A
 * variable that is undefined there is removed.
 * Emits its output line by line. Rejects with the abort reason after terminating it and its children, and with a `BakeError`
 * (`program-not-found`, with `hint`) when it is not installed.
 */
export async function runLocal(
  context: LocalContext,
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
  hint: string,
): Promise<CommandRun> {
  const { surroundings, signal, narrator, range } = context;
  const lines = outputLines(narrator);
  const [program = ""] = command;
  try {
    const end = await runLocalProcess(command, {
      cwd: surroundings.cwd,
      env: { ...surroundings.env, ...(await context.childEnvironment()), ...environment },
      signal,
      onOutput: lines.push,
    });
    return { end, lastLines: lines.last() };
  } catch (error) {
    if (!(error instanceof BakeError) || error.code !== "program-not-started") throw error;
    const missing = isMissing(error.cause);
    throw new BakeError(missing ? `"${program}" is not installed on this host` : messageOf(error), {
      code: missing ? "program-not-found" : error.code,
      hint,
      range,
      cause: error.cause,
    });
  }
}

function isMissing(cause: unknown): boolean {
  return typeof cause === "object" && cause !== null && "code" in cause && cause.code === "ENOENT";
}

/** Parses `KEY=value` entries; the last one of a name wins. */
export function parseEnvironment(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair): [string, string] => {
      const at = pair.indexOf("=");
      return at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

export interface LocalProcessOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  onOutput(chunk: Uint8Array, stream: OutputStream): void;
}

/** How a process on the runner ended. */
export type LocalEnd =
  | { readonly status: "exited"; readonly code: number }
  | { readonly status: "signalled"; readonly signal: string };

/** Milliseconds from SIGTERM to SIGKILL, and from the end of a process to closing pipes that its children keep open. */
const GRACE = 5000;
const LINGER = 2000;

/**
 * Runs a program in its own process group. When the signal is aborted, terminates the whole group and rejects with the abort reason
 * once the program has ended. Throws a `BakeError` when the program cannot be started.
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
        new BakeError(`Cannot run "${program}": ${messageOf(cause)}`, {
          code: "program-not-started",
          cause,
        }),
      );
    });
    child.once("exit", () => {
      const closePipes = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, LINGER);
      child.once("close", () => clearTimeout(closePipes));
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
    // The group has already ended.
  }
}
