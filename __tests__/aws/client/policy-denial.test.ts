import { describe, expect, test } from "@jest/globals";
import { toAwsError } from "../../../src/aws/client/errors.js";

const RUN = { service: "ec2", operation: "RunInstances", region: "eu-west-1" };
const ALICE = "User: arn:aws:sts::123456789012:assumed-role/bake/run is not authorized to perform: ec2:RunInstances";
const ON = "on resource: arn:aws:ec2:eu-west-1:123456789012:instance/*";
const ALLOW = "Allow ec2:RunInstances in the IAM policy of the role or user that runs bake-ami.";

/** What AWS returned (IAM user guide, access denied error messages), the denied action, and the hint. */
const TABLE: readonly (readonly [title: string, code: string, said: string, action: string, hint: RegExp])[] = [
  [
    "an explicit deny in a service control policy",
    "UnauthorizedOperation",
    `You are not authorized to perform this operation. ${ALICE} ${ON} with an explicit deny in a service control policy.`,
    "ec2:RunInstances",
    /^A service control policy of the organization denies ec2:RunInstances\. The role's own policies cannot allow it: ask the admin/,
  ],
  [
    "an explicit deny in a service control policy with its ARN",
    "UnauthorizedOperation",
    `${ALICE} ${ON} with an explicit deny in a service control policy: arn:aws:organizations::999999999999:policy/o-1/service_control_policy/p-1`,
    "ec2:RunInstances",
    /^A service control policy of the organization \(arn:aws:organizations::999999999999:policy\/o-1\/service_control_policy\/p-1\) denies/,
  ],
  [
    "a service control policy that allows nothing",
    "AccessDeniedException",
    `${ALICE} because no service control policy allows the ec2:RunInstances action`,
    "ec2:RunInstances",
    /^A service control policy of the organization denies/,
  ],
  [
    "a resource control policy",
    "AccessDeniedException",
    `${ALICE} ${ON} with an explicit deny in a resource control policy`,
    "ec2:RunInstances",
    /^A resource control policy of the organization denies/,
  ],
  [
    "a permissions boundary",
    "AccessDeniedException",
    `${ALICE} because no permissions boundary allows the ec2:RunInstances action`,
    "ec2:RunInstances",
    /^The permissions boundary of the role or user must permit ec2:RunInstances\./,
  ],
  [
    "a session policy",
    "UnauthorizedOperation",
    `${ALICE} ${ON} because no session policy allows the ec2:RunInstances action`,
    "ec2:RunInstances",
    /^The session policy must permit ec2:RunInstances: check the input "role-session-policy"/,
  ],
  [
    "the policy of a VPC endpoint",
    "UnauthorizedOperation",
    `${ALICE} ${ON} because no VPC endpoint policy allows the ec2:RunInstances action`,
    "ec2:RunInstances",
    /^The policy of the VPC endpoint must permit ec2:RunInstances/,
  ],
  [
    "the policy of a resource",
    "AccessDeniedException",
    "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: kms:CreateGrant on resource: arn:aws:kms:eu-west-1:210987654321:key/k because no resource-based policy allows the kms:CreateGrant action",
    "kms:CreateGrant",
    /^The policy of the resource in AWS's message must permit kms:CreateGrant for this role/,
  ],
  [
    "an explicit deny in the role's own policy",
    "UnauthorizedOperation",
    `${ALICE} ${ON} with an explicit deny in an identity-based policy`,
    "ec2:RunInstances",
    /^Remove the explicit deny of ec2:RunInstances from the IAM policies of the role or user\./,
  ],
  [
    "a permission that the role does not have",
    "UnauthorizedOperation",
    `${ALICE} ${ON} because no identity-based policy allows the ec2:RunInstances action`,
    "ec2:RunInstances",
    new RegExp(`^${ALLOW}$`),
  ],
];

const errorOf = (code: string, message: string) =>
  toAwsError(Object.assign(new Error(message), { name: code, $metadata: { httpStatusCode: 403 } }), RUN);

describe("the error of a denied call", () => {
  test.each(TABLE)("shows AWS's message, and advises by the kind of policy: %s", (_, code, said, action, hint) => {
    const error = errorOf(code, said);
    expect(error.message).toBe(`AWS denied ${action} in eu-west-1: "${said}" (${code})`);
    expect(error.hint).toMatch(hint);
  });

  test.each(TABLE.filter(([title]) => title !== "a permission that the role does not have"))(
    "does not advise to allow the action in the role: %s",
    (_, code, said) => {
      expect(errorOf(code, said).hint).not.toContain("Allow ");
    },
  );
});
