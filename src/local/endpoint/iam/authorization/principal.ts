import type { Cloud } from "../../cloud.js";
import type { CallerPolicies } from "../policies/evaluate.js";
import type { Keys } from "./resources.js";

/** Name and ID of the one user of the account. */
export const USER = { name: "local", id: "AIDALOCALUSER0000001" };

/** Who makes a call, and the policies that limit it. */
export interface Principal {
  /** ARN of the user, or of the assumed role's session. */
  readonly arn: string;
  readonly userId: string;
  /** Undefined for a role's session. */
  readonly userName: string | undefined;
  /** Undefined where nothing limits the caller. */
  readonly policies: CallerPolicies | undefined;
  /** The condition keys about the caller. */
  readonly keys: Keys;
}

/** Returns who makes the calls with an access key. */
export function principalOf(cloud: Cloud, accessKeyId: string): Principal {
  const session = cloud.sessions.get(accessKeyId);
  const rules = cloud.policies.get(session === undefined ? USER.name : `role/${session.role}`);
  const { identity, boundary } = rules ?? { identity: undefined, boundary: undefined };
  // A cloud without any policy enforces none: a session policy counts where policies are enforced.
  const isLimited = rules !== undefined || (session?.policy !== undefined && cloud.policies.size > 0);
  const arn = session?.arn ?? `arn:aws:iam::${cloud.account}:user/${USER.name}`;
  const userId = session?.userId ?? USER.id;
  return {
    arn,
    userId,
    userName: session === undefined ? USER.name : undefined,
    policies: isLimited ? { identity, boundary, session: session?.policy && [session.policy] } : undefined,
    keys: {
      "aws:userid": userId,
      "aws:username": session === undefined ? USER.name : undefined,
      "aws:PrincipalArn": session === undefined ? arn : `arn:aws:iam::${cloud.account}:role/${session.role}`,
      "aws:PrincipalAccount": cloud.account,
      "aws:PrincipalType": session === undefined ? "User" : "AssumedRole",
    },
  };
}
