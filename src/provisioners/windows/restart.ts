import { throwIfAborted } from "../../core/clock.js";
import { BakeError, messageOf } from "../../core/errors.js";
import type { ProvisionerContext } from "../../core/parts.js";
import { formatDuration } from "../../core/text.js";
import { lastLinesDetail } from "../command-run.js";
import { isUnreachable, readRemote, runRemote, whileUnreachable } from "../run-remote.js";
import { encodedCommand, escaped } from "./quote.js";

/** How to restart Windows, and when it counts as restarted. Times in milliseconds. */
export interface Restart {
  readonly command: string;
  readonly timeout: number;
  /** A command that must run once after the restart; undefined for none. */
  readonly checkCommand: string | undefined;
  /** Registry keys that must not exist after the restart. */
  readonly pendingKeys: readonly string[];
}

/** Milliseconds until the first check, between checks, and until a check without an answer is given up. */
const FIRST = 1000;
const INTERVAL = 2000;
const CHECK_LIMIT = 60_000;

/** Exit codes of `shutdown` for success, for a shutdown in progress, and for one that is already scheduled (Windows system errors). */
const ACCEPTED: readonly number[] = [0, 1115, 1190];

/** Name of the machine, and milliseconds since it started, by a counter that no change of the clock affects. */
const CHECK = `$ProgressPreference = 'SilentlyContinue';echo ("{0} restarted." -f [System.Net.Dns]::GetHostName())
'uptime {0}' -f [int64](1000 * [Diagnostics.Stopwatch]::GetTimestamp() / [Diagnostics.Stopwatch]::Frequency)
`;

/**
 * Restarts Windows and waits until it has started again. A check that succeeds is not enough, because Windows answers for a while before
 * it goes down: the machine must have been up for less time than has passed since the command. Throws a `BakeError` past the timeout.
 */
export async function restartWindows(restart: Restart, context: ProvisionerContext): Promise<void> {
  const { surroundings, narrator, range } = context;
  const { clock } = surroundings;
  narrator.say("Restarting Machine");
  let sent = clock.now();
  const ran = await whileUnreachable(context, restart.timeout, () => {
    sent = clock.now();
    return runRemote(context, restart.command);
  });
  if (ran.end.status === "exited" && !ACCEPTED.includes(ran.end.code)) {
    throw new BakeError(`Restart script exited with non-zero exit status: ${ran.end.code}`, {
      code: "restart-failed",
      hint: 'Check "restart_command".',
      detail: lastLinesDetail(ran),
      range,
    });
  }
  narrator.say("Waiting for machine to restart...");
  await waitForStart({ restart, sent, down: ran.end.status !== "exited", checked: false }, context);
  narrator.say("Machine successfully restarted, moving on");
}

/** A restart in progress. */
interface Waiting {
  readonly restart: Restart;
  /** When the command was sent, in milliseconds since 1970. */
  readonly sent: number;
  /** Whether the machine was unreachable since then. */
  down: boolean;
  /** Whether the command of the template to check the machine has run. */
  checked: boolean;
}

async function waitForStart(waiting: Waiting, context: ProvisionerContext): Promise<void> {
  const { surroundings, narrator, signal } = context;
  const { clock } = surroundings;
  const began = clock.now();
  for (let pause = FIRST; ; pause = INTERVAL) {
    await clock.sleep(pause, signal);
    const left = waiting.restart.timeout - (clock.now() - began);
    const limit = AbortSignal.timeout(Math.max(1, Math.min(CHECK_LIMIT, left)));
    const reason = await whyNotStarted(waiting, { ...context, signal: AbortSignal.any([signal, limit]) }).catch(
      (error: unknown) => {
        throwIfAborted(signal);
        if (!limit.aborted && !isNotReady(error)) throw error;
        waiting.down = true;
        return limit.aborted ? "it does not respond" : messageOf(error);
      },
    );
    if (reason === undefined) return;
    if (clock.now() - began >= waiting.restart.timeout) throw timedOut(reason, waiting, context);
    narrator.emit({ type: "progress", what: "waiting for the restart", elapsed: clock.now() - began, text: reason });
  }
}

/** Returns whether an error can pass while Windows starts. WinRM can refuse logins until all its services have started. */
function isNotReady(error: unknown): boolean {
  return isUnreachable(error) || (error instanceof BakeError && error.code === "winrm-authentication-failed");
}

/** Returns why Windows does not count as restarted; undefined if it does. Rejects while the machine is not reachable. */
async function whyNotStarted(waiting: Waiting, context: ProvisionerContext): Promise<string | undefined> {
  const { machine, narrator, surroundings } = context;
  const { restart, sent } = waiting;
  if (!machine.reachable() && machine.reconnect) {
    waiting.down = true;
    await machine.reconnect(context.signal);
  }
  const asked = surroundings.clock.now();
  const { end, output } = await readRemote(context, encodedCommand(CHECK));
  const name = /^.*restarted\.(?=\r?$)/m.exec(output)?.[0];
  if (end.status !== "exited" || name === undefined) return "PowerShell does not run yet";
  const uptime = /^uptime (\d+)/m.exec(output)?.[1];
  const isNew = uptime === undefined ? waiting.down : Number(uptime) < asked - sent;
  if (!isNew) return "it has not gone down yet";
  if (restart.checkCommand && !waiting.checked) {
    const checked = await runRemote(context, restart.checkCommand);
    if (checked.end.status === "disconnected") return 'the connection was lost during "restart_check_command"';
    waiting.checked = true;
  }
  const pending = await pendingKey(restart.pendingKeys, context);
  if (pending !== undefined) return pending;
  narrator.message(name);
  return undefined;
}

/** Returns that a registry key exists which means that a restart is pending; undefined if none exists. */
async function pendingKey(keys: readonly string[], context: ProvisionerContext): Promise<string | undefined> {
  if (keys.length === 0) return undefined;
  const tests = keys.map((key) => `Test-Path "${escaped(key)}"`);
  const { end, output } = await readRemote(
    context,
    encodedCommand(["$ProgressPreference = 'SilentlyContinue'", ...tests].join("\n")),
  );
  const found = output.split(/\r?\n/).indexOf("True");
  if (found >= 0) return `the registry key ${keys[found] ?? ""} says that a restart is pending`;
  return end.status === "exited" && output.includes("False") ? undefined : "the registry cannot be read yet";
}

function timedOut(reason: string, { restart, down }: Waiting, { range }: ProvisionerContext): BakeError {
  return new BakeError(`Timeout waiting for machine to restart: after ${formatDuration(restart.timeout)} ${reason}`, {
    code: "restart-timeout",
    hint: down
      ? 'Increase "restart_timeout" if Windows needs more time, for example to install updates. Otherwise check the screenshot of the instance in the EC2 console.'
      : 'Check "restart_command": Windows did not restart.',
    range,
  });
}
