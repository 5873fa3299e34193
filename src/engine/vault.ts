import { vaultName } from "../aws/client/vault-name.js";
import type { CredentialVault, StaticCredentials } from "../core/ledger.js";

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
