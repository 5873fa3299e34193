import { openSessionFor } from "../aws/client/open-session.js";
import type { CallScope } from "../aws/client/session.js";
import type { BakeParts, PackageInventory, Publish } from "../bake/contract.js";
import type { ImageFacts } from "../core/facts.js";
import type { ImageSeries } from "../core/image-series.js";
import type { BuildIdentity, PartContext, PlannedImages } from "../core/parts.js";
import type { Surroundings } from "../core/surroundings.js";
import type { BakePlan, ReadyBuild } from "../plan/plan.js";
import { checkParameters } from "../publish/foreign-parameter.js";
import { parameterName } from "../publish/parameter-name.js";
import { publishImage } from "../publish/publish-image.js";
import { retainAndReport } from "../publish/retention/report.js";
import { ownSelection } from "../publish/retention/selection.js";
import { formerImageName } from "./image-name.js";
import { type BakeRequest, imageOf } from "./request.js";

/** Returns the publishing of a request; undefined if the request has no parameter. */
export function publishing(plan: BakePlan, request: BakeRequest, surroundings: Surroundings): Publish | undefined {
  const pattern = patternOf(plan, request);
  if (pattern === undefined) return undefined;
  const image = imageOf(request);
  return {
    names: (build) => namesOf(build, pattern, image, request),
    check: async (planned, identity, context) =>
      request.overwriteParameter
        ? new Map()
        : checkPlanned(planned, identity, context, { pattern, image, surroundings }),
    run: (artifact, identity, context, checked) => {
      const { source, imageName, namePattern, account } = artifact;
      const described = { architecture: source.architecture, imageName, namePattern };
      return publishImage(
        {
          ...{ artifact, pattern, image, checked },
          build: identity.sourceName,
          series: request.overwriteParameter ? undefined : seriesOfBake(image, identity, context, described),
          formerImage: request.image === undefined ? formerImageName(request.template.path) : undefined,
        },
        context,
        (region) => openSessionFor({ ...account, region }, surroundings),
      );
    },
  };
}

/** Where the parameters of a bake are. */
interface ParameterPlace {
  readonly pattern: string;
  readonly image: string;
  readonly surroundings: Surroundings;
}

/** Reads the parameters before anything is created. Throws when one names an AMI of another image series. */
async function checkPlanned(
  planned: PlannedImages,
  identity: BuildIdentity,
  context: PartContext,
  { pattern, image, surroundings }: ParameterPlace,
): Promise<ReadonlyMap<string, string>> {
  const parameters = planned.regions.map((region) => ({
    name: parameterName(pattern, { image, build: identity.sourceName, region, arch: planned.architecture }),
    region,
  }));
  return checkParameters(parameters, seriesOfBake(image, identity, context, planned), {
    context,
    openSession: (region) => openSessionFor({ ...planned.account, region }, surroundings),
  });
}

/** Returns the series that a bake adds images to. */
export function seriesOfBake(
  image: string,
  identity: BuildIdentity,
  { settings }: PartContext,
  { architecture, imageName, namePattern }: Pick<ImageSeries, "architecture" | "imageName" | "namePattern">,
): ImageSeries {
  const { repository } = settings.ownership;
  return { image, build: identity.name, repository, architecture, imageName, namePattern };
}

/** Returns the pattern of the parameter name. The default pattern includes the build if the template has several AMIs. */
export function patternOf(plan: BakePlan, request: BakeRequest): string | undefined {
  const amis = plan.builds.filter((build) => build.makesImages);
  if (!request.ssmParameterByDefault || amis.length < 2) return request.ssmParameter;
  return request.ssmParameter?.replace("{image}", "{image}/{build}");
}

/**
 * Returns the parameters that a build writes, each with its Region. The architecture is not known before the source AMI is, so a
 * pattern with `{arch}` returns none: it is assumed to be unique per build.
 */
function namesOf(build: ReadyBuild, pattern: string, image: string, request: BakeRequest): readonly string[] {
  const { images } = build.facts;
  if (!images || pattern.includes("{arch}")) return [];
  return regionsOf(images, request).map((region) => {
    const name = parameterName(pattern, { image, build: build.identity.sourceName, region, arch: "" });
    return `${name} in ${region}`;
  });
}

function regionsOf(images: ImageFacts, { settings }: BakeRequest): readonly string[] {
  const [own, ...copies] = images.regions;
  const named = [own ?? settings.defaultRegion, ...copies, ...settings.regions];
  return [...new Set(named.map((name) => name ?? "the default Region"))];
}

/** Returns the package inventory of a request; loaded when the first instance is listed. Files are written to `directory`, if set. */
export function inventory(
  request: BakeRequest,
  surroundings: Surroundings,
  directory: string | undefined,
): PackageInventory | undefined {
  if (request.packages === "off") return undefined;
  return {
    // The null builder makes no image. Its host belongs to the user.
    listPackages: async (machine, context) =>
      context.identity.builderType === "null"
        ? undefined
        : (await import("../inventory/listing.js")).listPackages(machine, context),
    record: async (taken, artifact, parameters, context) => {
      const { recordPackages } = await import("../inventory/record.js");
      await recordPackages({ taken, artifact, parameters }, context, {
        directory,
        keepsLists: request.packages === "compare",
        openSession: (account) => openSessionFor(account, surroundings),
      });
    },
  };
}

/** Returns the removal of older images of a request; undefined if the request has none. */
export function retaining(request: BakeRequest, surroundings: Surroundings): BakeParts["retain"] {
  const { retention } = request;
  if (!retention) return undefined;
  return async (artifact, identity, context) => {
    const { source, imageName, namePattern } = artifact;
    const series = seriesOfBake(imageOf(request), identity, context, {
      ...{ architecture: source.architecture, imageName, namePattern },
    });
    const selection = ownSelection({ names: retention.names, build: identity.name, series });
    const session = openSessionFor(artifact.account, surroundings);
    const scopeOf = (region: string): CallScope => ({
      session,
      region,
      signal: context.signal,
      narrator: context.narrator,
    });
    try {
      const { left } = await retainAndReport(
        {
          policy: retention,
          regions: artifact.images.map(({ region }) => region),
          selection,
          spared: new Map(artifact.images.map(({ imageId }) => [imageId, "just baked"])),
          spareShared: true,
          dryRun: false,
          now: session.serverNow,
          scopeOf,
        },
        context.narrator,
      );
      for (const { kind, id, region, why } of left) {
        context.narrator.warn({
          code: "image-not-removed",
          summary: `Could not remove ${kind} ${id} in ${region}: ${why}`,
        });
      }
    } finally {
      session.close();
    }
  };
}
