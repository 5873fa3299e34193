import { throwIfAborted } from "../core/clock.js";
import { BakeError, messageOf } from "../core/errors.js";
import { formatDuration } from "../core/text.js";
import { type LoginMethod, LoginRefused } from "./authenticate.js";
import { CertificateRefused } from "./http/stream.js";
import { EncryptionRequired, openSession, type WinrmSession, type WinrmTarget } from "./session.js";
import { FAULT, WsmanFault } from "./wire/fault.js";
import { createRequest, deleteRequest, readShellId } from "./wire/soap.js";

/** Makes connections to one service. */
export interface WinrmConnector {
  /** Makes one attempt. Rejects as `openSession` does. */
  connect(signal: AbortSignal): Promise<WinrmSession>;
  /**
   * Connects as soon as a shell can be opened (Packer §4.5). Rejects with a `BakeError` (`winrm-timeout`, `winrm-authentication-failed`,
   * `winrm-certificate`, `winrm-encryption-required`, `winrm-quota`) or the abort reason.
   */
  connectUntilReady(signal: AbortSignal): Promise<WinrmSession>;
  /** Returns the address of the last attempt. */
  lastAddress(): string | undefined;
}

/** Limits of the wait for the service, in milliseconds. */
export interface WinrmLimits {
  readonly timeout: number;
  /**
   * Time to wait for Basic to be offered before NTLM is used instead: user data that enables it may still run, and restart the service.
   */
  readonly waitForBasic: number;
  readonly onAttempt: ((elapsed: number, reason: string) => void) | undefined;
  /** What to check when no connection can be made; undefined for a TCP connection. */
  readonly hint: string | undefined;
}

/** Milliseconds between attempts to connect to a machine that does not respond yet. */
const FIRST_WAIT = 250;
const LONGEST_WAIT = 2500;

/**
 * Refused passwords after which connecting fails, and the milliseconds between them. The user data may set the password later. Windows locks
 * an account for ten minutes after ten wrong passwords within ten minutes ("Account lockout threshold", since October 2022).
 */
const REFUSALS = 9;
const FIRST_REFUSAL_WAIT = 5000;
const LONGEST_REFUSAL_WAIT = 120_000;

/** Milliseconds after which a certificate or a quota that stays refused ends the wait: user data may still replace the listener. */
const PATIENCE: Readonly<Record<FailureKind, number>> = {
  certificate: 60_000,
  quota: 120_000,
  password: Number.POSITIVE_INFINITY,
  encryption: Number.POSITIVE_INFINITY,
  login: Number.POSITIVE_INFINITY,
  network: Number.POSITIVE_INFINITY,
};

type FailureKind = "network" | "login" | "password" | "certificate" | "encryption" | "quota";

/** Returns a connector. `first` limits apply until the first connection. */
export function winrmConnector(target: WinrmTarget, limits: WinrmLimits): WinrmConnector {
  const { clock } = target;
  let lastAddress: string | undefined;
  let basicRefused = false;
  let connectedOnce = false;
  const known: WinrmTarget = {
    ...target,
    async address(signal) {
      lastAddress = await target.address(signal);
      return lastAddress;
    },
  };

  /** Opens a session and a shell, to see that commands can run. */
  const attempt = async (elapsed: number, signal: AbortSignal): Promise<WinrmSession> => {
    const waitsForBasic = !connectedOnce && elapsed < limits.waitForBasic;
    const session = await openSession(known, chooser(target.ntlm, basicRefused, waitsForBasic), signal);
    try {
      const shell = readShellId(await session.request(createRequest(), signal));
      if (shell !== undefined) await session.request(deleteRequest(shell), signal);
      return session;
    } catch (error) {
      session.close();
      if (error instanceof EncryptionRequired) basicRefused = true;
      throw error;
    }
  };

  return {
    lastAddress: () => lastAddress,
    connect: (signal) => openSession(known, chooser(target.ntlm, basicRefused, false), signal),
    async connectUntilReady(signal) {
      const began = clock.now();
      const seen = failures();
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(Math.min(limits.timeout, 2 ** 31 - 1))]);
      for (let wait = FIRST_WAIT; ; ) {
        throwIfAborted(signal);
        const result = await attempt(clock.now() - began, deadline).catch((error: unknown) => ({ error }));
        if (!("error" in result)) {
          connectedOnce = true;
          return result;
        }
        const { error } = result;
        throwIfAborted(signal);
        if (error instanceof BakeError) throw error;
        const elapsed = clock.now() - began;
        const over = deadline.aborted || elapsed >= limits.timeout;
        const kind = over && seen.last() ? seen.last() : seen.add(error, elapsed);
        if (over || seen.isFinal(elapsed)) {
          throw failed({ target, address: lastAddress, hint: limits.hint }, kind ?? "network", {
            waited: over ? limits.timeout : elapsed,
            reasons: seen.text(),
            cause: error,
          });
        }
        limits.onAttempt?.(elapsed, messageOf(error));
        const pause = kind === "password" ? seen.waitAfterRefusal() : wait;
        target.debug(() => `WinRM: failed after ${elapsed} ms, next attempt in ${pause} ms: ${messageOf(error)}`);
        if (kind !== "password") wait = Math.min(wait * 1.5, LONGEST_WAIT);
        await clock.sleep(Math.min(pause, Math.max(1, limits.timeout - elapsed)), signal);
      }
    },
  };
}

/** Returns the function that chooses the method of a login. It throws `LoginRefused`. */
function chooser(ntlm: boolean, basicRefused: boolean, waitsForBasic: boolean) {
  return (offered: ReadonlySet<LoginMethod>): LoginMethod => {
    if (offered.has("basic") && !ntlm && !(basicRefused && offered.has("ntlm"))) return "basic";
    if (!offered.has("ntlm")) throw new LoginRefused("the service does not offer NTLM (Negotiate), only Basic", false);
    if (!ntlm && waitsForBasic && !basicRefused) {
      throw new LoginRefused("the service does not offer Basic yet: the user data may still enable it", false);
    }
    return "ntlm";
  };
}

/** Keeps why attempts failed, and how often. */
function failures() {
  const reasons = new Map<string, number>();
  let refusals = 0;
  let current: { readonly kind: FailureKind; readonly since: number } | undefined;
  return {
    add(error: unknown, elapsed: number): FailureKind {
      const kind = kindOf(error);
      const reason = messageOf(error);
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      if (kind === "password") refusals += 1;
      if (current?.kind !== kind) current = { kind, since: elapsed };
      return kind;
    },
    last: () => current?.kind,
    isFinal: (elapsed: number) =>
      refusals >= REFUSALS || (current !== undefined && elapsed - current.since >= PATIENCE[current.kind]),
    waitAfterRefusal: () => Math.min(FIRST_REFUSAL_WAIT * 2 ** (refusals - 1), LONGEST_REFUSAL_WAIT),
    text(): string {
      const texts = [...reasons].map(([reason, times]) => (times === 1 ? reason : `${reason} (${times} times)`));
      return texts.slice(-3).join("; ") || "no response";
    },
  };
}

function kindOf(error: unknown): FailureKind {
  if (error instanceof CertificateRefused) return "certificate";
  if (error instanceof EncryptionRequired) return "encryption";
  if (error instanceof LoginRefused) return error.wrongPassword ? "password" : "login";
  if (!(error instanceof WsmanFault)) return "network";
  if (error.code === FAULT.tooManyShells || error.code === FAULT.tooManyOperations) return "quota";
  return error.code === FAULT.accessDenied || error.code === FAULT.wrongPassword ? "password" : "network";
}

interface Outcome {
  /** Milliseconds. */
  readonly waited: number;
  readonly reasons: string;
  readonly cause: unknown;
}

interface Place {
  readonly target: WinrmTarget;
  readonly address: string | undefined;
  readonly hint: string | undefined;
}

function failed({ target, address, hint }: Place, kind: FailureKind, { waited, reasons, cause }: Outcome): BakeError {
  const place = `${target.login.user}@${address ?? "the machine"}:${target.port}`;
  const texts: Readonly<Record<FailureKind, readonly [code: string, summary: string, hint: string]>> = {
    network: [
      "winrm-timeout",
      `Timeout waiting for WinRM: no connection to ${place} within ${formatDuration(waited)}: ${reasons}`,
      hint ??
        `Check that the user data enables WinRM on port ${target.port} ("winrm_port") and opens the Windows firewall, and that the security group and the network allow the port. Increase "winrm_timeout" if the image boots slowly.`,
    ],
    login: [
      "winrm-timeout",
      `Timeout waiting for a login by WinRM at ${place} for ${formatDuration(waited)}: ${reasons}`,
      `Check that the user data finishes, and which logins it enables: winrm get winrm/config/service/auth.${target.ntlm ? ' Remove "winrm_use_ntlm" if only Basic is enabled.' : ""}`,
    ],
    password: [
      "winrm-authentication-failed",
      `WinRM authentication failed at ${place}: ${reasons}`,
      'Check "winrm_username" and "winrm_password", and whether the user data sets another password. The user must be a member of Administrators.',
    ],
    certificate: [
      "winrm-certificate",
      `The certificate of ${place} was refused: ${reasons}`,
      'Set "winrm_insecure" to true to accept a self-signed certificate, or set NODE_EXTRA_CA_CERTS to a PEM file with the certificate authority and "winrm_host" to the name in the certificate.',
    ],
    encryption: [
      "winrm-encryption-required",
      `WinRM at ${place} accepts only encrypted messages: ${reasons}`,
      'Use NTLM, which encrypts messages ("winrm_use_ntlm"), or HTTPS ("winrm_use_ssl"). Otherwise set AllowUnencrypted in the user data: winrm set winrm/config/service \'@{AllowUnencrypted="true"}\'.',
    ],
    quota: [
      "winrm-quota",
      `A quota of WinRM is exhausted at ${place}: ${reasons}`,
      "Increase MaxShellsPerUser in the user data: winrm set winrm/config/winrs '@{MaxShellsPerUser=\"30\"}'. Close shells that other programs left open.",
    ],
  };
  const [code, summary, advice] = texts[kind];
  return new BakeError(summary, { code, hint: advice, cause });
}
