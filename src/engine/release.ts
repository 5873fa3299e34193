import { openSessionFor } from "../aws/client/open-session.js";
import { type AccountCheck, refuseOtherAccount } from "../cleanup/account.js";
import { type LeftBehind, releaseEntries, warnOfLostRecords } from "../cleanup/release.js";
import { systemClock } from "../core/clock.js";
import { narrator } from "../core/events.js";
import { openLedger } from "../core/ledger.js";
import { accountSurroundings, environmentVault } from "./account.js";
import type { EngineSetting, ReleaseRun } from "./api.js";
import { limitSession } from "./session-policy.js";

/** Releases the open resources of a ledger, in the account that it has, for the post step and `bake-ami cleanup`. */
export async function releaseRecords(run: ReleaseRun, setting: EngineSetting): Promise<readonly LeftBehind[]> {
  const { env, interruption } = setting;
  const narrate = narrator(run.listeners, systemClock.now);
  const ledger = openLedger(run.ledger, systemClock.now, run.records, (error) => warnOfLostRecords(narrate, error));
  const limited = await limitSession(setting, async (scope) => {
    const { releasePermissions } = await import("../cleanup/permissions.js");
    return releasePermissions(scope, ["*"]);
  });
  const surroundings = accountSurroundings(limited, run.credentials ?? environmentVault(env));
  const { signal } = interruption;
  const check: AccountCheck = { signal, narrator: narrate, whenUnknown: run.whenAccountUnknown };
  return releaseEntries(ledger.entries(), {
    ledger,
    narrator: narrate,
    now: systemClock.now,
    signal,
    env,
    openSession: (account) => openSessionFor(account, surroundings),
    refuseAccount: (session, account) => refuseOtherAccount(session, account, check),
  });
}
