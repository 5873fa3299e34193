import ssh2, { type AuthContext, type PublicKeyAuthContext } from "ssh2";
import type { Login, LoginHost } from "./login-host.js";

/**
 * Accepts or rejects one authentication request: public keys only (RFC 4252 section 7), against the machine's current authorized_keys.
 * Calls `onLogin` before the client learns of its success.
 */
export async function authenticate(
  context: AuthContext,
  host: LoginHost,
  onLogin: (login: Login) => void,
): Promise<void> {
  if (context.method !== "publickey") return context.reject(["publickey"]);
  const login = await host
    .findLogin(context.username, `${context.key.algo} ${context.key.data.toString("base64")}`)
    .catch(() => undefined);
  if (!login) return context.reject(["publickey"]);
  if (!context.signature || !context.blob) return acceptQuery(context);
  if (!isSignatureValid(context)) return context.reject(["publickey"]);
  onLogin(login);
  context.accept();
}

/**
 * Accepts a client's query whether its key would be accepted. ssh2 replies with the type of the key, but clients that offered an RSA key
 * with SHA-2 (such as Go's) expect the algorithm that they sent (RFC 8332 section 3).
 */
function acceptQuery(context: PublicKeyAuthContext): void {
  if (context.hashAlgo) context.key.algo = context.hashAlgo === "sha256" ? "rsa-sha2-256" : "rsa-sha2-512";
  context.accept();
}

function isSignatureValid(context: PublicKeyAuthContext): boolean {
  const key = ssh2.utils.parseKey(`${context.key.algo} ${context.key.data.toString("base64")}`);
  if (key instanceof Error || !context.blob || !context.signature) return false;
  return key.verify(context.blob, context.signature, context.hashAlgo) === true;
}

/** Returns the forced command of an authorized_keys line, e.g. the one that cloud images set for root's keys. */
export function forcedCommand(keyLine: string): string | undefined {
  const match = /(?:^|,)command="((?:[^"\\]|\\.)*)"/.exec(keyLine);
  return match?.[1]?.replaceAll('\\"', '"');
}
