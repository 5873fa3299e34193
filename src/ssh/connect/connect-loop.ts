import { type Clock, throwIfAborted } from "../../core/clock.js";
import { BakeError, messageOf } from "../../core/errors.js";
import { formatDuration } from "../../core/text.js";
import type { Connection } from "./connection.js";
import type { Connector } from "./connector.js";
import { AuthenticationRefused } from "./handshake.js";

/** Bounds of the connect loop (`ssh_timeout`, `ssh_handshake_attempts`). */
export interface ConnectLimits {
  /** Milliseconds for the whole loop. */
  readonly timeout: number;
  /** Refused authentications before it gives up. */
  readonly handshakeAttempts: number;
}

export interface ConnectLoopOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly limits: ConnectLimits;
  /** Called after each failed attempt: milliseconds so far, and why it failed. */
  readonly onAttempt: ((elapsed: number, reason: string) => void) | undefined;
}

/**
 * Connects as soon as the machine lets itself be connected to (Packer §4.2, with one connection per attempt and shorter
 * waits). Throws a `BakeError` that lists the reasons seen: `ssh-timeout`, `ssh-authentication-failed`,
 * `ssh-host-key-changed`, or what the credentials complain about; or the abort reason.
 */
export async function connectUntilReady(connector: Connector, options: ConnectLoopOptions): Promise<Connection> {
  const { clock, signal, limits } = options;
  const began = clock.now();
  const reasons = new Map<string, number>();
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), limits.timeout);
  const either = AbortSignal.any([signal, deadline.signal]);
  let refusals = 0;
  try {
    for (let wait = FIRST_WAIT; ; ) {
      throwIfAborted(signal);
      const failure = await connector.connect(either).catch((error: unknown) => ({ error }));
      if (!("error" in failure)) return failure;
      const { error } = failure;
      throwIfAborted(signal);
      if (error instanceof BakeError) throw error;
      const refused = error instanceof AuthenticationRefused;
      const reason = deadline.signal.aborted ? undefined : messageOf(error);
      if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      refusals += refused ? 1 : 0;
      if (refusals >= limits.handshakeAttempts) throw refusedTooOften(connector, refusals, error);
      const elapsed = clock.now() - began;
      if (elapsed >= limits.timeout || deadline.signal.aborted)
        throw timedOut(connector, limits.timeout, reasons, error);
      options.onAttempt?.(elapsed, reason ?? messageOf(error));
      const pause = refused ? waitAfterRefusal(refusals) : wait;
      if (!refused) wait = Math.min(wait * 1.5, LONGEST_WAIT);
      await clock.sleep(Math.min(pause, limits.timeout - elapsed), signal);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Milliseconds between attempts to reach a machine that does not answer yet. */
const FIRST_WAIT = 250;
const LONGEST_WAIT = 2500;

/**
 * After a refusal the user or its key may not be there yet: cloud-init makes them after the server is up. Ten attempts
 * spread over some 75 s, as Packer's do.
 */
function waitAfterRefusal(refusals: number): number {
  return Math.min(1500 * 1.5 ** (refusals - 1), 15_000);
}

function refusedTooOften(connector: Connector, attempts: number, cause: unknown): BakeError {
  return new BakeError(
    `SSH authentication failed ${attempts} ${attempts === 1 ? "time" : "times"} at ${place(connector)}: ${messageOf(cause)}`,
    {
      code: "ssh-authentication-failed",
      hint: "Check ssh_username (ubuntu, ec2-user, admin, centos … by image) and the key or password that the template names.",
      cause,
    },
  );
}

function timedOut(
  connector: Connector,
  timeout: number,
  reasons: ReadonlyMap<string, number>,
  cause: unknown,
): BakeError {
  const seen = [...reasons].map(([reason, times]) => (times === 1 ? reason : `${reason} (${times} times)`));
  const why = seen.length > 0 ? seen.slice(-3).join("; ") : "nothing answered";
  return new BakeError(
    `timeout waiting for SSH: no connection to ${place(connector)} within ${formatDuration(timeout)}: ${why}`,
    {
      code: "ssh-timeout",
      hint: "Check that the security group and network let this machine reach the port, that the address is the right one (ssh_interface), that the image runs an SSH server, and raise ssh_timeout if it boots slowly.",
      cause,
    },
  );
}

function place(connector: Connector): string {
  const { target } = connector;
  const via = target.bastion ? ` through ${target.bastion.host}` : "";
  return `${target.credentials.user}@${connector.lastAddress() ?? "the machine"}:${target.port}${via}`;
}
