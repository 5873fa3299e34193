import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { untilOver } from "../core/until-over.js";

/** How the process of a client ended. */
export type ClientEnd =
  | { readonly status: "exited"; readonly code: number }
  | { readonly status: "signalled"; readonly signal: string };

/** A running client: one process of the docker command line. */
export interface Client {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when the process has ended and its output is read; never rejects. */
  readonly ended: Promise<ClientEnd>;
  /** Writes to its standard input and closes it; stops without an error when the client closes it. Rejects with the error of `stdin`. */
  writeInput(stdin: AsyncIterable<Uint8Array> | Uint8Array | undefined): Promise<void>;
  /** Sends SIGTERM, and SIGKILL after a grace period. */
  kill(): void;
}

/** Milliseconds from SIGTERM to SIGKILL. */
const GRACE = 3000;

/**
 * Starts `PROGRAM ARGS` in its own process group, so that Ctrl-C at a terminal reaches only bake-ami, which then cleans up in order.
 * Rejects with Node's error when it cannot be started.
 */
export function startClient(
  { program, env }: { readonly program: string; readonly env: Readonly<Record<string, string | undefined>> },
  args: readonly string[],
): Promise<Client> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, detached: process.platform !== "win32", stdio: "pipe" });
    const { stdin, stdout, stderr } = child;
    let force: NodeJS.Timeout | undefined;
    const ended = new Promise<ClientEnd>((resolveEnd) => {
      child.once("close", (code, signal) => {
        clearTimeout(force);
        resolveEnd(code === null ? { status: "signalled", signal: signal ?? "unknown" } : { status: "exited", code });
      });
    });
    child.once("error", reject);
    child.once("spawn", () =>
      resolve({
        stdout,
        stderr,
        ended,
        writeInput: (input) => writeTo(stdin, input, ended),
        kill() {
          if (force !== undefined || child.exitCode !== null || child.signalCode !== null) return;
          child.kill("SIGTERM");
          force = setTimeout(() => child.kill("SIGKILL"), GRACE);
          // Unread output must not block the process.
          stdout.resume();
          stderr.resume();
        },
      }),
    );
  });
}

/** Writes the input chunk by chunk. */
async function writeTo(
  pipe: Writable,
  input: AsyncIterable<Uint8Array> | Uint8Array | undefined,
  ended: Promise<unknown>,
): Promise<void> {
  // A client that ends before it has read all input (EPIPE) reports the reason itself.
  const refused = new Promise<void>((resolve) => pipe.on("error", () => resolve()));
  const orOver = untilOver(Promise.race([refused, ended]));
  if (input === undefined || input instanceof Uint8Array) {
    pipe.end(input);
    return;
  }
  const pieces = input[Symbol.asyncIterator]();
  for (;;) {
    const next = await orOver(pieces.next());
    if (next === "over") {
      pipe.destroy();
      pieces.return?.().catch(() => undefined);
      return;
    }
    if (next.done) break;
    const { value } = next;
    await orOver(new Promise<void>((resolve) => pipe.write(value, () => resolve())));
  }
  pipe.end();
}

/** Milliseconds that a client has to end by itself; then it receives SIGKILL. */
const END_LIMIT = 10_000;

/** Milliseconds between two searches for remaining clients. */
const POLL_INTERVAL = 100;

/** Podman's monitor process of each container. It has the container's name as an argument too, and must not be terminated. */
const MONITOR = "conmon";

/**
 * Terminates the clients on the runner that have `name` as an argument; returns whether there were any. Clients of a killed run
 * continue without it, and so do their requests to the engine. The name must be unique. Finds none where `/proc` does not exist.
 * Rejects with the abort reason.
 */
export async function terminateClients(name: string, signal?: AbortSignal): Promise<boolean> {
  const found = await clientsNamed(name);
  for (const pid of found) send(pid, "SIGTERM");
  let left = found;
  for (let waited = 0; left.length > 0; waited += POLL_INTERVAL) {
    if (waited >= END_LIMIT) for (const pid of left) send(pid, "SIGKILL");
    await sleep(POLL_INTERVAL, undefined, signal ? { signal } : {});
    left = await clientsNamed(name);
  }
  return found.length > 0;
}

async function clientsNamed(name: string): Promise<readonly number[]> {
  const entries = await readdir("/proc").catch(() => []);
  const pids = entries.filter((entry) => /^\d+$/.test(entry)).map(Number);
  const named = await Promise.all(
    pids.map(async (pid) => {
      const text = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
      const [program = "", ...args] = text.split("\0");
      return pid !== process.pid && basename(program) !== MONITOR && args.includes(name);
    }),
  );
  return pids.filter((_pid, index) => named[index]);
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // The process has ended, or belongs to another user.
  }
}
