import { openSessionFor } from "../aws/client/open-session.js";
import type { CallScope } from "../aws/client/session.js";
import type { BakeParts, PackageInventory, Publish } from "../bake/contract.js";
import { type AmiArtifact, isSpecificName } from "../core/artifact.js";
import { BakeError } from "../core/errors.js";
import type { ImageFacts } from "../core/facts.js";
import type { BuildIdentity } from "../core/parts.js";
import type { RequestedRetention } from "../core/retention.js";
import type { Surroundings } from "../core/surroundings.js";
import type { BakePlan, ReadyBuild } from "../plan/plan.js";
import { parameterName } from "../publish/parameter-name.js";
import { publishImage } from "../publish/publish-image.js";
import { retainAndReport } from "../publish/retention/report.js";
import { type ImageSelection, ownSelection } from "../publish/retention/selection.js";
import { type BakeRequest, imageOf } from "./request.js";
import { sharedName, templatesOfSameName } from "./same-name.js";

/** Returns the publishing of a request; undefined if the request has no parameter. */
export function publishing(plan: BakePlan, request: BakeRequest, surroundings: Surroundings): Publish | undefined {
  const pattern = patternOf(plan, request);
  if (pattern === undefined) return undefined;
  const image = imageOf(request);
  return {
    names: (build) => namesOf(build, pattern, image, request),
    run: (artifact, identity, context) =>
      publishImage({ artifact, pattern, image, build: identity.sourceName }, context, (region) =>
        openSessionFor({ ...artifact.account, region }, surroundings),
      ),
  };
}

/**
 * Throws when another template of the repository has the same default image name: both would write one parameter. Only a name that the
 * user sets is certain to be meant.
 */
export function refuseSharedName(request: BakeRequest): void {
  if (request.image !== undefined || request.ssmParameter?.includes("{image}") !== true) return;
  const others = templatesOfSameName(request.place);
  if (others.length === 0) return;
  const name = imageOf(request);
  const { summary, code } = sharedName(name, [request.place.path, ...others], undefined);
  throw new BakeError(summary, {
    code,
    hint: `Set "image" to a different name for each of them; "${name}" for one of them keeps its parameter.`,
  });
}

/** Returns the pattern of the parameter name. The default pattern includes the build if the template has several AMIs. */
function patternOf(plan: BakePlan, request: BakeRequest): string | undefined {
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

/** Returns the package inventory of a request; loaded when the first instance is listed. Files are written to `folder`, if set. */
export function inventory(
  request: BakeRequest,
  surroundings: Surroundings,
  folder: string | undefined,
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
        folder,
        keepsLists: request.packages === "compare",
        openSession: (account) => openSessionFor(account, surroundings),
      });
    },
  };
}

/** Returns the removal of older images of a request; undefined if the request has none. */
export function retaining({ retention }: BakeRequest, surroundings: Surroundings): BakeParts["retain"] {
  if (!retention) return undefined;
  return async (artifact, identity, context) => {
    const selection = selectionOf(artifact, identity, retention);
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
          now: surroundings.clock.now(),
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

/** Returns the selection of images of the same build and name pattern. */
function selectionOf(
  { namePattern: pattern, imageName }: AmiArtifact,
  { name: build }: BuildIdentity,
  { names }: RequestedRetention,
): ImageSelection {
  if (names.length > 0) return ownSelection({ names, build, pattern: undefined });
  if (pattern?.includes("*") && isSpecificName(pattern)) return ownSelection({ names, build, pattern });
  const why =
    pattern === undefined ? "the name pattern is unknown" : `the name "${imageName}" is the same in every run`;
  throw new BakeError(`No older image was removed: ${why}`, {
    code: "no-name-pattern",
    hint: 'Set "keep-names" to the names that count together, for example "web-*" if the name contains a version.',
  });
}
