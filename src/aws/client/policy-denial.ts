/** Returns the hint for a denied action. */
type HintFor = (action: string) => string;

/** ARN of the policy, which AWS adds to some messages (IAM user guide, access denied error messages). */
const ARN = /polic(?:y|ies):? (arn:aws[\w-]*:[\w:/+=,.@-]+)/i;

/** The hints by the kind of policy in AWS's message. An explicit deny is never overruled by an allow elsewhere. */
const KINDS: readonly (readonly [RegExp, (arn: string) => HintFor])[] = [
  [
    /service control polic/i,
    (arn) => (action) =>
      `A service control policy of the organization${arn} denies ${action}. The role's own policies cannot allow it: ask the administrators ` +
      "of the organization to change the policy, or use an account, Region or settings that it permits.",
  ],
  [
    /resource control polic/i,
    (arn) => (action) =>
      `A resource control policy of the organization${arn} denies ${action}. The role's own policies cannot allow it: ask the administrators ` +
      "of the organization to change the policy.",
  ],
  [
    /permissions boundary/i,
    (arn) => (action) =>
      `The permissions boundary of the role or user${arn} must permit ${action}. Its other policies cannot allow more than the boundary.`,
  ],
  [
    /session polic/i,
    (arn) => (action) =>
      `The session policy${arn} must permit ${action}: check the input "role-session-policy", and "policy" and "policy_arns" of ` +
      '"assume_role" in the template.',
  ],
  [
    /vpc endpoint polic/i,
    (arn) => (action) =>
      `The policy of the VPC endpoint${arn} must permit ${action}: change it, or reach AWS without this endpoint.`,
  ],
  [
    /resource-based polic/i,
    (arn) => (action) =>
      `The policy of the resource in AWS's message${arn} must permit ${action} for this role: a key policy, a trust policy or a bucket policy. ` +
      "Ask the owner of the resource.",
  ],
];

/**
 * Returns the hint for a message that names the kind of policy that denied the call (IAM user guide, access denied error messages);
 * undefined for a message that names none, or where an identity-based policy lacks the permission.
 */
export function findDenyingPolicy(message: string): HintFor | undefined {
  const found = KINDS.find(([pattern]) => pattern.test(message));
  const arn = ARN.exec(message)?.[1];
  const named = arn === undefined ? "" : ` (${arn})`;
  if (found) return found[1](named);
  if (!/explicit deny in an identity-based polic/i.test(message)) return undefined;
  return (action) =>
    `Remove the explicit deny of ${action} from the IAM policies of the role or user${named}. A deny is stronger than any allow.`;
}
