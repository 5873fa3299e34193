import type { CredentialVault, StaticCredentials } from "../core/ledger.js";

/** A vault that lasts as long as the process. */
export function memoryVault(): CredentialVault {
  const kept = new Map<string, StaticCredentials>();
  return {
    get: (name) => kept.get(name),
    put: (name, credentials) => void kept.set(name, credentials),
  };
}
