import { vaultName } from "../aws/client/credentials.js";
import { openSession, type SessionSurroundings } from "../aws/client/open-session.js";
import { ambientAccess } from "../aws/client/options.js";
import type { AwsSession } from "../aws/client/session.js";
import { systemClock } from "../core/clock.js";
import type { CredentialVault, StaticCredentials } from "../core/ledger.js";
import { AUTOMATIC_POLICY } from "../core/surroundings.js";
import type { EngineSetting } from "./api.js";
import { hostIds } from "./host.js";

/**
 * Returns the surroundings of the sessions of a run: the clock and IDs of this host, the environment and role of the run, and the
 * access keys of `credentials` by name.
 */
export function accountSurroundings(
  { debug, env, webIdentity, reportWait }: EngineSetting,
  credentials: CredentialVault = memoryVault(),
): SessionSurroundings {
  if (webIdentity?.sessionPolicy === AUTOMATIC_POLICY) throw new Error("the session policy was not derived");
  return { clock: systemClock, debug, reportWait, ids: hostIds, env, credentials, webIdentity };
}

/** Opens a session in `region`, or in the Region of the environment or the profile. Throws a `BakeError` when no Region is set. */
export function openAccount(surroundings: SessionSurroundings, region: string | undefined): Promise<AwsSession> {
  return openSession(ambientAccess, surroundings, region);
}

/** Returns an empty vault in memory. */
export function memoryVault(): CredentialVault {
  const kept = new Map<string, StaticCredentials>();
  return {
    get: (name) => kept.get(name),
    put: (name, credentials) => void kept.set(name, credentials),
  };
}

/** Returns a vault with the keys of the environment. `bake-ami cleanup` needs it, because ledger files contain no secrets. */
export function environmentVault(env: Readonly<Record<string, string | undefined>>): CredentialVault {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = env;
  const vault = memoryVault();
  if (id && secret) {
    vault.put(vaultName(id), { accessKeyId: id, secretAccessKey: secret, ...(token ? { sessionToken: token } : {}) });
  }
  return vault;
}
