import type { Cloud } from "../cloud.js";
import { USER } from "./authorization/principal.js";
import { type IamPolicy, readPolicy } from "./policies/document.js";

/** The body of the control call `policy`: whose calls are limited, and by what. */
export interface PolicyRule {
  /** Name or ARN of a role. Undefined for the user that all access keys without a session belong to. */
  readonly role?: string | undefined;
  /** The policy, or all policies of the user or role; null to remove them. */
  readonly policy: unknown;
  /** The permissions boundary. */
  readonly boundary?: unknown;
}

/** Sets or removes the policies of the user, or of a role. Throws a MalformedPolicy. */
export function applyPolicy(cloud: Cloud, { role, policy, boundary }: PolicyRule): void {
  const name = role === undefined ? USER.name : `role/${role.slice(role.lastIndexOf("/") + 1)}`;
  const identity = policy === null || policy === undefined ? undefined : readPolicies(policy);
  const limit = boundary === null || boundary === undefined ? undefined : readPolicy(boundary);
  if (identity === undefined && limit === undefined) cloud.policies.delete(name);
  else cloud.policies.set(name, { identity, boundary: limit });
}

function readPolicies(policy: unknown): readonly IamPolicy[] {
  return Array.isArray(policy) ? policy.map(readPolicy) : [readPolicy(policy)];
}

/** Reads the body of the control call. Throws a TypeError for what is not an object with a policy. */
export function readPolicyRule(value: unknown): PolicyRule {
  if (typeof value !== "object" || value === null || !("policy" in value)) {
    throw new TypeError('a rule is {"policy": {…} or null, "role": NAME, "boundary": {…}}');
  }
  const role = "role" in value ? value.role : undefined;
  if (role !== undefined && typeof role !== "string") throw new TypeError('"role" must be the name or ARN of a role');
  return { role, policy: value.policy, boundary: "boundary" in value ? value.boundary : undefined };
}
