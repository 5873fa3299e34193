import { setTimeout as sleep } from "node:timers/promises";
import { refusal } from "./errors.js";

/** A fault to be injected into the calls that match it. Members left out match every call. */
export interface Fault {
  /** Name of the action, or `*`. */
  readonly action?: string | undefined;
  readonly region?: string | undefined;
  /** Number of the call, counted from 1 over all calls. */
  readonly seq?: number | undefined;
  /** Number of the call among those of the same action; 0 is a dry run. */
  readonly nth?: number | undefined;
  /** How many calls it applies to; 1 unless set. */
  readonly times?: number | undefined;
  /** It applies from the first call that matches, for this many seconds, whatever `times` is. */
  readonly lasts?: number | undefined;
  /** Whether the fault applies before or after the call takes effect; `before` unless set. */
  readonly when?: "before" | "after" | undefined;
  /**
   * `error`: the response is an error. `hangup`: the connection ends without a response. `reset`: it is reset. `hang`: no response
   * for some seconds, then as `hangup`. `int`, `term`, `stop`, `kill`: the client gets the signal; after `kill`, no response. `fail`: the
   * call succeeds, but the instance or image that it created fails later, with `code` and `message`. `impair`: the instance that it created
   * runs, but fails a status check: that of the `instance`, or of the `code`, which is `instance` or `system`. `interrupt`: the spot
   * instances of the call's region are interrupted. `stale`: a read returns the state of some seconds ago, as from a replica that
   * lags. `unseen`: the call reaches a replica that does not know the resources of the last hour, or of the last `seconds`.
   *
   * In a tunnel (actions `OpenDataChannel` and `OpenTunnel`), at the client's message with the number `messages`: `drop`: the connection
   * breaks. `close`: the service closes it, as it does after an hour. `end`: the service ends the session. `stall`: nothing passes any
   * more. A signal with `messages` is sent at that message. From the start: `lose`: each message with a multiple of this number is lost,
   * in both directions. `delay`: each message is `seconds` late. `expire`: the session's token has expired.
   */
  readonly do:
    | "error"
    | "hangup"
    | "reset"
    | "hang"
    | "int"
    | "term"
    | "stop"
    | "kill"
    | "fail"
    | "impair"
    | "interrupt"
    | "stale"
    | "unseen"
    | TunnelDeed;
  /** Of an error; `InternalError`, 500 unless set. */
  readonly code?: string | undefined;
  readonly message?: string | undefined;
  readonly status?: number | undefined;
  /** Of a hang, an hour unless set; of a stale read, a minute; of unseen resources, an hour. */
  readonly seconds?: number | undefined;
  /** Number of a message of a tunnel's client, counted from 1 over each connection. */
  readonly messages?: number | undefined;
  /** Process that a signal is for; `clientPid` of the endpoint unless set. */
  readonly pid?: number | undefined;
}

/** What a fault does in a tunnel. */
export type TunnelDeed = "drop" | "close" | "end" | "stall" | "lose" | "delay" | "expire";

const TUNNEL_DEEDS: readonly string[] = [
  "drop",
  "close",
  "end",
  "stall",
  "lose",
  "delay",
  "expire",
] satisfies TunnelDeed[];

/** Returns whether a fault strikes in a tunnel, not at the request for it. */
export function isInTunnel(fault: Fault): boolean {
  return TUNNEL_DEEDS.includes(fault.do) || fault.messages !== undefined;
}

/** What a call is matched by. */
export interface CallNumber {
  readonly action: string;
  readonly region: string;
  readonly seq: number;
  readonly nth: number;
}

/** The faults that are set, and how often each still applies. */
export interface FaultTable {
  readonly set: (faults: readonly Fault[]) => void;
  /** The first fault that matches a call, counted down. */
  readonly next: (call: CallNumber) => Fault | undefined;
}

/** An empty table. */
export function faultTable(now: () => number = () => performance.now()): FaultTable {
  let entries: FaultEntry[] = [];
  return {
    set: (faults) => {
      entries = faults.map((fault) => ({ fault, left: fault.times ?? 1, until: undefined }));
    },
    next: (call) => {
      const entry = entries.find((each) => isOpen(each, now()) && matches(each, call));
      if (entry === undefined) return undefined;
      entry.left -= 1;
      if (entry.fault.lasts !== undefined) entry.until ??= now() + entry.fault.lasts * 1000;
      return entry.fault;
    },
  };
}

/** A fault and what is left of it; `until` in milliseconds. */
interface FaultEntry {
  readonly fault: Fault;
  left: number;
  until: number | undefined;
}

function isOpen({ fault, left, until }: FaultEntry, now: number): boolean {
  return fault.lasts === undefined ? left > 0 : until === undefined || now < until;
}

/** A fault that lasts applies to the first call that it names, and then to the calls of the same action and Region. */
function matches({ fault, until }: FaultEntry, call: CallNumber): boolean {
  const isNumbered = until === undefined;
  return (
    (fault.action === undefined || fault.action === "*" || fault.action === call.action) &&
    (fault.region === undefined || fault.region === call.region) &&
    (!isNumbered || fault.seq === undefined || fault.seq === call.seq) &&
    (!isNumbered || fault.nth === undefined || fault.nth === call.nth)
  );
}

const DEEDS: readonly string[] = [
  "error",
  "hangup",
  "reset",
  "hang",
  "int",
  "term",
  "stop",
  "kill",
  "fail",
  "impair",
  "interrupt",
  "stale",
  "unseen",
  ...TUNNEL_DEEDS,
];

/** Reads a list of faults. Throws a TypeError that names the first invalid one. */
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

/** The client gets no response: the connection ends, or is reset. */
export class NoResponse extends Error {
  readonly how: "hangup" | "reset";

  constructor(how: "hangup" | "reset") {
    super(how);
    this.how = how;
  }
}

/**
 * Applies a fault to a call: throws the error or the `NoResponse` that replaces the response. A signal alone does not change the
 * response.
 */
export async function applyFault(fault: Fault, clientPid: number | undefined): Promise<void> {
  switch (fault.do) {
    case "error":
      throw refusal(
        fault.code ?? "InternalError",
        fault.message ?? "An internal error has occurred",
        fault.status ?? 500,
      );
    case "hangup":
    case "reset":
      throw new NoResponse(fault.do);
    case "hang":
      // The process may end in the meantime: a hang does not keep it alive.
      await sleep((fault.seconds ?? 3600) * 1000, undefined, { ref: false });
      throw new NoResponse("hangup");
    case "fail":
    case "impair":
    case "interrupt":
    case "stale":
    case "unseen":
      // These change the state of the cloud, not the response (`withLaterFault`).
      return;
    case "int":
    case "term":
    case "stop":
    case "kill":
      sendSignal(fault.pid ?? clientPid, fault.do);
      return;
    default:
    // A fault of tunnels does nothing to a call.
  }
}

function sendSignal(pid: number | undefined, name: "int" | "term" | "stop" | "kill"): void {
  if (pid === undefined) {
    throw refusal("InternalError", `A fault is to send a signal, but no process id is known for it.`, 500);
  }
  process.kill(pid, { int: "SIGINT", term: "SIGTERM", stop: "SIGSTOP", kill: "SIGKILL" }[name]);
  if (name === "kill") throw new NoResponse("hangup");
}
