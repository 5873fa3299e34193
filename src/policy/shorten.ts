import { BakeError } from "../core/errors.js";
import type { Conditions, PermissionStatement } from "../core/permissions.js";
import { policyDocument, policySize } from "./document.js";
import { distinct, mergeAll } from "./merge.js";

/** The most characters of a session policy (STS API reference, AssumeRoleWithWebIdentity, `Policy`). */
export const MOST_OF_SESSION_POLICY = 2048;

type Statements = readonly PermissionStatement[];

/**
 * Returns statements as a session policy of at most `most` characters. A session has never more than its role, so a step may allow more
 * than the statements. Each is taken for the longest statement first, and only until the policy fits: Regions become `*`, statements with the
 * same conditions are joined, then the names of actions and last those of resources are shortened. Sids are left out. Throws a `BakeError`
 * when that is not enough.
 */
export function sessionPolicy(statements: Statements, most = MOST_OF_SESSION_POLICY): string {
  let shortened = joinAll(statements);
  for (const step of [everyRegion, withoutRegions, joinTwo, everyKindOfAction, everyResource]) {
    for (let next = step(shortened); sizeOf(shortened) > most && next !== undefined; next = step(shortened)) {
      shortened = joinAll(next);
    }
  }
  const size = sizeOf(shortened);
  if (size <= most) return JSON.stringify(policyDocument(shortened));
  throw new BakeError(`The session policy of this run has ${size} characters, and STS accepts ${most}`, {
    code: "session-policy-too-long",
    hint: 'Set the input "role-session-policy" to a policy of your own, or remove it: the role limits the session then.',
  });
}

/** A step that shortens a policy; undefined when there is nothing left to shorten in this way. */
type Step = (statements: Statements) => Statements | undefined;

/** Returns the step that shortens the longest statement that `shorten` changes. */
function longestFirst(shorten: (statement: PermissionStatement) => PermissionStatement): Step {
  return (statements) => {
    const longest = [...statements]
      .sort((one, other) => sizeOf([other]) - sizeOf([one]))
      .find((statement) => sizeOf([shorten(statement)]) < sizeOf([statement]));
    return longest && statements.map((statement) => (statement === longest ? shorten(statement) : statement));
  };
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
const everyRegion = longestFirst((statement) => {
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
const withoutRegions = longestFirst((statement) => {
  const { "aws:RequestedRegion": regions, ...others } = statement.conditions.StringEquals ?? {};
  if (regions === undefined) return statement;
  const { StringEquals: _, ...operators } = statement.conditions;
  const conditions: Conditions = Object.keys(others).length > 0 ? { ...operators, StringEquals: others } : operators;
  return { ...statement, conditions };
});

/** Two or more actions with the same verb: all of this verb, such as `ec2:Describe*`. */
const everyKindOfAction = longestFirst((statement) => {
  const byVerb = new Map<string, string[]>();
  for (const action of statement.actions) {
    const verb = /^[\w-]+:[A-Z][a-z]+/.exec(action)?.[0] ?? action;
    byVerb.set(verb, [...(byVerb.get(verb) ?? []), action]);
  }
  const actions = [...byVerb].flatMap(([verb, all]) => (all.length > 1 ? [`${verb}*`] : all));
  return { ...statement, actions: distinct(actions) };
});

/** Several resources: every resource that the actions have. Conditions stay. */
const everyResource = longestFirst((statement) =>
  statement.resources.length > 1 ? { ...statement, resources: ["*"] } : statement,
);

/**
 * Two statements with the same conditions: the actions of both on the resources of both. Statements about resources are not joined with
 * those about none, because an action on `*` would lose its resources.
 */
const joinTwo: Step = (statements) => {
  const kindOf = ({ conditions, resources }: PermissionStatement) =>
    JSON.stringify([conditions, resources.includes("*")]);
  for (const one of statements) {
    const other = statements.find((each) => each !== one && kindOf(each) === kindOf(one));
    if (!other) continue;
    const joined = {
      ...one,
      actions: distinct([...one.actions, ...other.actions]),
      resources: distinct([...one.resources, ...other.resources]),
    };
    return statements.flatMap((each) => (each === one ? [joined] : each === other ? [] : [each]));
  }
  return undefined;
};
