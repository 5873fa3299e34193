import { openSessionFor } from "../aws/client/open-session.js";
import { type LeftBehind, releaseEntries } from "../cleanup/release.js";
import { systemClock } from "../core/clock.js";
import { narrator } from "../core/events.js";
import { openLedger } from "../core/ledger.js";
import { accountSurroundings, environmentVault } from "./account.js";
import type { EngineSetting, ReleaseRun } from "./api.js";

/** Releases the open resources of a ledger, for the post step and `bake-ami cleanup`. */
export async function releaseRecords(run: ReleaseRun, setting: EngineSetting): Promise<readonly LeftBehind[]> {
  const { env, interruption } = setting;
  const ledger = openLedger(run.ledger, systemClock.now, run.records);
  const surroundings = accountSurroundings(setting, run.credentials ?? environmentVault(env));
  return releaseEntries(ledger.entries(), {
    ledger,
    narrator: narrator(run.listeners, systemClock.now),
    now: systemClock.now,
    signal: interruption.signal,
    env,
    openSession: (account) => openSessionFor(account, surroundings),
  });
}
