import { openSessionFor } from "../aws/client/open-session.js";
import type { AwsSession } from "../aws/client/session.js";
import { findExpired, removeExpired, type SweepOptions } from "../cleanup/sweep.js";
import { BakeError } from "../core/errors.js";
import { accountSurroundings, openAccount } from "./account.js";
import type { EngineSetting, LeftBehind, SweepOutcome, SweepRun } from "./api.js";
import { checkRequestedRegions } from "./requested-regions.js";
import { limitSession } from "./session-policy.js";

/**
 * Finds the expired resources of interrupted runs and, if requested, removes them. Throws a `BakeError` before anything is searched when the
 * account is not one of the allowed ones.
 */
export async function sweep(run: SweepRun, setting: EngineSetting): Promise<SweepOutcome> {
  const regions = run.regions.length > 0 ? run.regions : ["*"];
  const limited = await limitSession(setting, async (scope) => {
    const { sweepPermissions } = await import("../cleanup/permissions.js");
    return sweepPermissions(scope, regions);
  });
  const surroundings = accountSurroundings(limited);
  const session = await openAccount(surroundings, run.region ?? run.regions[0] ?? "us-east-1");
  const options: SweepOptions = {
    regions: run.regions,
    signal: setting.interruption.signal,
    sessionIn: (region) => openSessionFor({ ...session.reference(), region }, surroundings),
  };
  try {
    if (run.allowedAccounts.length > 0) await requireAllowed(session, run.allowedAccounts, options.signal);
    await checkRequestedRegions(session, run, options.signal);
    const [account, findings] = await Promise.all([
      session.account(options.signal).catch(() => undefined),
      findExpired(session, options),
    ]);
    const left = run.remove ? await removeExpired(findings, options, run.onRemoved) : [];
    const remaining = new Set(left.map(keyOf));
    const removed = findings
      .filter(({ verdict, resource }) => verdict === "remove" && !remaining.has(keyOf(resource)))
      .map(({ resource: { kind, id, region } }) => ({ kind, id, region }));
    return { account: account?.id, findings, removed, left };
  } finally {
    session.close();
  }
}

async function requireAllowed(session: AwsSession, allowed: readonly string[], signal: AbortSignal): Promise<void> {
  const { id } = await session.account(signal);
  if (allowed.includes(id)) return;
  throw new BakeError(`The credentials are of AWS account ${id}, and the allowed accounts are: ${allowed.join(", ")}`, {
    code: "account-not-allowed",
    hint: 'Nothing was searched or removed. Use credentials of an allowed account, or change "allowed-account-ids".',
  });
}

function keyOf({ kind, id, region }: Pick<LeftBehind, "kind" | "id" | "region">): string {
  return `${kind} ${id} ${region}`;
}
