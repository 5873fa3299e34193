import { setMaxListeners } from "node:events";
import { Cancelled } from "../core/errors.js";

/** Time limits of cleanup after each signal, in milliseconds. */
export interface Deadlines {
  readonly interrupt: number;
  readonly terminate: number;
}

/** A runner sends SIGTERM 7.5 s after SIGINT and kills the process tree 2.5 s later. */
export const RUNNER_DEADLINES: Deadlines = { interrupt: 9000, terminate: 2000 };

/** At a terminal the user can interrupt again. */
export const TERMINAL_DEADLINES: Deadlines = { interrupt: 15 * 60_000, terminate: 60_000 };

/** The abort signals of a run. */
export interface Interruption {
  /** Aborted by the first signal. All waits, transfers and commands end. */
  readonly signal: AbortSignal;
  /** Aborted when the time limit of cleanup is reached. */
  readonly releaseSignal: AbortSignal;
  /** Removes the signal handlers. */
  stop(): void;
}

/** The part of `process` that emits signals. */
export type SignalSource = Pick<NodeJS.EventEmitter, "on" | "off">;

/**
 * Aborts the run on SIGINT, SIGTERM and SIGHUP. A later SIGTERM only shortens the time limit of cleanup. A second SIGINT calls `exit`;
 * resources that are not removed are in the ledger.
 */
export function interruptible(
  source: SignalSource,
  deadlines: Deadlines,
  onSignal: (text: string) => void,
  exit: () => void,
): Interruption {
  const run = new AbortController();
  const releases = new AbortController();
  // All calls and waits of a run listen to these signals: many listeners are no leak.
  setMaxListeners(0, run.signal, releases.signal);
  let until = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let interrupts = 0;
  const shorten = (ms: number) => {
    if (Date.now() + ms >= until) return;
    until = Date.now() + ms;
    clearTimeout(timer);
    timer = setTimeout(() => releases.abort(new Cancelled("The time limit of the cleanup was reached")), ms);
    timer.unref();
  };
  const receive = (text: string, deadline: number) => {
    shorten(deadline);
    if (run.signal.aborted) return;
    onSignal(text);
    run.abort(new Cancelled("The bake was interrupted"));
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
