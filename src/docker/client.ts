import { spawn } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

/** How the process of a client ended. */
export type ClientEnd =
  | { readonly status: "exited"; readonly code: number }
  | { readonly status: "signalled"; readonly signal: string };

/** A running client: one process of the docker command line. */
export interface Client {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Resolves when the process is gone and its output is read; never rejects. */
  readonly ended: Promise<ClientEnd>;
  /** Writes its input and closes it; stops quietly when the client takes no more. Rejects with the error of `stdin`. */
  writeInput(stdin: AsyncIterable<Uint8Array> | Uint8Array | undefined): Promise<void>;
  /** Asks it to end, and ends it by force after a while. */
  kill(): void;
}

/** Milliseconds from SIGTERM to SIGKILL. */
const GRACE = 3000;

/**
 * Starts `PROGRAM ARGS` in a process group of its own, so that Ctrl-C at a terminal reaches the bake alone, which then ends
 * things in order. Rejects with Node's error when it cannot be started.
 */
export function startClient(
  { program, env }: { readonly program: string; readonly env: Readonly<Record<string, string | undefined>> },
  args: readonly string[],
): Promise<Client> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { env, detached: process.platform !== "win32", stdio: "pipe" });
    const { stdin, stdout, stderr } = child;
    let force: NodeJS.Timeout | undefined;
    const ended = new Promise<ClientEnd>((settle) => {
      child.once("close", (code, signal) => {
        clearTimeout(force);
        settle(code === null ? { status: "signalled", signal: signal ?? "unknown" } : { status: "exited", code });
      });
    });
    child.once("error", reject);
    child.once("spawn", () =>
      resolve({
        stdout,
        stderr,
        ended,
        writeInput: (input) => feed(stdin, input, ended),
        kill() {
          if (force !== undefined || child.exitCode !== null || child.signalCode !== null) return;
          child.kill("SIGTERM");
          force = setTimeout(() => child.kill("SIGKILL"), GRACE);
          // What nobody reads any more must not keep the process from its end.
          stdout.resume();
          stderr.resume();
        },
      }),
    );
  });
}

/** Writes the input, one piece after the other. */
async function feed(
  pipe: Writable,
  input: AsyncIterable<Uint8Array> | Uint8Array | undefined,
  ended: Promise<unknown>,
): Promise<void> {
  // A client that ends before it has read all (EPIPE) says why itself.
  const refused = new Promise<"over">((resolve) => pipe.on("error", () => resolve("over")));
  const over = Promise.race([refused, ended.then(() => "over" as const)]);
  if (input === undefined || input instanceof Uint8Array) {
    pipe.end(input);
    return;
  }
  const pieces = input[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([pieces.next(), over]);
    if (next === "over") {
      pipe.destroy();
      pieces.return?.().catch(() => undefined);
      return;
    }
    if (next.done) break;
    const { value } = next;
    await Promise.race([new Promise<void>((resolve) => pipe.write(value, () => resolve())), over]);
  }
  pipe.end();
}

/** How long a client has to let the engine know that it goes, in milliseconds; then it is ended by force. */
const LEAVE_TIME = 10_000;

/** Milliseconds between two searches for clients that are left. */
const POLL_INTERVAL = 100;

/** What Podman leaves next to each container: it has the container's name too, and reports its end to Podman. */
const MONITOR = "conmon";

/**
 * Ends the clients on this machine that have `name` for an argument, and resolves to whether there were any: those of a run that
 * was killed go on without it, and with them what they had asked the engine for. The name must be unique. Where there is no
 * `/proc` none is found. Rejects with the abort reason.
 */
export async function terminateClients(name: string, signal?: AbortSignal): Promise<boolean> {
  const found = await clientsNamed(name);
  for (const pid of found) send(pid, "SIGTERM");
  let left = found;
  for (let waited = 0; left.length > 0; waited += POLL_INTERVAL) {
    if (waited >= LEAVE_TIME) for (const pid of left) send(pid, "SIGKILL");
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
    // It has ended, or is not this user's.
  }
}
