import { reportWhile } from "../../../aws/client/report-while.js";
import type { FoundImage } from "../../../aws/image.js";
import { findOwnImageNamed } from "../../../aws/image.js";
import type { Fingerprint } from "../../../core/fingerprint.js";
import type { PlannedImages } from "../../../core/parts.js";
import type {
  BuilderPreview,
  ParameterReading,
  PreviewBuild,
  PreviewContext,
  RegionPreview,
} from "../../../core/preview.js";
import { type BakeReading, type ImagesByRegion, inRegion } from "../bake.js";
import { chooseAccess } from "../look/access.js";
import { openReading } from "../look/account.js";
import { readEarlierImages } from "../look/earlier-images.js";
import { planFastLaunch } from "../look/fast-launch.js";
import { chooseIngress } from "../look/ingress.js";
import { chooseNetwork } from "../look/network.js";
import { preflight } from "../look/preflight/preflight.js";
import { checkDeprecation } from "../look/prevalidate.js";
import { checkRegions, readTarget, regionsOfRun, targetRegions } from "../look/regions.js";
import { refuseBlockedSharing, refuseUnsharableEncryption } from "../look/sharing.js";
import { chooseSourceImage } from "../look/source-image.js";
import type { AmazonEbsOptions } from "../options/schema.js";
import { type PlannedBake, planBake } from "../plan.js";
import { type Decided, decide } from "./decide.js";
import { type PreviewLookups, previewLookups } from "./lookups.js";
import { presentImages, previewRegions } from "./regions.js";
import { changesOfReused } from "./reused.js";

/** Limits of calls in milliseconds: a preview does not wait long for a service that is not available. */
const LIMITS = { deadline: 20_000, budget: 10_000 } as const;

/** A bake that is previewed. */
type Preview = BakeReading & { readonly context: PreviewContext };

/**
 * Previews a bake. Reads what a bake reads before it creates anything, by the same functions. What AWS denies, or what cannot be read without
 * credentials, is in the preview.
 */
export const preview: PreviewBuild<AmazonEbsOptions> = async (options, context) => {
  const lookups = previewLookups(options, context);
  const opened = await lookups.read("the account", () => openReading(options, context, LIMITS));
  if (!opened) return ended(lookups, { reason: "the account is not known" });
  const { session } = opened.value;
  try {
    return await reportWhile(context.surroundings, `the lookups of ${context.identity.name} to end`, () =>
      previewBake({ options, context, session }, lookups),
    );
  } finally {
    session.close();
  }
};

/** Returns a preview with what was found, and what the lookups noted. */
function ended(lookups: PreviewLookups, found: Partial<BuilderPreview> & { readonly reason: string }): BuilderPreview {
  return {
    decision: "unknown",
    changes: [],
    imageName: undefined,
    existing: undefined,
    source: undefined,
    regions: [],
    knownLater: [],
    account: undefined,
    ...found,
    notLookedUp: lookups.notLookedUp(),
    problems: lookups.problems,
  };
}

async function previewBake(bake: Preview, lookups: PreviewLookups): Promise<BuilderPreview> {
  const { context, session, options } = bake;
  const [account, source, fastLaunch, elsewhere, testsHash] = await Promise.all([
    lookups.read("the account", () => session.account(context.signal)),
    lookups.read("the source AMI", () => chooseSourceImage(bake)),
    lookups.read("the launch templates of fast launch", () => planFastLaunch(bake)),
    imagesElsewhere(bake, lookups),
    lookups.read("the tests", () => context.tests?.hash()),
    lookups.read("the Regions", () => checkRegions(bake)),
    lookups.read("the time of deprecation", () => checkDeprecation(bake)),
  ]);
  const known = { account: account?.value.id };
  if (!source) return { ...(await withoutSource(bake, lookups)), ...known };
  const input = { sourceImageId: source.value.id };
  const fingerprinted = await lookups.read("the inputs of the image", () => context.fingerprint(input));
  const described = { imageId: source.value.id, name: source.value.name, createdAt: source.value.createdAt };
  if (!fingerprinted) return ended(lookups, { ...known, reason: "the bake would fail", source: described });
  const fingerprint = fingerprinted.value;
  const [parameters, found] = await Promise.all([
    readParameters(bake, lookups, { architecture: source.value.architecture, namePattern: fingerprint.namePattern }),
    lookups.read("the images of earlier runs", () => readEarlierImages(bake, fingerprint)),
  ]);
  const earlier = found?.value;
  const named = parameters.find(({ region }) => region === session.region)?.value;
  const compared = { source: source.value, testsHash: testsHash?.value, fingerprint, earlier, named };
  const decided = await decide(bake, lookups, compared);
  const own: ImagesByRegion = earlier?.withName ? new Map([[session.region, earlier.withName]]) : new Map();
  const planned = await lookups.read("the plan", () =>
    planBake(bake, {
      ...{ source: source.value, fingerprint, testsHash: testsHash?.value, start: decided.start },
      withName: decided.decision === "reuse" ? new Map() : new Map([...own, ...elsewhere]),
      fastLaunch: fastLaunch?.value ?? new Map(),
    }),
  );
  const plan = planned?.value;
  const present: ImagesByRegion = plan ? await presentImages(bake, lookups, plan) : new Map();
  const [regions, completed] = await Promise.all([
    plan && !options.skip_create_ami
      ? previewRegions(bake, lookups, { plan, decided, parameters, present, ofBuild: earlier?.ofBuild ?? [] })
      : plainRegions(bake, parameters),
    plan && decided.decision === "reuse"
      ? changesOfReused(bake, lookups, plan, { images: present, testsHash: testsHash?.value })
      : [],
    decided.decision === "bake" ? checkLaunch(bake, lookups, source.value) : undefined,
    plan && decided.decision === "bake" && context.settings.preflight
      ? lookups.read("the checks before the bake", () => runPreflight(bake, lookups, plan))
      : undefined,
  ]);
  return ended(lookups, {
    ...known,
    decision: decided.decision,
    reason: decided.start.reason,
    changes: [...decided.changes, ...completed],
    imageName: nameOf(bake, fingerprint, decided),
    existing: decided.start.existing?.image.id,
    source: described,
    regions,
    knownLater: knownLater(bake, fingerprint, decided),
  });
}

/** Previews what does not depend on the source AMI: the Regions and the parameters. */
async function withoutSource(bake: Preview, lookups: PreviewLookups): Promise<BuilderPreview> {
  const { context } = bake;
  const [parameters, fingerprint] = await Promise.all([
    readParameters(bake, lookups, { architecture: "", namePattern: undefined }),
    // Only the pattern of the names is used.
    lookups.read("the inputs of the image", () => context.fingerprint({ sourceImageId: "" })),
  ]);
  return ended(lookups, {
    reason: lookups.problems.length > 0 ? "the bake would fail" : "the source AMI is not known",
    imageName: bake.options.skip_create_ami ? undefined : (fingerprint?.value.namePattern ?? bake.options.ami_name),
    regions: plainRegions(bake, parameters),
  });
}

/** Returns the Regions of the images, and their parameters, without what happens to either. */
function plainRegions(bake: Preview, parameters: readonly ParameterReading[]): readonly RegionPreview[] {
  return finishedRegions(bake).map((region) => {
    const parameter = parameters.find((each) => each.region === region);
    return {
      region,
      image: region === bake.session.region ? "create" : "copy",
      parameter: parameter && {
        name: parameter.name,
        from: parameter.value,
        isRead: parameter.value !== undefined || parameter.error === undefined,
        to: undefined,
      },
      replaces: [],
      removes: [],
      disables: [],
    };
  });
}

/** Returns the Regions that have an image after the bake; none with `skip_create_ami`. */
function finishedRegions(bake: Preview): readonly string[] {
  const { options, session } = bake;
  if (options.skip_create_ami) return [];
  const all = targetRegions(options, regionsOfRun(bake));
  return options.skip_save_build_region ? all.filter((region) => region !== session.region) : all;
}

/** Reads the images that have the name in the Regions to copy to, and whether the account allows what the template shares. */
async function imagesElsewhere(bake: Preview, lookups: PreviewLookups): Promise<ImagesByRegion> {
  const { options, session } = bake;
  if (options.skip_create_ami) return new Map();
  const found = await Promise.all(
    targetRegions(options, regionsOfRun(bake)).map(async (region) => {
      const sharing = lookups.read({ what: "the settings for public images", region }, () =>
        refuseBlockedSharing(bake, region),
      );
      const named =
        region === session.region
          ? undefined
          : await lookups.read({ what: "the images with the name", region }, () =>
              readTarget(bake, region, findOwnImageNamed(inRegion(bake, region), options.ami_name)),
            );
      await sharing;
      return named?.value ? [[region, named.value] as const] : [];
    }),
  );
  return new Map(found.flat());
}

/** Reads the parameters of the build. A parameter that names an image of another series is a problem. */
async function readParameters(
  bake: Preview,
  lookups: PreviewLookups,
  { architecture, namePattern }: Pick<PlannedImages, "architecture" | "namePattern">,
): Promise<readonly ParameterReading[]> {
  const regions = finishedRegions(bake);
  if (regions.length === 0) return [];
  const { context, options, session } = bake;
  const planned = { account: session.reference(), regions, architecture, imageName: options.ami_name, namePattern };
  const read = await lookups.read("the parameters", () => context.readParameters(planned));
  if (!read) return [];
  const { parameters, refused } = read.value;
  for (const { region, error } of parameters)
    if (error !== undefined) lookups.note({ what: "the parameters", region }, error);
  if (refused) lookups.note("the parameters", refused);
  return parameters;
}

/** Checks what a bake checks before it launches the instance: the network, how to connect, and encryption that cannot be shared. */
async function checkLaunch(bake: Preview, lookups: PreviewLookups, source: FoundImage): Promise<void> {
  // The public address of the runner is requested only where the choice depends on it.
  const needsAddress = bake.context.settings.access === "auto";
  const ingress = needsAddress ? chooseIngress(bake) : Promise.resolve({ cidrs: [], groupIds: [], ofCaller: false });
  await Promise.all([
    lookups.read("the network", async () => chooseAccess(bake, await chooseNetwork(bake), ingress)),
    lookups.read("the default encryption", () => refuseUnsharableEncryption(bake, source, finishedRegions(bake))),
  ]);
}

/** Runs the checks of preflight that only read: KMS keys and quotas. Dry runs need the permissions of the bake. */
async function runPreflight(bake: Preview, lookups: PreviewLookups, plan: PlannedBake): Promise<void> {
  const launch = Promise.reject<never>(new Error("not launched"));
  launch.catch(() => undefined);
  const { source, metadata } = plan;
  const others = Promise.resolve({ failed: false });
  lookups.add(await preflight(bake, { depth: "lookups", source, metadata, images: plan, launch, others }));
}

function nameOf({ options }: Preview, fingerprint: Fingerprint, { start }: Decided): string | undefined {
  if (options.skip_create_ami) return undefined;
  return start.existing?.finalName ?? fingerprint.namePattern ?? options.ami_name;
}

function knownLater({ options }: Preview, fingerprint: Fingerprint, { start, decision }: Decided): readonly string[] {
  const isNew = start.existing === undefined && !options.skip_create_ami;
  const isPattern = fingerprint.namePattern?.includes("*") === true;
  return [
    ...(isNew && isPattern ? ["the name of the AMI contains a time or a random value"] : []),
    ...(decision === "wait" ? ["the AMI of the other run is reused if that run succeeds"] : []),
  ];
}
