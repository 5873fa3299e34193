import { BakeError } from "../core/errors.js";
import type { Conditions, PermissionStatement } from "../core/permissions.js";
import { policyDocument, policySize } from "./document.js";
import { distinct, mergeAll } from "./merge.js";

/** The most characters of a session policy (STS API reference, AssumeRoleWithWebIdentity, `Policy`). */
export const MOST_OF_SESSION_POLICY = 2048;

type Statements = readonly PermissionStatement[];

/**
 * Returns statements as a session policy of at most `most` characters. A session has never more than its role, so each step may allow more
 * than the statements: first Sids are left out, then Regions, then the names of actions are shortened, then those of resources. Throws a
 * `BakeError` when that is not enough.
 */
export function sessionPolicy(statements: Statements, most = MOST_OF_SESSION_POLICY): string {
  let shortened = joinAll(statements);
  for (const step of [everyRegion, withoutRegions, everyKindOfAction, everyResource, joinConditions]) {
    if (sizeOf(shortened) <= most) break;
    shortened = joinAll(step(shortened));
  }
  const size = sizeOf(shortened);
  if (size <= most) return JSON.stringify(policyDocument(shortened));
  throw new BakeError(`The session policy of this run has ${size} characters, and STS accepts ${most}`, {
    code: "session-policy-too-long",
    hint: 'Set the input "role-session-policy" to a policy of your own, or remove it: the role limits the session then.',
  });
}

function sizeOf(statements: Statements): number {
  return policySize(policyDocument(statements));
}

/** Merges statements whatever their Sids, which a session policy does not need. */
function joinAll(statements: Statements): Statements {
  const plain = statements.map(({ actions, resources, conditions }) => ({
    ...{ sid: "", actions, resources, conditions, why: "" },
  }));
  return mergeAll(plain, () => true);
}

/** Resources of several Regions: those of all Regions. The conditions on tags and names stay. */
function everyRegion(statements: Statements): Statements {
  return statements.map((statement) => {
    const parts = statement.resources.map((arn) => arn.split(":"));
    const regions = new Set(parts.map((part) => part[3]));
    // Keys have a statement for each Region, because the service that uses them is one of the Region.
    const isKey = parts.every((part) => part[2] === "kms");
    if (regions.size < 2 && !isKey) return statement;
    const resources = parts.map(([arn, partition, service, region, ...rest]) =>
      [arn, partition, service, region === "" ? region : "*", ...rest].join(":"),
    );
    return { ...statement, resources: distinct(resources), conditions: viaEveryRegion(statement.conditions) };
  });
}

/** The use of a key through a service of one Region: through that of every Region. */
function viaEveryRegion(conditions: Conditions): Conditions {
  const { "kms:ViaService": services, ...others } = conditions.StringEquals ?? {};
  if (services === undefined) return conditions;
  const { StringEquals: _, ...operators } = conditions;
  const everywhere = distinct(services.map((service) => service.replace(/^(\w+)\.[^.]+\./, "$1.*.")));
  return {
    ...operators,
    ...(Object.keys(others).length > 0 ? { StringEquals: others } : {}),
    StringLike: { ...operators.StringLike, "kms:ViaService": everywhere },
  };
}

/** Reads in all Regions: they change nothing. */
function withoutRegions(statements: Statements): Statements {
  return statements.map((statement) => {
    const { "aws:RequestedRegion": regions, ...others } = statement.conditions.StringEquals ?? {};
    if (regions === undefined) return statement;
    const { StringEquals: _, ...operators } = statement.conditions;
    const conditions: Conditions = Object.keys(others).length > 0 ? { ...operators, StringEquals: others } : operators;
    return { ...statement, conditions };
  });
}

/** Two or more actions with the same verb: all of this verb, such as `ec2:Describe*`. */
function everyKindOfAction(statements: Statements): Statements {
  return statements.map((statement) => {
    const byVerb = new Map<string, string[]>();
    for (const action of statement.actions) {
      const verb = /^[\w-]+:[A-Z][a-z]+/.exec(action)?.[0] ?? action;
      byVerb.set(verb, [...(byVerb.get(verb) ?? []), action]);
    }
    const actions = [...byVerb].flatMap(([verb, all]) => (all.length > 1 ? [`${verb}*`] : all));
    return { ...statement, actions: distinct(actions) };
  });
}

/** Three or more resources: every resource that the actions have. Conditions stay. */
function everyResource(statements: Statements): Statements {
  return statements.map((statement) =>
    statement.resources.length > 2 ? { ...statement, resources: ["*"] } : statement,
  );
}

/** Statements with the same conditions: all their actions on all their resources. */
function joinConditions(statements: Statements): Statements {
  const byConditions = new Map<string, PermissionStatement>();
  for (const statement of statements) {
    const key = JSON.stringify(statement.conditions);
    const { actions = [], resources = [] } = byConditions.get(key) ?? {};
    const all = distinct([...resources, ...statement.resources]);
    byConditions.set(key, {
      ...statement,
      actions: distinct([...actions, ...statement.actions]),
      resources: all.includes("*") ? ["*"] : all,
    });
  }
  return [...byConditions.values()];
}
