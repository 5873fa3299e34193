import type { Mistake } from "../play.js";
import { template } from "../templates.js";

const ROLE = "arn:aws:iam::123456789012:role/bake";

/** Mistakes with credentials that AWS refuses. */
export const REFUSED_CREDENTIALS: readonly Mistake[] = [
  {
    mistake: "uses keys that have expired",
    files: { "web.json": template() },
    faults: [
      {
        action: "DescribeImages",
        do: "error",
        code: "RequestExpired",
        message: "Request has expired.",
        status: 400,
        times: 20,
      },
    ],
    does: { template: "web.json" },
    reads: [
      'error: The AWS credentials have expired (ec2:DescribeImages in us-east-1): "Request has expired." (RequestExpired)',
      "  at web.json:3:3",
      "  Region: us-east-1",
      '  Hint: Use the input "role-to-assume", which renews credentials during the bake, or a longer session. Keys from the environment cannot be renewed.',
    ],
  },
  {
    mistake: "uses a role whose trust policy refuses the caller",
    files: { "web.json": template({ assume_role: { role_arn: ROLE } }) },
    does: { template: "web.json" },
    faults: [
      {
        action: "AssumeRole",
        do: "error",
        code: "AccessDenied",
        message: `User: arn:aws:iam::123456789012:user/ci is not authorized to perform: sts:AssumeRole on resource: ${ROLE}`,
        status: 403,
        times: 20,
      },
    ],
    reads: [
      `error: AWS denied sts:AssumeRole in us-east-1: "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: sts:AssumeRole on resource: ${ROLE}" (AccessDenied)`,
      "  at web.json:3:3",
      "  Region: us-east-1",
      '  Hint: Allow sts:AssumeRole in the IAM policy of the caller and in the trust policy of the role. If the trust policy has a condition on an external ID or on tags, set "external_id" or "tags" of "assume_role". Check that the role exists.',
    ],
  },
];
