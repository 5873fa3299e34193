import { conditionHolds } from "./conditions.js";
import type { IamPolicy, IamStatement } from "./document.js";
import { type KeyValues, matchesAction, matchesPattern } from "./patterns.js";

/** A request as IAM sees it: one action on one resource, with the values of condition keys. */
export interface AccessRequest {
  /** `ec2:RunInstances`. */
  readonly action: string;
  /** An ARN; `*` for an action that has no resources. */
  readonly resource: string;
  readonly keys: KeyValues;
}

/** The policies of a caller. Without the policies of a kind, this kind limits nothing. */
export interface CallerPolicies {
  readonly identity: readonly IamPolicy[] | undefined;
  readonly boundary: IamPolicy | undefined;
  readonly session: readonly IamPolicy[] | undefined;
}

/** A kind of policy, as AWS's messages name it. */
export type PolicyKind = "identity-based policy" | "permissions boundary" | "session policy";

/** What IAM decides about a request. */
export interface AccessDecision {
  readonly isAllowed: boolean;
  /** The statements that deny it explicitly; empty where no statement allows it. */
  readonly denials: readonly IamStatement[];
  /** The kind of policy that denies it, or that does not allow it. Undefined for an allowed request. */
  readonly by: PolicyKind | undefined;
}

const ALLOWED: AccessDecision = { isAllowed: true, denials: [], by: undefined };

/**
 * Decides about a request (IAM user guide, "Policy evaluation logic"): an explicit deny anywhere is final; else the identity's policies, the
 * boundary and the session's policies must all allow it.
 */
export function decide({ identity, boundary, session }: CallerPolicies, request: AccessRequest): AccessDecision {
  const kinds: readonly (readonly [PolicyKind, readonly IamPolicy[] | undefined])[] = [
    ["identity-based policy", identity],
    ["permissions boundary", boundary && [boundary]],
    ["session policy", session],
  ];
  for (const [by, policies = []] of kinds) {
    const denials = matching(policies, request, "Deny");
    if (denials.length > 0) return { isAllowed: false, denials, by };
  }
  for (const [by, policies] of kinds) {
    if (policies !== undefined && matching(policies, request, "Allow").length === 0) {
      return { isAllowed: false, denials: [], by };
    }
  }
  return ALLOWED;
}

function matching(policies: readonly IamPolicy[], request: AccessRequest, effect: "Allow" | "Deny") {
  return policies.flatMap(({ statements }) =>
    statements.filter((statement) => statement.effect === effect && isAbout(statement, request)),
  );
}

function isAbout(statement: IamStatement, { action, resource, keys }: AccessRequest): boolean {
  const { actions, isNotActions, resources, isNotResources, conditions } = statement;
  return (
    actions.some((pattern) => matchesAction(action, pattern)) !== isNotActions &&
    resources.some((pattern) => matchesPattern(resource, pattern, keys)) !== isNotResources &&
    conditions.every((condition) => conditionHolds(condition, keys))
  );
}
