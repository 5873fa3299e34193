import { randomBytes, timingSafeEqual } from "node:crypto";
import { type NtlmAcceptor, ntlmAcceptor } from "../../winrm/ntlm/accept.js";
import { NtlmError } from "../../winrm/ntlm/messages.js";
import type { NtlmSealer } from "../../winrm/ntlm/seal.js";
import type { Accounts } from "./accounts.js";
import type { LoginKind } from "./record.js";

/** A login of one connection. */
export interface ServedLogin {
  readonly user: string;
  readonly by: LoginKind;
  /** Opens and seals the bodies of the connection; undefined where they are plain. */
  readonly sealer: NtlmSealer | undefined;
}

/** What an `Authorization` header leads to. */
export type AuthenticationStep =
  | { readonly step: "accepted"; readonly login: ServedLogin; readonly isNew: boolean }
  /** Respond with 401 and the challenge. */
  | { readonly step: "challenge"; readonly challenge: string }
  | { readonly step: "refused"; readonly user: string; readonly reason: string };

/** The logins of one connection: Basic with each request, NTLM once for the connection (MS-WSMV, RFC 4559). */
export interface ConnectionLogin {
  /** Takes the header of a request; undefined for a request without one. */
  take(authorization: string | undefined): AuthenticationStep;
}

/** What a service offers that wants a login. */
export const OFFERS = ["Negotiate", 'Basic realm="WSMAN"'] as const;

/** Returns the login of a new connection. `now`: milliseconds since 1970. */
export function connectionLogin(hostName: string, accounts: Accounts, now: () => number): ConnectionLogin {
  let acceptor: NtlmAcceptor | undefined;
  let current: ServedLogin | undefined;

  const basic = (token: string): AuthenticationStep => {
    const [, user = "", password = ""] = /^([^:]*):(.*)$/s.exec(Buffer.from(token, "base64").toString("utf8")) ?? [];
    if (!isSame(password, accounts.passwordOf(user)))
      return { step: "refused", user, reason: "wrong user or password" };
    const isNew = current?.by !== "basic" || current.user !== user;
    current = { user, by: "basic", sealer: undefined };
    return { step: "accepted", login: current, isNew };
  };

  const negotiate = (token: Buffer): AuthenticationStep => {
    try {
      // The type of an NTLM message follows its signature (MS-NLMP 2.2.1).
      if (token.length >= 12 && token.readUInt32LE(8) === 1) {
        current = undefined;
        acceptor = ntlmAcceptor(hostName, accounts.passwordOf, { randomBytes, now: now() });
        return { step: "challenge", challenge: `Negotiate ${acceptor.challenge(token).toString("base64")}` };
      }
      if (acceptor === undefined) return { step: "refused", user: "", reason: "an NTLM message out of order" };
      const { user, sealer } = acceptor.accept(token);
      acceptor = undefined;
      current = { user, by: sealer ? "ntlm-encrypted" : "ntlm", sealer };
      return { step: "accepted", login: current, isNew: true };
    } catch (error) {
      acceptor = undefined;
      if (error instanceof NtlmError) return { step: "refused", user: "", reason: `NTLM: ${error.message}` };
      throw error;
    }
  };

  return {
    take(authorization) {
      const [, scheme = "", token = ""] = /^(\w+)\s+(\S+)$/.exec(authorization ?? "") ?? [];
      if (/^basic$/i.test(scheme)) return basic(token);
      if (/^(negotiate|ntlm)$/i.test(scheme)) return negotiate(Buffer.from(token, "base64"));
      if (current !== undefined && current.by !== "basic") return { step: "accepted", login: current, isNew: false };
      return { step: "refused", user: "", reason: "no login" };
    },
  };
}

function isSame(given: string, expected: string | undefined): boolean {
  if (expected === undefined) return false;
  const [one, other] = [Buffer.from(given), Buffer.from(expected)];
  return one.length === other.length && timingSafeEqual(one, other);
}
