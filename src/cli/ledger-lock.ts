import { randomBytes } from "node:crypto";
import { closeSync, openSync, readFileSync, rmSync } from "node:fs";
import { connect, createServer } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import type { LedgerRun } from "../core/ledger-records.js";

/*
 * A run holds a lock for as long as it lives: it listens on a Unix domain socket next to its ledger (on Windows, on a named pipe), and
 * the header of the run has the socket's name. Another process asks by connecting. The kernel answers, so the answer is right
 *
 * - however the run ended: the kernel closes the socket, and a connection to the file that stays is refused;
 * - if the run is stopped (SIGSTOP) or its event loop is busy: the kernel accepts connections without it. A lease that the run renews
 *   would expire;
 * - if the process ID belongs to another process by now, or to another PID namespace: process IDs are not compared;
 * - from another container that shares the directory: a socket in a file system belongs to no network namespace.
 *
 * It is right only on the kernel of the run. So the header also has the host's name and the ID of the running kernel, and nothing is
 * known about a run of another host. Node has no `flock`, and a lock of NFS would not say more about a host that is cut off.
 */

/** A lock that this process holds. */
export interface LedgerLock {
  readonly name: string;
  /** Releases the lock. Never throws. */
  release(): void;
}

/** Longest path of a socket in bytes: `sun_path` of macOS has 104 with the final zero, that of Linux 108. */
const LONGEST_SOCKET_PATH = 103;

/** Takes a new lock in a directory; returns undefined if its file system has no sockets. Does not keep the process alive. */
export function takeLock(directory: string): LedgerLock | undefined {
  const name = `bake-ami-${randomBytes(4).toString("hex")}.lock`;
  const socket = socketPath(directory, name);
  if (socket === undefined) return undefined;
  const server = createServer((connection) => connection.destroy());
  server.on("error", () => undefined);
  // The socket is bound when `listen` returns. Only the event comes later.
  server.listen(socket.path);
  server.unref();
  const release = () => {
    // Closing removes the socket's file.
    server.close();
    socket.close();
  };
  if (server.listening) return { name, release };
  release();
  return undefined;
}

/** The names of locks. A header that was changed must not name another file. */
const LOCK_NAME = /^bake-ami-[0-9a-f]{8}\.lock$/;

/** Removes the lock of a run that has ended. Throws when the directory cannot be written. */
export function removeLock(directory: string, name: string): void {
  if (LOCK_NAME.test(name)) rmSync(join(directory, name), { force: true });
}

/** Whether a run is alive: `unknown` if it runs on another host, or has no lock. */
export type RunState = "alive" | "ended" | "unknown";

/** Returns whether the run of a header is alive; `directory` is the directory of its ledger. */
export async function stateOf(run: LedgerRun, directory: string): Promise<RunState> {
  const here = thisHost();
  const isSameKernel = run.boot === here.boot && (run.boot !== undefined || run.host === here.host);
  if (!isSameKernel) return run.host === here.host ? "ended" : "unknown";
  if (run.lock !== undefined) return isHeld(directory, run.lock);
  // Without a lock, only a process that exists says something: another PID namespace has other numbers.
  return run.host === here.host && run.pid !== process.pid && processExists(run.pid) ? "alive" : "unknown";
}

/** Returns the name of this host, and the ID of its running kernel on Linux. */
export function thisHost(): Pick<LedgerRun, "host" | "boot"> {
  return { host: hostname(), boot: bootId() };
}

function bootId(): string | undefined {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return undefined;
  }
}

/** What a connection to a socket fails with when no process listens there. */
const FREE: ReadonlySet<string> = new Set(["ECONNREFUSED", "ENOENT"]);

function isHeld(directory: string, name: string): Promise<RunState> {
  const socket = LOCK_NAME.test(name) ? socketPath(directory, name) : undefined;
  if (socket === undefined) return Promise.resolve("unknown");
  return new Promise<RunState>((resolve) => {
    const connection = connect(socket.path);
    const end = (state: RunState) => {
      connection.destroy();
      socket.close();
      resolve(state);
    };
    connection.once("connect", () => end("alive"));
    connection.once("error", (error: NodeJS.ErrnoException) => {
      // EAGAIN: the run is stopped, and its queue of connections is full.
      if (error.code === "EAGAIN") return end("alive");
      end(FREE.has(error.code ?? "") ? "ended" : "unknown");
    });
  });
}

/** Returns the address of a socket; undefined if its path is too long. `close` ends its use. */
function socketPath(directory: string, name: string): { readonly path: string; close(): void } | undefined {
  const nothing = () => undefined;
  if (process.platform === "win32") return { path: `\\\\?\\pipe\\${name}`, close: nothing };
  const path = join(directory, name);
  if (Buffer.byteLength(path) <= LONGEST_SOCKET_PATH) return { path, close: nothing };
  if (process.platform !== "linux") return undefined;
  try {
    const descriptor = openSync(directory, "r");
    return { path: `/proc/self/fd/${descriptor}/${name}`, close: () => closeSync(descriptor) };
  } catch {
    return undefined;
  }
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
