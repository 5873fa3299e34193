import type { KeyObject } from "node:crypto";
import type { FoundImage } from "../../../aws/image.js";
import { findAccount } from "../../../cleanup/acquire.js";
import type { Diagnostic } from "../../../core/diagnostics.js";
import type { Bake, BakeReading } from "../bake.js";
import { encodeUserData } from "../machine/user-data.js";
import { ownPasswordKey } from "../machine/windows-password.js";
import { type PlannedBake, planImages } from "../plan.js";
import { renderTags, sourceFields } from "../tags.js";
import { checkProfile } from "./instance-profile.js";
import type { LaunchFacts } from "./preflight/facts.js";
import { awaitLookups, type FindProblems, withFailed } from "./preflight/lookups.js";
import { preflight } from "./preflight/preflight.js";
import { regionsOfRun } from "./regions.js";
import type { InstanceRoute } from "./route.js";
import { refuseUnsharableEncryption } from "./sharing.js";

/** What a launch needs that is known before anything is created. */
export interface LaunchFindings {
  readonly chosen: InstanceRoute;
  /** Base64. */
  readonly userData: string | undefined;
  /** The template's own key that decrypts the password of Windows. */
  readonly passwordKey: KeyObject | undefined;
}

/** Reads what the launch needs, and checks what the bake will do. Nothing is created before this succeeds. */
export async function lookBeforeLaunch(
  bake: Bake,
  plan: PlannedBake,
  route: () => Promise<InstanceRoute>,
): Promise<LaunchFindings> {
  const { source, metadata } = plan;
  const started = startLookups(bake, source, route());
  const launch = launchFacts(started);
  const findProblems: FindProblems = (others) =>
    preflight(bake, { depth: "bake", source, metadata, images: plan, launch, others });
  const [chosen, userData, passwordKey] = await awaitLookups(
    bake,
    findProblems,
    started.route,
    started.userData,
    started.passwordKey,
    started.profile,
    findAccount(bake.session, bake.context),
    checkParameters(bake, plan),
    refuseUnsharableEncryption(
      bake,
      source,
      plan.targets.map(({ region }) => region),
    ),
  );
  return { chosen, userData, passwordKey };
}

/**
 * Returns what finds the problems of the steps after lookups that failed, so that all are reported at once: it does nothing if these succeed.
 * `source`: the search for the source AMI, which may have failed.
 */
export function findLaterProblems(
  bake: BakeReading,
  source: Promise<FoundImage>,
  route: () => Promise<InstanceRoute>,
): FindProblems {
  return async (others) =>
    (await others).failed ? problemsBeforeLaunch(bake, await source.catch(() => undefined), route()) : [];
}

/** Returns all problems of the steps from the choice of the network on, as far as they can be found with what is known. */
export async function problemsBeforeLaunch(
  bake: BakeReading,
  source: FoundImage | undefined,
  route: Promise<InstanceRoute>,
): Promise<readonly Diagnostic[]> {
  const { options, context } = bake;
  const started = startLookups(bake, source, route);
  const lookups = Promise.allSettled(Object.values(started));
  const problems = await preflight(bake, {
    depth: "all",
    source,
    metadata: source && metadataOf(bake, source),
    images: planImages(options, regionsOfRun(bake), context.surroundings.ids.uuid(), new Set()),
    launch: launchFacts(started),
    others: lookups.then(() => ({ failed: true })),
  });
  const reasons = (await lookups).flatMap((each) => (each.status === "rejected" ? [each.reason as unknown] : []));
  return withFailed(bake, reasons, problems);
}

function metadataOf({ options, session }: BakeReading, source: FoundImage) {
  const fields = sourceFields(source, session.region);
  return { description: options.ami_description?.render(fields) ?? "", tags: renderTags(options, fields) };
}

/** Lookups for the launch that run in parallel. */
interface StartedLookups {
  readonly route: Promise<InstanceRoute>;
  readonly userData: Promise<string | undefined>;
  readonly passwordKey: Promise<KeyObject | undefined>;
  readonly profile: Promise<void>;
}

function startLookups(
  bake: BakeReading,
  source: FoundImage | undefined,
  route: Promise<InstanceRoute>,
): StartedLookups {
  return {
    route,
    userData: source ? encodeUserData(bake, source) : Promise.resolve(undefined),
    passwordKey: ownPasswordKey(bake),
    profile: checkProfile(bake),
  };
}

/** Returns what is known of the launch. The promise need not be awaited. */
function launchFacts({ route, userData }: StartedLookups): Promise<LaunchFacts> {
  const facts = Promise.all([route, userData]).then(([{ network, access, groupIds }, encoded]) => ({
    network,
    publicAddress: access.publicAddress,
    groupIds,
    userData: encoded,
  }));
  facts.catch(() => undefined);
  return facts;
}

/** Throws when a parameter of the run names an AMI of another image. With `skip_create_ami` no parameter is written. */
async function checkParameters({ options, context, session }: Bake, plan: PlannedBake): Promise<void> {
  if (options.skip_create_ami) return;
  await context.checkParameters({
    account: session.reference(),
    regions: plan.targets.map(({ region }) => region),
    architecture: plan.source.architecture,
    imageName: plan.finalName,
    namePattern: plan.metadata.names,
  });
}
