import { type Clock, throwIfAborted } from "../../core/clock.js";
import { BakeError, messageOf } from "../../core/errors.js";
import { formatDuration } from "../../core/text.js";
import type { Connection } from "./connection.js";
import type { Connector } from "./connector.js";
import { AlgorithmsRefused, AuthenticationRefused, type LoginRefusal } from "./handshake-error.js";

/** Limits of the connect loop (`ssh_timeout`, `ssh_handshake_attempts`). */
export interface ConnectLimits {
  /** Milliseconds for the whole loop. */
  readonly timeout: number;
  /** Number of refused logins after which the loop fails. */
  readonly handshakeAttempts: number;
}

export interface ConnectLoopOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly limits: ConnectLimits;
  /** Called after each failed attempt, with the elapsed milliseconds and the reason. */
  readonly onAttempt: ((elapsed: number, reason: string) => void) | undefined;
}

/**
 * Connects as soon as the machine accepts a connection (Packer §4.2, with one connection per attempt and shorter waits). Throws a
 * `BakeError` with the reasons of the failed attempts (`ssh-timeout`, `ssh-authentication-failed`, `ssh-no-common-algorithm`,
 * `ssh-host-key-changed`), or the abort reason.
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
      const refusal = error instanceof AuthenticationRefused || error instanceof AlgorithmsRefused ? error : undefined;
      const reason = deadline.signal.aborted ? undefined : messageOf(error);
      if (reason !== undefined) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      refusals += refusal ? 1 : 0;
      if (refusal && refusals >= limits.handshakeAttempts) throw refusedTooOften(connector, refusals, refusal);
      const elapsed = clock.now() - began;
      if (elapsed >= limits.timeout || deadline.signal.aborted)
        throw timedOut(connector, limits.timeout, reasons, error);
      options.onAttempt?.(elapsed, reason ?? messageOf(error));
      const pause = refusal ? waitAfterRefusal(refusals) : wait;
      connector.target.debug(() => `SSH: failed after ${elapsed} ms, next attempt in ${pause} ms: ${messageOf(error)}`);
      if (!refusal) wait = Math.min(wait * 1.5, LONGEST_WAIT);
      await clock.sleep(Math.min(pause, limits.timeout - elapsed), signal);
    }
  } finally {
    clearTimeout(timer);
  }
}

/** Milliseconds between attempts to connect to a machine that does not respond yet. */
const FIRST_WAIT = 250;
const LONGEST_WAIT = 2500;

/**
 * Returns the milliseconds to wait after a refused login. The user or its key may not exist yet: cloud-init creates them after the server
 * starts. Ten attempts take about 75 s, as in Packer.
 */
function waitAfterRefusal(refusals: number): number {
  return Math.min(1500 * 1.5 ** (refusals - 1), 15_000);
}

function refusedTooOften(
  connector: Connector,
  attempts: number,
  cause: AuthenticationRefused | AlgorithmsRefused,
): BakeError {
  const often = `${attempts} ${attempts === 1 ? "time" : "times"} at ${place(connector)}: ${messageOf(cause)}`;
  if (cause instanceof AlgorithmsRefused) {
    return new BakeError(`SSH handshake failed ${often}`, { code: "ssh-no-common-algorithm", hint: cause.hint, cause });
  }
  return new BakeError(`SSH authentication failed ${often}`, {
    code: "ssh-authentication-failed",
    hint: refusalHint(connector, cause.refusal),
    cause,
  });
}

/** Returns the hint for what the refusal shows: too many keys, RSA with SHA-1, FIPS mode; otherwise the user is probably wrong. */
function refusalHint({ keyType, target }: Connector, { tooMany, sha1Server, otherHostKeys }: LoginRefusal): string {
  if (tooMany) {
    return 'The server ends the login after a number of keys ("MaxAuthTries", 6 by default). Remove the other keys from the ssh-agent, or set the right key in "ssh_private_key_file".';
  }
  if (keyType === "ssh-rsa" && sha1Server !== undefined) {
    return `The server (${sha1Server}) verifies RSA signatures with SHA-1 only. Set "temporary_key_pair_type" to "ed25519" or use such a key, or allow SHA-1: add "diffie-hellman-group14-sha1" to "ssh_key_exchange_algorithms". Check "ssh_username" too.`;
  }
  if (keyType === "ssh-ed25519" && otherHostKeys !== undefined) {
    return `The server has no ed25519 host key (only ${otherHostKeys}) and is probably in FIPS mode, which accepts no ed25519 keys: set "temporary_key_pair_type" to "rsa", or use an RSA key in "ssh_private_key_file". Check "ssh_username" too.`;
  }
  if (target.sentKey) return target.sentKey.hint;
  return 'Check "ssh_username" (ubuntu, ec2-user, admin, centos … depending on the image) and the key or password of the template.';
}

function timedOut(
  connector: Connector,
  timeout: number,
  reasons: ReadonlyMap<string, number>,
  cause: unknown,
): BakeError {
  const seen = [...reasons].map(([reason, times]) => (times === 1 ? reason : `${reason} (${times} times)`));
  const why = seen.length > 0 ? seen.slice(-3).join("; ") : "no response";
  return new BakeError(
    `Timeout waiting for SSH: no connection to ${place(connector)} within ${formatDuration(timeout)}: ${why}`,
    {
      code: "ssh-timeout",
      hint:
        connector.target.way?.hint ??
        'Check that the security group and the network allow the port, that the address is correct ("ssh_interface"), and that the image runs an SSH server. Increase "ssh_timeout" if the image boots slowly.',
      cause,
    },
  );
}

function place(connector: Connector): string {
  const { target } = connector;
  const name = target.way?.name ?? target.bastion?.host;
  const via = name === undefined ? "" : ` through ${name}`;
  return `${target.credentials.user}@${connector.lastAddress() ?? "the machine"}:${target.port}${via}`;
}
