/** A request to restart or shut down. */
export type PowerRequest =
  | { readonly what: "reboot" | "poweroff" /** Milliseconds until it begins. */; readonly delay: number }
  | { readonly what: "abort" };

/** `shutdown.exe` waits 30 seconds unless `/t` says another time. */
const DEFAULT_DELAY = 30_000;

const SHUTDOWN = /\bshutdown(?:\.exe)?\s+([^\r\n&|]*)/i;

/** What else restarts Windows, and what shuts it down: cmdlets, and the ways to seal an image. */
const RESTARTS = /^\s*(?:&\s*)?Restart-Computer\b/im;
const POWERS_OFF = [
  /^\s*(?:&\s*)?Stop-Computer\b/im,
  /\bsysprep\b[^\r\n]*\s--shutdown\b/i,
  /\bec2launch(?:\.exe)?["']?\s+sysprep\b[^\r\n]*\s-s\b/i,
  /\bSysprepInstance\.ps1\b(?![^\r\n]*-NoShutdown)/i,
  /\bsysprep(?:\.exe)?["']?\s[^\r\n]*\/shutdown\b/i,
];

/** Returns what a command line or script does to the power of the machine; undefined if it leaves it on. */
export function powerOf(text: string): PowerRequest | undefined {
  const options = SHUTDOWN.exec(text)?.[1];
  if (options !== undefined) {
    if (/(?:^|\s)[-/]a\b/i.test(options)) return { what: "abort" };
    const seconds = /(?:^|\s)[-/]t\s+(\d{1,9})/i.exec(options)?.[1];
    const delay = seconds === undefined ? DEFAULT_DELAY : Number(seconds) * 1000;
    if (/(?:^|\s)[-/][rg]\b/i.test(options)) return { what: "reboot", delay };
    if (/(?:^|\s)[-/][sp]\b/i.test(options)) return { what: "poweroff", delay };
  }
  if (RESTARTS.test(text)) return { what: "reboot", delay: 0 };
  return POWERS_OFF.some((pattern) => pattern.test(text)) ? { what: "poweroff", delay: 0 } : undefined;
}

/** Exit codes of shutdown.exe: a shutdown is in progress, none is in progress, and one is already scheduled (Windows system errors). */
export const SHUTDOWN_EXIT = { inProgress: 1115, none: 1116, scheduled: 1190 } as const;

/** The power of one instance. */
export interface Power {
  /** Returns the exit code of shutdown.exe. */
  request(request: PowerRequest): number;
  /** The instance has started again, or ends. */
  reset(): void;
}

/** The response to the command that restarts the instance still arrives: Windows takes its time, too. Milliseconds. */
const GRACE = 300;

/** Returns the power of an instance that is on. `onDown` is called when it goes down. */
export function openPower(onDown: (how: "reboot" | "poweroff") => void): Power {
  let timer: NodeJS.Timeout | undefined;
  let isGoingDown = false;
  return {
    request(request) {
      if (isGoingDown) return SHUTDOWN_EXIT.inProgress;
      if (request.what === "abort") {
        if (timer === undefined) return SHUTDOWN_EXIT.none;
        clearTimeout(timer);
        timer = undefined;
        return 0;
      }
      if (timer !== undefined) return SHUTDOWN_EXIT.scheduled;
      const { what, delay } = request;
      if (delay === 0) isGoingDown = true;
      timer = setTimeout(() => onDown(what), delay + GRACE).unref();
      return 0;
    },
    reset() {
      clearTimeout(timer);
      timer = undefined;
      isGoingDown = false;
    },
  };
}
