import type { AwsSession, CallScope } from "../aws/client/session.js";
import { readParameter } from "../aws/parameter.js";
import { describeEnabledRegions } from "../aws/regions.js";
import { systemClock } from "../core/clock.js";
import { BakeError } from "../core/errors.js";
import { narrator } from "../core/events.js";
import { OWNER, TAG, tagValue } from "../core/ownership.js";
import type { PermissionScope } from "../core/permissions.js";
import { checkParameterName } from "../publish/parameter-name.js";
import { promotionPermissions } from "../publish/permissions.js";
import { findArtifact, type Images } from "../publish/promotion/artifact.js";
import { type HistoryLine, historyOf } from "../publish/promotion/history.js";
import { movePointers, type ScopeOf } from "../publish/promotion/promote.js";
import { rollbackTarget } from "../publish/promotion/rollback.js";
import { accountSurroundings, openAccount } from "./account.js";
import type { EngineSetting, HistoryRun, PromotionOutcome, PromotionRun } from "./api.js";
import { checkRequestedRegions } from "./requested-regions.js";
import { limitSession } from "./session-policy.js";

/** Sets a parameter or a label to an artifact, in all its Regions. */
export function promote(run: PromotionRun, setting: EngineSetting): Promise<PromotionOutcome> {
  return inAccount(run, setting, async (account) => {
    const { session, scopeOf } = account;
    const images = await findArtifact(run.artifact, {
      regions: run.regions,
      home: session.region,
      all: () => describeEnabledRegions(session, setting.interruption.signal),
      scope: (region) => scopeOf(region, "move"),
    });
    if (run.artifact.kind !== "ids" && run.regions.length === 0) {
      checkAllRegions(images, await regionsOf(run.parameter, [], account, setting), run.parameter);
    }
    return { ...(await movedTo(images, "promote", run, scopeOf)), skipped: [] };
  });
}

/** Throws when the artifact has no image in a Region that has the parameter. Only called if the user sets no Regions. */
function checkAllRegions(images: Images, regions: readonly string[], parameter: string): void {
  const missing = regions.filter((region) => !images.has(region));
  if (missing.length === 0) return;
  const where = `in ${missing.join(", ")}, where parameter "${parameter}" exists`;
  throw new BakeError(`The artifact has no image ${where}. Nothing was changed`, {
    code: "artifact-not-found",
    hint: `Copy the image to these Regions, or set the Regions to promote in: ${[...images.keys()].join(",")}.`,
  });
}

/** Sets a parameter or a label back to the previous image. */
export function rollback(run: Omit<PromotionRun, "artifact">, setting: EngineSetting): Promise<PromotionOutcome> {
  return inAccount(run, setting, async (account) => {
    const regions = await regionsOf(run.parameter, run.regions, account, setting);
    const { images, skipped } = await rollbackTarget(run, regions, account.scopeOf);
    return { ...(await movedTo(images, "rollback", run, account.scopeOf)), skipped };
  });
}

/** Returns the changes of a parameter in all Regions that have it, newest first within a Region. */
export function history(run: HistoryRun, setting: EngineSetting): Promise<readonly HistoryLine[]> {
  return inAccount({ ...run, onProgress: undefined }, setting, async (account) => {
    const regions = await regionsOf(run.parameter, run.regions, account, setting);
    const lists = regions.map((region) => historyOf(account.scopeOf(region, "move"), run.parameter, run.most));
    return (await Promise.all(lists)).flat();
  });
}

interface Account {
  readonly session: AwsSession;
  readonly scopeOf: ScopeOf;
}

/** What the session of a promotion depends on. */
type AccountRun = Pick<PromotionRun, "region" | "regions" | "parameter" | "onProgress"> &
  Partial<Pick<PromotionRun, "artifact" | "launchTemplate">>;

/** Returns what a promotion calls. The Regions are found by reading the parameter in all of them, so that none is left out. */
function permissionsOf({ parameter, artifact, launchTemplate }: AccountRun, scope: PermissionScope) {
  const source = artifact?.kind === "parameter" ? [artifact.name.replace(/:[^/:]*$/, "")] : [];
  const parameters = [parameter, ...source].map((name) => ({ name, region: "*" }));
  return promotionPermissions(scope, { parameters, regions: ["*"], launchTemplate });
}

async function inAccount<T>(
  run: AccountRun,
  setting: EngineSetting,
  work: (account: Account) => Promise<T>,
): Promise<T> {
  checkParameterName(run.parameter);
  const limited = await limitSession(setting, (scope) => permissionsOf(run, scope));
  const session = await openAccount(accountSurroundings(limited), run.region);
  const progress = narrator([(event) => event.type === "progress" && run.onProgress?.(event)], systemClock.now);
  const { signal, releaseSignal } = setting.interruption;
  const scopeOf = (region: string, purpose: "move" | "restore"): CallScope => ({
    session,
    region,
    signal: purpose === "move" ? signal : releaseSignal,
    narrator: progress,
  });
  try {
    await checkRequestedRegions(session, run, signal);
    return await work({ session, scopeOf });
  } finally {
    session.close();
  }
}

async function movedTo(
  images: Images,
  kind: "promote" | "rollback",
  run: Omit<PromotionRun, "artifact">,
  scopeOf: ScopeOf,
): Promise<Omit<PromotionOutcome, "skipped">> {
  const tags = { [TAG.owner]: OWNER, [TAG.repository]: tagValue(run.repository) };
  const mover = { kind, by: run.by, tags };
  const moved = await movePointers(images, { ...run, mover }, scopeOf);
  const own = moved.filter(({ pointer }) => pointer.startsWith(run.parameter));
  const previous = own.flatMap((each) => (each.previous === undefined ? [] : [[each.region, each.previous]]));
  return { images: Object.fromEntries(images), previous: Object.fromEntries(previous), moved };
}

async function regionsOf(
  parameter: string,
  requested: readonly string[],
  { session, scopeOf }: Account,
  { interruption }: EngineSetting,
): Promise<readonly string[]> {
  if (requested.length > 0) return requested;
  const all = await describeEnabledRegions(session, interruption.signal);
  const found = all.map(async (region) => ((await readParameter(scopeOf(region, "move"), parameter)) ? [region] : []));
  return (await Promise.all(found)).flat();
}
