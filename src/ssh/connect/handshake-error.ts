import type { NoCommonAlgorithm } from "./no-common-algorithm.js";
import type { ServerHello } from "./server-hello.js";

/** What is known about a login that was refused. */
export interface LoginRefusal {
  /** What the server or the ssh-agent said, if anything. */
  readonly detail: string | undefined;
  /** Host key types of a server that has no ed25519 one. Such a server may accept no ed25519 keys either. */
  readonly otherHostKeys: string | undefined;
  /** Whether the server ended the login because too many keys were offered. */
  readonly tooMany: boolean;
  /** Identification of a server that verifies no RSA signatures with SHA-2. */
  readonly sha1Server: string | undefined;
}

/** The server accepted none of the credentials. A separate class, because only refusals count as attempts (Packer §4.1). */
export class AuthenticationRefused extends Error {
  readonly refusal: LoginRefusal;

  constructor(user: string, cause: unknown, refusal: LoginRefusal) {
    const detail = refusal.detail === undefined ? "" : `: ${refusal.detail}`;
    super(`the server accepted no authentication method for user ${user}${detail}`, { cause });
    this.name = "AuthenticationRefused";
    this.refusal = refusal;
  }
}

/** The server and the options have no algorithm in common. It is repeated as a refused login is: the server may not have its configuration yet. */
export class AlgorithmsRefused extends Error {
  readonly hint: string;

  constructor({ problem, hint }: NoCommonAlgorithm, cause: unknown) {
    super(problem, { cause });
    this.name = "AlgorithmsRefused";
    this.hint = hint;
  }
}

/** An error of ssh2: where it happened, or the number of a DISCONNECT message (RFC 4253 §11.1). */
export interface Ssh2Error extends Error {
  readonly level?: string | undefined;
  readonly code?: unknown;
}

/** Reasons of a DISCONNECT message that end a login: cancelled, no more methods, illegal user name. */
const LOGIN_ENDED: readonly unknown[] = [13, 14, 15];

/** Returns what the server said when it ended the login by a DISCONNECT message; undefined for any other error. */
export function refusingDisconnect({ code, message }: Ssh2Error): string | undefined {
  const isRefusal = LOGIN_ENDED.includes(code) || (code === 2 && TOO_MANY.test(message));
  return isRefusal ? `"${shown(message)}"` : undefined;
}

/** OpenSSH's message after `MaxAuthTries` keys; its reason is that of a protocol error. */
export const TOO_MANY = /too many authentication/i;

/** OpenSSH before 7.2 verifies RSA signatures with SHA-1 only. */
const OLD_OPENSSH = /^SSH-2\.0-(OpenSSH_(?:[0-6]\.|7\.[01](?!\d))\S*)/;

/** Returns what a refusal shows of the server. */
export function refusalOf(hello: ServerHello, detail: string | undefined): LoginRefusal {
  const hostKeys = hello.algorithms()?.hostKeys;
  const others = hostKeys?.filter((name) => name.startsWith("ecdsa-sha2-") || name.startsWith("rsa-sha2-"));
  return {
    detail,
    otherHostKeys: !hostKeys || hostKeys.includes("ssh-ed25519") ? undefined : others?.join(", ") || undefined,
    tooMany: TOO_MANY.test(detail ?? ""),
    sha1Server: OLD_OPENSSH.exec(hello.identification() ?? "")?.[1],
  };
}

/** Returns the error of a handshake that did not reach the login, with what the server sent in place of SSH. */
export function plainError(error: Error, hello: ServerHello, timeout: number): Error {
  if (/timed out while waiting for handshake/i.test(error.message)) {
    return new Error(`the SSH handshake did not finish within ${timeout / 1000} s`, { cause: error });
  }
  const greeting = hello.greeting();
  if (hello.identification() !== undefined || greeting === undefined) return error;
  return new Error(`the server did not start SSH. It sent: "${shown(greeting)}"`, { cause: error });
}

/** Longest text of a server in a message. */
const MOST_SHOWN = 200;

/** Returns a text of the server for a message: one line without control characters. */
export function shown(text: string): string {
  return text.slice(0, MOST_SHOWN).replace(/[^\x20-\x7e]/g, "?");
}
