import { openSessionFor } from "../aws/client/open-session.js";
import type { Publish } from "../bake/parts.js";
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
  const amis = plan.builds.filter((build) => build.identity.builderType.startsWith("amazon-"));
  if (!request.ssmParameterByDefault || amis.length < 2) return request.ssmParameter;
  return request.ssmParameter?.replace("{image}", "{image}/{build}");
}

/**
 * The parameters that a build would write, each with its region. The architecture is known only when the source AMI is:
 * a pattern with `{arch}` is taken to tell builds apart.
 */
function namesOf(build: ReadyBuild, pattern: string, image: string, request: BakeRequest): readonly string[] {
  if (!build.identity.builderType.startsWith("amazon-") || pattern.includes("{arch}")) return [];
  return regionsOf(build.options, request).map((region) => {
    const name = parameterName(pattern, { image, build: build.identity.sourceName, region, arch: "" });
    return `${name} in ${region}`;
  });
}

function regionsOf(options: unknown, { settings }: BakeRequest): readonly string[] {
  const given = typeof options === "object" && options !== null ? options : {};
  const region: unknown = Reflect.get(given, "region");
  const copies: unknown = Reflect.get(given, "ami_regions");
  const named = [region || settings.defaultRegion, ...(Array.isArray(copies) ? copies : []), ...settings.regions];
  return [...new Set(named.map((name) => (typeof name === "string" ? name : "the default region")))];
}
