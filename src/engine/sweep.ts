import { openSessionFor } from "../aws/client/open-session.js";
import { findExpired, removeExpired, type SweepOptions } from "../cleanup/sweep.js";
import { accountSurroundings, openAccount } from "./account.js";
import type { EngineSetting, LeftBehind, SweepOutcome, SweepRun } from "./api.js";
import { checkRequestedRegions } from "./requested-regions.js";

/** Finds the expired resources of interrupted runs and, if requested, removes them. */
export async function sweep(run: SweepRun, setting: EngineSetting): Promise<SweepOutcome> {
  const surroundings = accountSurroundings(setting);
  const session = await openAccount(surroundings, run.region ?? run.regions[0] ?? "us-east-1");
  const options: SweepOptions = {
    regions: run.regions,
    signal: setting.interruption.signal,
    sessionIn: (region) => openSessionFor({ ...session.reference(), region }, surroundings),
  };
  try {
    await checkRequestedRegions(session, run, options.signal);
    const findings = await findExpired(session, options);
    const left = run.remove ? await removeExpired(findings, options, run.onRemoved) : [];
    const remaining = new Set(left.map(keyOf));
    const removed = findings
      .filter(({ verdict, resource }) => verdict === "remove" && !remaining.has(keyOf(resource)))
      .map(({ resource: { kind, id, region } }) => ({ kind, id, region }));
    return { findings, removed, left };
  } finally {
    session.close();
  }
}

function keyOf({ kind, id, region }: Pick<LeftBehind, "kind" | "id" | "region">): string {
  return `${kind} ${id} ${region}`;
}
