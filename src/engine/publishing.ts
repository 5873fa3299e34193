import { openSessionFor } from "../aws/client/open-session.js";
import type { Publish } from "../bake/parts.js";
import type { ImageFacts } from "../core/facts.js";
import type { Surroundings } from "../core/surroundings.js";
import type { BakePlan, ReadyBuild } from "../plan/plan.js";
import { parameterName } from "../publish/parameter-name.js";
import { publishImage } from "../publish/publish-image.js";
import { type BakeRequest, imageOf } from "./request.js";

/** Publishing as the request asks for it; undefined where it names no parameter. */
export function publishing(plan: BakePlan, request: BakeRequest, surroundings: Surroundings): Publish | undefined {
  const pattern = patternOf(plan, request);
  if (pattern === undefined) return undefined;
  const image = imageOf(request);
  return {
    names: (build) => namesOf(build, pattern, image, request),
    run: (artifact, identity, context) =>
      publishImage(artifact, { pattern, image }, identity, context, (region) =>
        openSessionFor({ ...artifact.account, region }, surroundings),
      ),
  };
}

/** The pattern; one that nobody chose tells several AMIs of a template apart by their builds. */
function patternOf(plan: BakePlan, request: BakeRequest): string | undefined {
  const amis = plan.builds.filter((build) => build.makesImages);
  if (!request.ssmParameterByDefault || amis.length < 2) return request.ssmParameter;
  return request.ssmParameter?.replace("{image}", "{image}/{build}");
}

/**
 * The parameters that a build would write, each with its region. The architecture is known only when the source AMI is:
 * a pattern with `{arch}` is taken to tell builds apart.
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
