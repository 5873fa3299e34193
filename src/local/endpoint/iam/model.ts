import type { TagMap } from "../records.js";
import type { IamPolicy } from "./policies/document.js";

/** An IAM role. */
export interface Role {
  readonly id: string;
  readonly bornAt: number;
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly trust: string;
  /** ARN of the policy that limits it. */
  readonly boundary: string | undefined;
  readonly description: string;
  /** Inline policies, by name. */
  readonly policies: Map<string, string>;
  /** ARNs of attached policies. */
  readonly attached: Set<string>;
  readonly tags: TagMap;
}

/** An IAM instance profile. It holds at most one role. */
export interface InstanceProfile {
  readonly id: string;
  /** RunInstances does not know it for a while after. */
  readonly bornAt: number;
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  roleName: string | undefined;
  readonly tags: TagMap;
}

/** The policies of a user or role that are enforced. */
export interface PrincipalPolicies {
  readonly identity: readonly IamPolicy[] | undefined;
  readonly boundary: IamPolicy | undefined;
}
