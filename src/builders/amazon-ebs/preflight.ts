import { isOfSession } from "../../aws/client/errors.js";
import { findOwnImageNamed } from "../../aws/image.js";
import { allEnded } from "../../core/all-ended.js";
import type { Diagnostic } from "../../core/diagnostics.js";
import { toDiagnostic, withRange } from "../../core/errors.js";
import type { PreflightBuild } from "../../core/parts.js";
import type { BakeReading } from "./bake.js";
import { inRegion } from "./bake.js";
import { openReading } from "./look/account.js";
import { problemsBeforeLaunch } from "./look/before-launch.js";
import { planFastLaunch } from "./look/fast-launch.js";
import { withFailed } from "./look/preflight/lookups.js";
import { prevalidateEarly, refuseNameConflicts } from "./look/prevalidate.js";
import { checkRegions, regionsOfRun } from "./look/regions.js";
import { routeOfBake } from "./look/route.js";
import { refuseUnsharableEncryption } from "./look/sharing.js";
import { chooseSourceImage } from "./look/source-image.js";
import type { AmazonEbsOptions } from "./options/schema.js";
import { planImages } from "./plan.js";

/** Returns the problems that a bake would end with, without baking. Nothing is created: what creates is checked by dry runs. */
export const preflightBuild: PreflightBuild<AmazonEbsOptions> = async (options, context) => {
  const bake = await openReading(options, context);
  try {
    return await problemsOf(bake);
  } finally {
    bake.session.close();
  }
};

async function problemsOf(bake: BakeReading): Promise<readonly Diagnostic[]> {
  await checkRegions(bake);
  const search = chooseSourceImage(bake);
  const [names, ...lookups] = await Promise.allSettled([
    nameInUse(bake),
    search,
    planFastLaunch(bake),
    search.then((source) => refuseUnsharableEncryption(bake, source, targetsOf(bake))),
  ]);
  const reasons = [names, ...lookups].flatMap((each) => (each.status === "rejected" ? [each.reason as unknown] : []));
  const ofSession = reasons.find(isOfSession);
  if (ofSession !== undefined) throw ofSession;
  const source = await search.catch(() => undefined);
  // Nobody connects, so the addresses that may connect are not determined.
  const route = routeOfBake(bake, Promise.resolve({ cidrs: [], groupIds: [], ofCaller: false }));
  const further = await problemsBeforeLaunch(bake, source, route());
  const warnings = names.status === "fulfilled" ? names.value : [];
  return [...warnings, ...withFailed(bake, reasons, further)];
}

function targetsOf(bake: BakeReading): readonly string[] {
  const images = planImages(bake.options, regionsOfRun(bake), bake.context.surroundings.ids.uuid(), new Set());
  return images.targets.map(({ region }) => region);
}

/** Returns a warning for a name in use: whether the bake may replace, resume or reuse the image depends on its flags. */
async function nameInUse(bake: BakeReading): Promise<readonly Diagnostic[]> {
  const [own, elsewhere] = await allEnded([
    findOwnImageNamed(inRegion(bake), bake.options.ami_name),
    prevalidateEarly(bake),
  ]);
  const withName = new Map([...(own ? [[bake.session.region, own] as const] : []), ...(elsewhere ?? [])]);
  try {
    const fingerprint = { known: false, why: "nothing is baked", namePattern: undefined } as const;
    refuseNameConflicts(bake, withName, { fingerprint, existing: undefined });
    return [];
  } catch (error) {
    return [{ ...toDiagnostic(withRange(error, bake.context.place("ami_name"))), severity: "warning" }];
  }
}
