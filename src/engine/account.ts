import { vaultName } from "../aws/client/credentials.js";
import { openSession, type SessionSurroundings } from "../aws/client/open-session.js";
import { ambientAccess } from "../aws/client/options.js";
import type { AwsSession } from "../aws/client/session.js";
import { systemClock } from "../core/clock.js";
import type { CredentialVault, StaticCredentials } from "../core/ledger.js";
import type { EngineSetting } from "./api.js";
import { hostIds } from "./host.js";

/**
 * What sessions of a run are opened with: this host's clock and ids, the run's environment and role, and the access keys of
 * `credentials` by their names.
 */
export function accountSurroundings(
  { env, webIdentity }: EngineSetting,
  credentials: CredentialVault = memoryVault(),
): SessionSurroundings {
  return { clock: systemClock, ids: hostIds, env, credentials, webIdentity };
}

/** Opens the ambient account in `region`, or in that of the environment or the profile. Throws a `BakeError` where none is given. */
export function openAccount(surroundings: SessionSurroundings, region: string | undefined): Promise<AwsSession> {
  return openSession(ambientAccess, surroundings, region);
}

/** A vault that lasts as long as the process. */
export function memoryVault(): CredentialVault {
  const kept = new Map<string, StaticCredentials>();
  return {
    get: (name) => kept.get(name),
    put: (name, credentials) => void kept.set(name, credentials),
  };
}

/** A vault of the keys in the environment: for `bake-ami cleanup`, as ledger files hold no secrets. */
export function environmentVault(env: Readonly<Record<string, string | undefined>>): CredentialVault {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: token } = env;
  const vault = memoryVault();
  if (id && secret) {
    vault.put(vaultName(id), { accessKeyId: id, secretAccessKey: secret, ...(token ? { sessionToken: token } : {}) });
  }
  return vault;
}
