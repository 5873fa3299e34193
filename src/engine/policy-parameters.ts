import { distinctRegions, type PermissionScope } from "../core/permissions.js";
import { PLACEHOLDER } from "../options/context.js";
import type { BakePlan, ReadyBuild } from "../plan/plan.js";
import { parameterName } from "../publish/parameter-name.js";
import type { PermittedParameter } from "../publish/permissions.js";
import { formerImageName } from "./image-name.js";
import { patternOf } from "./publishing.js";
import { type BakeRequest, imageOf } from "./request.js";

/** The parameters of a plan. */
export interface PlannedParameters {
  readonly current: readonly PermittedParameter[];
  /** Those of the former default image name, where it is another one. */
  readonly former: readonly PermittedParameter[];
  /** Those below which package lists are stored: of the build Regions. */
  readonly ofPackages: readonly PermittedParameter[];
}

/** Returns the parameters that the bakes of a plan write; `*` stands for what is only known in the run. */
export function parametersOf(plan: BakePlan, request: BakeRequest, scope: PermissionScope): PlannedParameters {
  const pattern = patternOf(plan, request);
  const builds = plan.builds.flatMap((build) => (build.state === "ready" && build.facts.images ? [build] : []));
  if (pattern === undefined) return { current: [], former: [], ofPackages: [] };
  const named = (image: string) =>
    builds.map((build) =>
      regionsOf(build, request, scope).map((region) => parameterIn(region, { pattern, image, build })),
    );
  const current = named(imageOf(request));
  const names = new Set(current.flat().map(({ name }) => name));
  const former = request.image === undefined ? named(formerImageName(request.template.path)).flat() : [];
  return {
    current: current.flat(),
    former: former.filter(({ name }) => !names.has(name)),
    ofPackages: current.flatMap((each) => each.slice(0, 1)),
  };
}

/** Returns the Regions of the images of a build, that of the build first; only `*` where one is not known before the run. */
export function regionsOf(build: ReadyBuild, { settings }: BakeRequest, scope: PermissionScope): readonly string[] {
  const [own, ...copies] = build.facts.images?.regions ?? [];
  const all = [own || scope.defaultRegion, ...copies, ...settings.regions];
  return distinctRegions(all.map((region) => (region?.includes(PLACEHOLDER) ? undefined : region)));
}

/** Stands for what is only known in the run, in a form that names of parameters allow. */
const LATER = "known-in-the-run";

function parameterIn(
  region: string,
  { pattern, image, build }: { readonly pattern: string; readonly image: string; readonly build: ReadyBuild },
): PermittedParameter {
  const parts = { image, build: build.identity.sourceName, region: region === "*" ? LATER : region, arch: LATER };
  return { name: parameterName(pattern, parts).replaceAll(LATER, "*"), region };
}
