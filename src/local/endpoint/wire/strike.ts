import { setTimeout as sleep } from "node:timers/promises";
import { refusal } from "./errors.js";
import type { Fault } from "./faults.js";

/** The client is to get no answer: the connection ends, or is reset. */
export class Silence extends Error {
  readonly how: "hangup" | "reset";

  constructor(how: "hangup" | "reset") {
    super(how);
    this.how = how;
  }
}

/** Lets a fault take effect: throws the error or the Silence that it makes of the answer. A signal alone leaves the answer be. */
export async function strike(fault: Fault, clientPid: number | undefined): Promise<void> {
  switch (fault.do) {
    case "error":
      throw refusal(
        fault.code ?? "InternalError",
        fault.message ?? "An internal error has occurred",
        fault.status ?? 500,
      );
    case "hangup":
    case "reset":
      throw new Silence(fault.do);
    case "hang":
      // The process may end in the meantime: a hang is no reason to stay.
      await sleep((fault.seconds ?? 3600) * 1000, undefined, { ref: false });
      throw new Silence("hangup");
    case "fail":
    case "interrupt":
    case "stale":
      // These strike what is in the cloud, not the answer (`fail-later.ts`).
      return;
    default:
      signal(fault.pid ?? clientPid, fault.do);
  }
}

function signal(pid: number | undefined, name: "int" | "term" | "kill"): void {
  if (pid === undefined) {
    throw refusal("InternalError", `A fault is to send a signal, but no process id is known for it.`, 500);
  }
  process.kill(pid, { int: "SIGINT", term: "SIGTERM", kill: "SIGKILL" }[name]);
  if (name === "kill") throw new Silence("hangup");
}
