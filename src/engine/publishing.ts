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

/** Publishing as the request asks for it; undefined where it names no parameter. */
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

/** The pattern; one that nobody chose distinguishes several AMIs of a template by their builds. */
function patternOf(plan: BakePlan, request: BakeRequest): string | undefined {
  const amis = plan.builds.filter((build) => build.makesImages);
  if (!request.ssmParameterByDefault || amis.length < 2) return request.ssmParameter;
  return request.ssmParameter?.replace("{image}", "{image}/{build}");
}

/**
 * The parameters that a build would write, each with its region. The architecture is known only when the source AMI is:
 * a pattern with `{arch}` is assumed to distinguish builds.
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
  return [...new Set(named.map((name) => name ?? "the default region"))];
}

/** Lists of packages as the request asks for them; loaded when the first machine is asked. `folder` is for files, if any. */
export function inventory(
  request: BakeRequest,
  surroundings: Surroundings,
  folder: string | undefined,
): PackageInventory | undefined {
  if (request.packages === "off") return undefined;
  return {
    // The null builder makes no image: its machine is somebody else's.
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

/** Removal of a build's older images as the request asks for it; undefined where it does not. */
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
          summary: `${kind} ${id} in ${region} was not removed: ${why}`,
        });
      }
    } finally {
      session.close();
    }
  };
}

/** The images of the same build whose template gives names like this one's. */
function selectionOf(
  { namePattern: pattern, imageName }: AmiArtifact,
  { name: build }: BuildIdentity,
  { names }: RequestedRetention,
): ImageSelection {
  if (names.length > 0) return ownSelection({ names, build, pattern: undefined });
  if (pattern?.includes("*") && isSpecificName(pattern)) return ownSelection({ names, build, pattern });
  const why = pattern === undefined ? "is not known" : `has nothing that differs from run to run ("${imageName}")`;
  throw new BakeError(`the name pattern of this build's images ${why}, so none is removed`, {
    code: "no-name-pattern",
    hint: "Say which names count together, for example keep-names: web-* (where the name holds a version, for example).",
  });
}
