import type { KeyObject } from "node:crypto";
import type { FoundImage } from "../../../aws/image.js";
import { findAccount } from "../../../cleanup/acquire.js";
import type { Diagnostic } from "../../../core/diagnostics.js";
import { BakeError, toDiagnostic } from "../../../core/errors.js";
import type { Bake } from "../bake.js";
import { encodeUserData } from "../machine/user-data.js";
import { ownPasswordKey } from "../machine/windows-password.js";
import { type PlannedBake, planImages } from "../plan.js";
import { renderTags, sourceFields } from "../tags.js";
import { checkProfile } from "./instance-profile.js";
import type { LaunchFacts } from "./preflight/facts.js";
import { awaitLookups, type FindProblems } from "./preflight/lookups.js";
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
  const started = startLookups(bake, source, route);
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
  bake: Bake,
  source: Promise<FoundImage>,
  route: () => Promise<InstanceRoute>,
): FindProblems {
  return async (others) => {
    if (!(await others).failed) return [];
    const image = await source.catch(() => undefined);
    const started = startLookups(bake, image, route);
    const lookups = Promise.allSettled(Object.values(started));
    const images = planImages(bake.options, regionsOfRun(bake), bake.context.surroundings.ids.uuid(), new Set());
    const problems = await preflight(bake, {
      depth: "all",
      source: image,
      metadata: image && metadataOf(bake, image),
      images,
      launch: launchFacts(started),
      others: lookups.then(() => ({ failed: true })),
    });
    const reasons = (await lookups).flatMap((each) => (each.status === "rejected" ? [each.reason as unknown] : []));
    return [...new Set(reasons)].flatMap((error) => problemOfLookup(bake, error)).concat(problems);
  };
}

function metadataOf({ options, session }: Bake, source: FoundImage) {
  const fields = sourceFields(source, session.region);
  return { description: options.ami_description?.render(fields) ?? "", tags: renderTags(options, fields) };
}

function problemOfLookup({ context }: Bake, error: unknown): readonly Diagnostic[] {
  if (context.signal.aborted) throw error;
  if (!(error instanceof BakeError)) return [];
  const problem = toDiagnostic(error);
  return [problem.range ? problem : { ...problem, range: context.range }];
}

/** Lookups for the launch that run in parallel. */
interface StartedLookups {
  readonly route: Promise<InstanceRoute>;
  readonly userData: Promise<string | undefined>;
  readonly passwordKey: Promise<KeyObject | undefined>;
  readonly profile: Promise<void>;
}

function startLookups(bake: Bake, source: FoundImage | undefined, route: () => Promise<InstanceRoute>): StartedLookups {
  return {
    route: route(),
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
