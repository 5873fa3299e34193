import { releasePermissions, sweepPermissions } from "../cleanup/permissions.js";
import type { Diagnostic } from "../core/diagnostics.js";
import { BUILD_DATA_KEYS, type BuildData } from "../core/late.js";
import {
  BOUNDARY_NAME,
  distinctRegions,
  iamArn,
  type PermissionScope,
  type PermissionStatement,
  partitionOf,
} from "../core/permissions.js";
import { lookupPermissions } from "../data-sources/permissions.js";
import { packagePermissions } from "../inventory/permissions.js";
import { PLACEHOLDER } from "../options/context.js";
import type { BakePlan, ReadyBuild } from "../plan/plan.js";
import { type PolicyDocument, policyDocument } from "../policy/document.js";
import { mergeStatements } from "../policy/merge.js";
import { onlyReads } from "../policy/narrow.js";
import {
  formerParameterPermissions,
  type PermittedParameter,
  promotionPermissions,
  publishPermissions,
  retentionPermissions,
} from "../publish/permissions.js";
import type { LookupRequest } from "../template/lookups.js";
import { parametersOf, regionsOf } from "./policy-parameters.js";
import type { BakeRequest } from "./request.js";

/** What a policy is for. `release` is the post step of a bake. */
export type PolicyPurpose = "bake" | "plan" | "promote" | "prune" | "release" | "sweep";

/** The account that a policy is for. */
export interface PolicyOptions {
  /** ID of the account; undefined stands for any account. */
  readonly account: string | undefined;
  /** Region of builds that set none; undefined stands for any Region. */
  readonly region: string | undefined;
  /** Name or ARN of the role in the instance profiles of the template; undefined: it has the name of the profile. */
  readonly instanceRole: string | undefined;
  /** By default a bake. */
  readonly purpose?: PolicyPurpose | undefined;
  /** The data sources and secrets of the template. */
  readonly lookups?: readonly LookupRequest[] | undefined;
  /** Name or ID of the launch template of a promotion. */
  readonly launchTemplate?: string | undefined;
  /** Whether temporary roles get the permissions boundary with the default name where the request sets none. */
  readonly withBoundary?: boolean | undefined;
}

/** The statements of a policy, and of the permissions boundary of temporary roles. */
export interface PolicyStatements {
  readonly scope: PermissionScope;
  readonly run: readonly PermissionStatement[];
  readonly temporaryRoles: readonly PermissionStatement[];
  /** Warnings about what the statements assume. */
  readonly notes: readonly Diagnostic[];
}

/** Returns the least IAM policy of a bake: everything that the plan calls, and what removes the resources of a bake that fails. */
export async function policyOf(plan: BakePlan, request: BakeRequest, options: PolicyOptions): Promise<PolicyDocument> {
  return policyDocument((await statementsOf(plan, request, options)).run);
}

/** Returns the merged statements of that policy, with the reasons for them. Without a plan: those of a purpose that needs no template. */
export async function statementsOf(
  plan: BakePlan | undefined,
  request: BakeRequest,
  options: PolicyOptions,
): Promise<PolicyStatements> {
  const scope = scopeOf(plan, request, options);
  const { purpose = "bake" } = options;
  const regions = distinctRegions(request.settings.regions.length > 0 ? request.settings.regions : [undefined]);
  const done = (run: readonly PermissionStatement[]) => ({
    ...{ scope, run: mergeStatements(run), temporaryRoles: [], notes: [] },
  });
  switch (purpose) {
    case "bake":
    case "plan": {
      if (!plan) return done([]);
      const found = await ofPlan(plan, { request, scope, options });
      if (purpose === "plan") return done(onlyReads(found.run));
      return {
        ...found,
        ...{ scope, run: mergeStatements(found.run), temporaryRoles: mergeStatements(found.temporaryRoles) },
      };
    }
    case "promote": {
      const { launchTemplate } = options;
      const parameters = plan ? parametersOf(plan, request, scope).current : [{ name: "*", region: "*" }];
      const all = parameters.length > 0 ? distinctRegions(parameters.map(({ region }) => region)) : regions;
      return done([
        ...promotionPermissions(scope, { parameters, regions: all, launchTemplate }),
        ...retentionOf(request, scope, all),
      ]);
    }
    case "prune":
      return done(retentionPermissions(scope, { ...prunedBy(request), regions, listsRegions: true }));
    case "sweep":
      return done(sweepPermissions(scope, regions));
    case "release":
      return done(releasePermissions(scope, regions));
  }
}

/** Returns the account, and the partition by the first Region that is known. */
function scopeOf(plan: BakePlan | undefined, request: BakeRequest, options: PolicyOptions): PermissionScope {
  const defaultRegion = request.settings.defaultRegion ?? options.region ?? "*";
  const own = (plan?.builds ?? []).flatMap((build) =>
    build.state === "ready" ? (build.facts.images?.regions[0] ?? []) : [],
  );
  return {
    partition: partitionOf(own[0] ?? request.settings.regions[0] ?? defaultRegion),
    account: options.account ?? "*",
    defaultRegion,
    instanceRole: options.instanceRole,
  };
}

/** What the statements of a plan depend on. */
interface PolicyContext {
  readonly request: BakeRequest;
  readonly scope: PermissionScope;
  readonly options: PolicyOptions;
}

async function ofPlan(plan: BakePlan, context: PolicyContext): Promise<Omit<PolicyStatements, "scope">> {
  const { request, scope, options } = context;
  const builds = plan.builds.flatMap((build) => (build.state === "ready" ? [build] : []));
  const found = await Promise.all(builds.map((build) => ofBuild(build, context)));
  const lookups = (options.lookups ?? []).flatMap((lookup) => lookupPermissions(lookup, scope));
  const { current, former, ofPackages } = parametersOf(plan, request, scope);
  const baking = builds.filter(({ facts }) => facts.images);
  const regions = distinctRegions(baking.flatMap((build) => regionsOf(build, request, scope)));
  return {
    run: [
      ...lookups,
      ...found.flatMap(({ run }) => run),
      ...publishPermissions(scope, current),
      ...formerParameterPermissions(scope, former),
      ...packagesOf(request, scope, ofPackages),
      ...(baking.length > 0 ? retentionOf(request, scope, regions) : []),
      ...found.flatMap(({ after }) => after),
    ],
    temporaryRoles: found.flatMap(({ temporaryRoles }) => temporaryRoles),
    notes: distinctNotes(found.flatMap(({ notes }) => notes)),
  };
}

/** Builds of one template often assume the same. */
function distinctNotes(notes: readonly Diagnostic[]): readonly Diagnostic[] {
  return [...new Map(notes.map((note) => [note.summary, note])).values()];
}

async function ofBuild(build: ReadyBuild, { request, scope, options }: PolicyContext) {
  const named = options.withBoundary ? iamArn(scope, `policy/${BOUNDARY_NAME}`) : undefined;
  const settings = { ...request.settings, permissionsBoundary: request.settings.permissionsBoundary ?? named };
  const derived = (await build.kind.permissions?.())?.(build.options, { scope, settings });
  const after = await Promise.all(
    build.postProcessors.flat().map(async ({ kind, prepare }) => {
      const derive = await kind.permissions?.();
      const prepared = derive && prepare(laterData(build));
      return derive && prepared?.ok ? derive(prepared.options, scope) : [];
    }),
  );
  return { ...(derived ?? { run: [], temporaryRoles: [], notes: [] }), after: after.flat() };
}

/** Returns placeholders for the values of `build.X`. */
function laterData({ kind }: ReadyBuild): BuildData {
  return Object.fromEntries([...BUILD_DATA_KEYS, ...kind.generatedData].map((key) => [key, PLACEHOLDER]));
}

function packagesOf(
  request: BakeRequest,
  scope: PermissionScope,
  parameters: readonly PermittedParameter[],
): readonly PermissionStatement[] {
  return request.packages === "compare" ? packagePermissions(scope, parameters) : [];
}

const prunedBy = ({ retention }: BakeRequest) => ({
  tags: undefined,
  disables: retention?.disableFirst !== undefined,
});

/** The removal of older images after a bake or a promotion, if the request has one. */
function retentionOf(
  request: BakeRequest,
  scope: PermissionScope,
  regions: readonly string[],
): readonly PermissionStatement[] {
  if (!request.retention) return [];
  return retentionPermissions(scope, { ...prunedBy(request), regions, listsRegions: false });
}
