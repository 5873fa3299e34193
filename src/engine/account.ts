import { ambientAccess } from "../aws/client/options.js";
import { type AwsSession, openSession, type SessionSurroundings } from "../aws/client/session.js";
import { systemClock } from "../core/clock.js";
import type { CredentialVault } from "../core/ledger.js";
import type { WebIdentity } from "../core/surroundings.js";
import type { EngineSetting } from "./engine.js";
import { machineIds } from "./machine.js";
import { memoryVault } from "./vault.js";

/** How an account is reached where no template says. */
export interface AccountRun {
  /** Access keys that are known by name; undefined starts with none. */
  readonly credentials?: CredentialVault | undefined;
  /** A role to assume; undefined uses the ambient credentials. */
  readonly webIdentity?: WebIdentity | undefined;
}

/** What sessions of a run are opened with: this machine's clock and ids, the run's environment, keys and role. */
export function accountSurroundings(run: AccountRun, env: EngineSetting["env"]): SessionSurroundings {
  return {
    clock: systemClock,
    ids: machineIds,
    env,
    credentials: run.credentials ?? memoryVault(),
    webIdentity: run.webIdentity,
  };
}

/** Opens the ambient account in `region`, or in that of the environment or the profile. Throws a `BakeError` where none is given. */
export function openAccount(surroundings: SessionSurroundings, region: string | undefined): Promise<AwsSession> {
  return openSession(ambientAccess, surroundings, region);
}
