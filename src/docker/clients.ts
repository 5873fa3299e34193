import { readdir, readFile } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout } from "node:timers/promises";

/** How long a client has to let the engine know that it goes, in milliseconds; then it is ended by force. */
const GRACE = 10_000;

/** Between two looks, in milliseconds. */
const LOOK_AGAIN = 100;

/** What Podman leaves beside each container: it has the container's name too, and tells Podman of its end. */
const MONITOR = "conmon";

/**
 * Ends the clients on this machine that have `name` for an argument, and resolves to whether there were any: those of a run that
 * was killed go on without it, and with them what they had asked the engine for. The name must be unique. Where there is no
 * `/proc` none is found. Rejects with the abort reason.
 */
export async function endClients(name: string, signal?: AbortSignal): Promise<boolean> {
  const found = await clientsNamed(name);
  for (const pid of found) send(pid, "SIGTERM");
  let left = found;
  for (let waited = 0; left.length > 0; waited += LOOK_AGAIN) {
    if (waited >= GRACE) for (const pid of left) send(pid, "SIGKILL");
    await setTimeout(LOOK_AGAIN, undefined, signal ? { signal } : {});
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
