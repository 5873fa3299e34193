import { BUILD_DATA_KEYS, type BuildData } from "../core/late.js";
import { distinctRegions, type PermissionScope, type PermissionStatement, partitionOf } from "../core/permissions.js";
import { packagePermissions } from "../inventory/permissions.js";
import { PLACEHOLDER } from "../options/context.js";
import type { BakePlan, ReadyBuild } from "../plan/plan.js";
import { type PolicyDocument, policyDocument } from "../policy/document.js";
import { mergeStatements } from "../policy/merge.js";
import { parameterName } from "../publish/parameter-name.js";
import { publishPermissions, retentionPermissions } from "../publish/permissions.js";
import { patternOf } from "./publishing.js";
import { type BakeRequest, imageOf } from "./request.js";

/** The account that a policy is for. */
export interface PolicyOptions {
  /** ID of the account; undefined stands for any account. */
  readonly account: string | undefined;
  /** Region of builds that set none; undefined stands for any Region. */
  readonly region: string | undefined;
  /** Name or ARN of the role in the instance profiles of the template; undefined: it has the name of the profile. */
  readonly instanceRole: string | undefined;
}

/** Returns the least IAM policy of a bake: everything that the plan calls, and what removes the resources of a bake that fails. */
export async function policyOf(plan: BakePlan, request: BakeRequest, options: PolicyOptions): Promise<PolicyDocument> {
  return policyDocument(await statementsOf(plan, request, options));
}

/** Returns the statements of that policy, with the reasons for them. */
export async function statementsOf(
  plan: BakePlan,
  request: BakeRequest,
  options: PolicyOptions,
): Promise<readonly PermissionStatement[]> {
  const defaultRegion = request.settings.defaultRegion ?? options.region ?? "*";
  const [region = defaultRegion] = plan.builds.flatMap((build) =>
    build.state === "ready" ? (build.facts.images?.regions[0] ?? []) : [],
  );
  const scope: PermissionScope = {
    partition: partitionOf(region),
    account: options.account ?? "*",
    defaultRegion,
    instanceRole: options.instanceRole,
  };
  const builds = plan.builds.flatMap((build) => (build.state === "ready" ? [build] : []));
  const found = await Promise.all(builds.map((build) => ofBuild(build, plan, request, scope)));
  return mergeStatements(found.flat());
}

async function ofBuild(
  build: ReadyBuild,
  plan: BakePlan,
  request: BakeRequest,
  scope: PermissionScope,
): Promise<readonly PermissionStatement[]> {
  const { settings } = request;
  const builder = (await build.kind.permissions?.())?.(build.options, { scope, settings }) ?? [];
  const parts = await Promise.all(
    build.postProcessors.flat().map(async ({ kind, prepare }) => {
      const derive = await kind.permissions?.();
      const prepared = derive && prepare(laterData(build));
      return derive && prepared?.ok ? derive(prepared.options, scope) : [];
    }),
  );
  return [...builder, ...afterBuild(build, plan, request, scope), ...parts.flat()];
}

/** Returns placeholders for the values of `build.X`. */
function laterData({ kind }: ReadyBuild): BuildData {
  return Object.fromEntries([...BUILD_DATA_KEYS, ...kind.generatedData].map((key) => [key, PLACEHOLDER]));
}

/** What follows a build that creates images: parameters, package lists and the removal of older images. */
function afterBuild(
  build: ReadyBuild,
  plan: BakePlan,
  request: BakeRequest,
  scope: PermissionScope,
): readonly PermissionStatement[] {
  const { images } = build.facts;
  if (!images) return [];
  const [own, ...copies] = images.regions;
  const regions = distinctRegions([own || scope.defaultRegion, ...copies, ...request.settings.regions]);
  const pattern = patternOf(plan, request);
  const parameters =
    pattern === undefined ? [] : regions.map((region) => ({ name: nameIn(region, pattern, build, request), region }));
  const { retention } = request;
  return [
    ...publishPermissions(scope, parameters),
    ...(request.packages === "compare" ? packagePermissions(scope, parameters.slice(0, 1)) : []),
    ...(retention
      ? retentionPermissions(scope, {
          regions,
          tags: undefined,
          disables: retention.disableFirst !== undefined,
          listsRegions: false,
        })
      : []),
  ];
}

/** Stands for what is only known in the run, in a form that names of parameters allow. */
const LATER = "known-in-the-run";

function nameIn(region: string, pattern: string, build: ReadyBuild, request: BakeRequest): string {
  const parts = {
    image: imageOf(request),
    build: build.identity.sourceName,
    region: region === "*" ? LATER : region,
    arch: LATER,
  };
  return parameterName(pattern, parts).replaceAll(LATER, "*");
}
