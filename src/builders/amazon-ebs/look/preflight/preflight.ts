import type { CallScope } from "../../../../aws/client/session.js";
import { abortReason } from "../../../../core/clock.js";
import { type Diagnostic, hasErrors } from "../../../../core/diagnostics.js";
import { messageOf } from "../../../../core/errors.js";
import { ownershipTags } from "../../../../core/ownership.js";
import type { BakeReading } from "../../bake.js";
import { createsKeyPair } from "../../machine/key-pair.js";
import { copyTargets } from "../../plan.js";
import { auditedSource, hiddenSource } from "./allowed-images.js";
import { checkCopy, checkKeyPair, checkSecurityGroup } from "./creations.js";
import type { LaunchFacts, PreflightFacts } from "./facts.js";
import { checkKey, keysOf } from "./kms.js";
import { checkLaunch } from "./launch.js";
import { checkQuota } from "./quota.js";

/** The checks of each Region that a bake without problems makes. */
const CALLS_A_REGION = 2;

/**
 * Milliseconds of the checks: after the bake has what it waits for anyway, and of all checks where there is a problem already. A check that
 * has no result by then is left out: the bake finds its problem later.
 */
export const PREFLIGHT_LIMITS = { bake: 1900, all: 14_000 } as const;

/** A check of one Region. Without problems it makes one call, unless it is for `all` only. */
interface Check {
  readonly region: string;
  readonly isForAll: boolean;
  run(scope: CallScope): Promise<readonly (Diagnostic | undefined)[]>;
}

/**
 * Checks what the bake will do, before anything is created: permissions and parameters by dry runs, KMS keys, quotas. Returns all problems,
 * each at its option. What cannot be checked is left out or a warning. Rejects only with the abort reason of the bake.
 */
export async function preflight(bake: BakeReading, facts: PreflightFacts): Promise<readonly Diagnostic[]> {
  return distinct(await findProblems(bake, facts));
}

/** Removes what several calls report with the same words about the same option, such as a tag policy. */
function distinct(problems: readonly Diagnostic[]): readonly Diagnostic[] {
  const texts = problems.map(
    ({ range, summary }) => `${range?.file}:${range?.start.offset} ${summary.slice(summary.indexOf('"'))}`,
  );
  return problems.filter((_, index) => texts.indexOf(texts[index] ?? "") === index);
}

async function findProblems(bake: BakeReading, facts: PreflightFacts): Promise<readonly Diagnostic[]> {
  const checks = checksOf(bake, facts);
  const quick = facts.depth === "bake" ? quickChecks(checks) : [];
  const known = auditedSource(bake, facts.source);
  const found = [...known, ...(await runChecks(bake, quick, PREFLIGHT_LIMITS.bake, facts.others))];
  if (facts.depth === "bake" && !hasErrors(found) && !(await facts.others).failed) return found;
  const rest = checks.filter((check) => !quick.includes(check));
  return [...found, ...(await runChecks(bake, rest, PREFLIGHT_LIMITS.all, facts.others))];
}

/** Returns the first checks of each Region: their order is that of importance. */
function quickChecks(checks: readonly Check[]): readonly Check[] {
  return checks.filter(
    (check, at) =>
      !check.isForAll &&
      checks.slice(0, at).filter(({ region, isForAll }) => region === check.region && !isForAll).length <
        CALLS_A_REGION,
  );
}

/** Runs checks in parallel. Those without a result at the time limit after `others` have ended are left out. */
async function runChecks(
  bake: BakeReading,
  checks: readonly Check[],
  limit: number,
  others: Promise<unknown>,
): Promise<readonly Diagnostic[]> {
  if (checks.length === 0) return [];
  const { context, session } = bake;
  const [ended, tooLate] = [new AbortController(), new AbortController()];
  const signal = AbortSignal.any([context.signal, tooLate.signal]);
  const late = others
    .then(() => session.clock.sleep(limit, ended.signal))
    .then(() => tooLate.abort())
    .catch(() => undefined);
  const found = await Promise.all(
    checks.map(async ({ region, run }) => {
      try {
        return await run({ session, region, signal });
      } catch (error) {
        if (context.signal.aborted) throw abortReason(context.signal);
        context.surroundings.debug(() => `A check of ${region} has no result: ${messageOf(error)}`);
        return [];
      }
    }),
  );
  ended.abort();
  await late;
  return found.flat().flatMap((each) => each ?? []);
}

/** Returns the checks. Those of a Region are in the order of what they prevent: first what would fail late, or fails most often. */
function checksOf(bake: BakeReading, facts: PreflightFacts): readonly Check[] {
  const { depth, source, images } = facts;
  const keys = keysOf(bake, images).map(({ region, ...key }) =>
    check(region, (scope) => checkKey(bake, scope, { region, ...key })),
  );
  const quota = checkForAll(images.buildRegion, (scope) => checkQuota(bake, scope));
  const hidden = source ? [] : [checkForAll(images.buildRegion, (scope) => hiddenSource(bake, scope))];
  if (depth === "lookups") return [...keys, quota, ...hidden];
  return [
    ...launchChecks(bake, facts),
    ...homeFirst(keys, copyChecks(bake, facts), images.buildRegion),
    ...creationChecks(bake, facts),
    quota,
    ...hidden,
  ];
}

/** In the build Region a wrong key is more likely than a denied copy. Elsewhere both are checked. */
function homeFirst(keys: readonly Check[], copies: readonly Check[], home: string): readonly Check[] {
  return [...keys.filter(({ region }) => region === home), ...copies, ...keys.filter(({ region }) => region !== home)];
}

function check(region: string, run: (scope: CallScope) => Promise<Diagnostic | undefined>): Check {
  return { region, isForAll: false, run: async (scope) => [await run(scope)] };
}

function checkForAll(region: string, run: (scope: CallScope) => Promise<Diagnostic | undefined>): Check {
  return { ...check(region, run), isForAll: true };
}

function marksOf({ context, session }: BakeReading) {
  const { identity, settings } = context;
  const key = `${settings.ownership.runId}/${identity.name}/preflight`;
  return ownershipTags({ ownership: settings.ownership, build: identity.name, key }, session.serverNow());
}

function launchChecks(bake: BakeReading, { source, metadata, images, launch }: PreflightFacts): readonly Check[] {
  if (!source || !metadata) return [];
  const run = async (scope: CallScope) => {
    const facts = await launch.catch(() => undefined);
    if (facts === undefined) return [];
    return checkLaunch(bake, scope, { source, tags: metadata.tags, marks: marksOf(bake), facts });
  };
  return [{ region: images.buildRegion, isForAll: false, run }];
}

function copyChecks(bake: BakeReading, { source, metadata, images }: PreflightFacts): readonly Check[] {
  if (!source || !metadata || bake.options.skip_create_ami) return [];
  return copyTargets(images).map((target) =>
    check(target.region, (scope) => checkCopy(bake, scope, { source, metadata, images, target, marks: marksOf(bake) })),
  );
}

function creationChecks(bake: BakeReading, { metadata, images, launch }: PreflightFacts): readonly Check[] {
  const { options } = bake;
  const creation = () => ({ tags: metadata?.tags.run ?? {}, marks: marksOf(bake) });
  const createsGroup =
    !options.security_group_id && options.security_group_ids.length === 0 && !options.security_group_filter;
  const group = check(images.buildRegion, async (scope) => {
    const facts: LaunchFacts | undefined = await launch.catch(() => undefined);
    const vpcId = facts ? facts.network.vpcId : options.vpc_id || undefined;
    return checkSecurityGroup(bake, scope, creation(), vpcId);
  });
  const key = check(images.buildRegion, (scope) => checkKeyPair(bake, scope, creation()));
  return [...(createsGroup ? [group] : []), ...(createsKeyPair(options) ? [key] : [])];
}
