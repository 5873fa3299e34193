import { setMaxListeners } from "node:events";
import { Cancelled } from "../core/errors.js";

/** How long releases may take after each signal, in milliseconds. */
export interface Deadlines {
  readonly interrupt: number;
  readonly terminate: number;
}

/** On a runner SIGINT is followed by SIGTERM after 7.5 s and by the end of the process tree 2.5 s later. */
export const RUNNER_DEADLINES: Deadlines = { interrupt: 9000, terminate: 2000 };

/** At a terminal a person waits, and can interrupt again. */
export const TERMINAL_DEADLINES: Deadlines = { interrupt: 15 * 60_000, terminate: 60_000 };

/** What a run listens to. */
export interface Interruption {
  /** Aborted by the first signal: every wait, transfer and command ends. */
  readonly signal: AbortSignal;
  /** Aborted when the time for releases is over. */
  readonly releaseSignal: AbortSignal;
  /** Takes the handlers off again. */
  stop(): void;
}

/** The part of `process` that signals come from. */
export type SignalSource = Pick<NodeJS.EventEmitter, "on" | "off">;

/**
 * One abort for SIGINT, SIGTERM and SIGHUP. A later SIGTERM only shortens the time for releases, a second SIGINT calls `exit`:
 * what is left is in the ledger.
 */
export function interruptible(
  source: SignalSource,
  deadlines: Deadlines,
  onSignal: (text: string) => void,
  exit: () => void,
): Interruption {
  const run = new AbortController();
  const releases = new AbortController();
  // Every call and wait of the run listens to them: dozens at once are no leak.
  setMaxListeners(0, run.signal, releases.signal);
  let until = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let interrupts = 0;
  const shorten = (ms: number) => {
    if (Date.now() + ms >= until) return;
    until = Date.now() + ms;
    clearTimeout(timer);
    timer = setTimeout(() => releases.abort(new Cancelled("the time for releases is over")), ms);
    timer.unref();
  };
  const receive = (text: string, deadline: number) => {
    shorten(deadline);
    if (run.signal.aborted) return;
    onSignal(text);
    run.abort(new Cancelled("the bake was interrupted"));
  };
  const onInterrupt = () => {
    interrupts += 1;
    if (interrupts > 1) return exit();
    receive("Cancelling build after receiving interrupt", deadlines.interrupt);
  };
  const onTerminate = () => receive("Cancelling build after receiving terminated", deadlines.terminate);
  source.on("SIGINT", onInterrupt).on("SIGTERM", onTerminate).on("SIGHUP", onTerminate);
  return {
    signal: run.signal,
    releaseSignal: releases.signal,
    stop() {
      clearTimeout(timer);
      source.off("SIGINT", onInterrupt).off("SIGTERM", onTerminate).off("SIGHUP", onTerminate);
    },
  };
}
