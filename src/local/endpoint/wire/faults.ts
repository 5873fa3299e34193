import { setTimeout as sleep } from "node:timers/promises";
import { refusal } from "./errors.js";

/** A fault to be injected into the calls that match it. Members left out match every call. */
export interface Fault {
  /** Name of the action, or `*`. */
  readonly action?: string | undefined;
  readonly region?: string | undefined;
  /** Number of the call, counted from 1 over all calls. */
  readonly seq?: number | undefined;
  /** Number of the call among those of the same action. */
  readonly nth?: number | undefined;
  /** How many calls it strikes; 1 unless said. */
  readonly times?: number | undefined;
  /** Whether the call takes effect before the fault strikes; `before` it unless said. */
  readonly when?: "before" | "after" | undefined;
  /**
   * `error`: the answer is an error. `hangup`: the connection ends without an answer. `reset`: it is reset. `hang`: no answer
   * for some seconds, then as `hangup`. `int`, `term`, `kill`: the client gets the signal; after `kill`, no answer.
   * `fail`: the call is answered, but the instance or image that it made comes to nothing, for the reason `code` and `message`.
   * `interrupt`: the spot instances of the call's region are taken away. `stale`: a read is answered as of some seconds ago, as by
   * a replica that lags behind.
   */
  readonly do: "error" | "hangup" | "reset" | "hang" | "int" | "term" | "kill" | "fail" | "interrupt" | "stale";
  /** Of an error; `InternalError`, 500 unless said. */
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly status?: number | undefined;
  /** Of a hang, an hour unless said; of a stale read, a minute. */
  readonly seconds?: number | undefined;
  /** Whom a signal is for; the client process given to the endpoint unless said. */
  readonly pid?: number | undefined;
}

/** What a call is matched by. */
export interface CallNumber {
  readonly action: string;
  readonly region: string;
  readonly seq: number;
  readonly nth: number;
}

/** The faults that are set, and how often each is still to strike. */
export interface FaultTable {
  readonly set: (faults: readonly Fault[]) => void;
  /** The first fault that matches a call, counted down. */
  readonly take: (call: CallNumber) => Fault | undefined;
}

export function faultTable(): FaultTable {
  let entries: { readonly fault: Fault; left: number }[] = [];
  return {
    set: (faults) => {
      entries = faults.map((fault) => ({ fault, left: fault.times ?? 1 }));
    },
    take: (call) => {
      const entry = entries.find(({ fault, left }) => left > 0 && matches(fault, call));
      if (entry !== undefined) entry.left -= 1;
      return entry?.fault;
    },
  };
}

function matches(fault: Fault, call: CallNumber): boolean {
  return (
    (fault.action === undefined || fault.action === "*" || fault.action === call.action) &&
    (fault.region === undefined || fault.region === call.region) &&
    (fault.seq === undefined || fault.seq === call.seq) &&
    (fault.nth === undefined || fault.nth === call.nth)
  );
}

const DEEDS: readonly string[] = [
  "error",
  "hangup",
  "reset",
  "hang",
  "int",
  "term",
  "kill",
  "fail",
  "interrupt",
  "stale",
];

/** Reads a list of faults. Throws a TypeError that says which one is none. */
export function readFaults(value: unknown): readonly Fault[] {
  if (!Array.isArray(value)) throw new TypeError("faults are a JSON list");
  return value.map((entry: unknown, index) => {
    if (!isFault(entry)) throw new TypeError(`fault ${index + 1} has no "do" out of: ${DEEDS.join(", ")}`);
    return entry;
  });
}

function isFault(value: unknown): value is Fault {
  return typeof value === "object" && value !== null && "do" in value && DEEDS.includes(String(value.do));
}

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
