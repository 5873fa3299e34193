import { randomBytes } from "node:crypto";
import type { HttpConnection, HttpReply } from "./http/connection.js";
import { startNtlmLogin } from "./ntlm/login.js";
import { NtlmError } from "./ntlm/messages.js";
import type { NtlmAccount } from "./ntlm/proof.js";
import type { NtlmSealer } from "./ntlm/seal.js";

/** Login of a user. */
export interface WinrmLogin {
  /** `user`, `DOMAIN\user` or `user@domain`. */
  readonly user: string;
  readonly password: string;
}

/** A way to log in. */
export type LoginMethod = "basic" | "ntlm";

/** How the requests of a connection are sent after the login. */
export interface Authenticated {
  readonly method: LoginMethod;
  /** Headers of each request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Encrypts the messages; undefined sends them as they are. */
  readonly sealer: NtlmSealer | undefined;
}

/** The login was not possible: the service does not offer the method, or refused the password. */
export class LoginRefused extends Error {
  /** Whether the password was sent or proved, and refused. */
  readonly wrongPassword: boolean;

  constructor(problem: string, wrongPassword: boolean) {
    super(problem);
    this.name = "LoginRefused";
    this.wrongPassword = wrongPassword;
  }
}

/** Limits of the requests of a login. */
export interface LoginLimits {
  readonly limit: number;
  readonly signal: AbortSignal;
}

const EMPTY = new Uint8Array(0);

/**
 * Returns the methods that the service offers, without sending a password. Rejects with `ConnectionLost`, `LoginRefused` if the response is
 * not one of WinRM, or the abort reason.
 */
export async function offeredMethods(
  connection: HttpConnection,
  limits: LoginLimits,
): Promise<ReadonlySet<LoginMethod>> {
  const reply = await connection.post({ ...limits, headers: {}, body: EMPTY });
  const schemes = schemesOf(reply);
  if (reply.status !== 401) {
    throw new LoginRefused(`the service returned HTTP ${reply.status} to a request without a login`, false);
  }
  const offered = new Set<LoginMethod>();
  if (schemes.includes("basic")) offered.add("basic");
  if (schemes.includes("negotiate")) offered.add("ntlm");
  if (offered.size === 0) {
    throw new LoginRefused(`the service offers no supported login (${schemes.join(", ") || "none"})`, false);
  }
  return offered;
}

function schemesOf({ challenges }: HttpReply): readonly string[] {
  const names = challenges.flatMap((each) => each.match(/(?:^|,\s*)([A-Za-z]+)(?=\s|,|$)/g) ?? []);
  return names.map((name) => name.replace(/[^A-Za-z]/g, "").toLowerCase());
}

/** Returns the header of Basic authentication. The password is proved by the first request. */
export function basicLogin({ user, password }: WinrmLogin): Authenticated {
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  return { method: "basic", headers: { authorization }, sealer: undefined };
}

/** Options of a login by NTLM. */
export interface NtlmOptions extends LoginLimits {
  /** Whether messages must be encrypted: there is no TLS. */
  readonly seal: boolean;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * Logs the connection in by NTLM ([MS-NLMP], RFC 4559). Rejects with `LoginRefused`, `ConnectionLost` or the abort reason.
 */
export async function ntlmLogin(
  connection: HttpConnection,
  login: WinrmLogin,
  { seal, now, ...limits }: NtlmOptions,
): Promise<Authenticated> {
  const exchange = startNtlmLogin(accountOf(login), { randomBytes, now });
  const post = (token: Buffer) =>
    connection.post({
      ...limits,
      headers: { authorization: `Negotiate ${token.toString("base64")}` },
      body: EMPTY,
    });
  const challenge = tokenOf(await post(exchange.negotiate));
  if (!challenge) throw new LoginRefused("the service does not continue the login by NTLM", false);
  const { message, sealer } = replyTo(challenge, exchange.reply);
  if (seal && !sealer) throw new LoginRefused("the service does not encrypt messages by NTLM", false);
  const reply = await post(message);
  if (reply.status === 401) throw new LoginRefused(`the service refused the password of "${login.user}"`, true);
  return { method: "ntlm", headers: {}, sealer: seal ? sealer : undefined };
}

function tokenOf({ challenges }: HttpReply): Buffer | undefined {
  for (const challenge of challenges) {
    const text = /^Negotiate\s+([A-Za-z0-9+/=]+)/i.exec(challenge)?.[1];
    if (text !== undefined) return Buffer.from(text, "base64");
  }
  return undefined;
}

function replyTo<T>(challenge: Buffer, reply: (challenge: Buffer) => T): T {
  try {
    return reply(challenge);
  } catch (error) {
    if (error instanceof NtlmError) throw new LoginRefused(`the NTLM challenge is not valid: ${error.message}`, false);
    throw error;
  }
}

/** Returns the account of a user name. `.\user` is a local user. */
function accountOf({ user, password }: WinrmLogin): NtlmAccount {
  const [, domain, name] = /^([^\\]*)\\(.*)$/s.exec(user) ?? [];
  if (domain === undefined || name === undefined) return { domain: "", user, password };
  return { domain: domain === "." ? "" : domain, user: name, password };
}
