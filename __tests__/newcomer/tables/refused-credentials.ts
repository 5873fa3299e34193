import type { Mistake } from "../play.js";
import { template } from "../templates.js";

const ROLE = "arn:aws:iam::123456789012:role/bake";

/** Mistakes with credentials that AWS or the instance refuses. */
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
  {
    mistake: "uses a role whose trust policy refuses the branch",
    files: { "web.json": template() },
    does: { template: "web.json", "role-to-assume": ROLE },
    server: "tokens",
    faults: [
      {
        action: "AssumeRoleWithWebIdentity",
        do: "error",
        code: "AccessDenied",
        message: "Not authorized to perform sts:AssumeRoleWithWebIdentity",
        status: 403,
        times: 20,
      },
    ],
    reads: [
      'error: AWS denied sts:AssumeRoleWithWebIdentity in us-east-1: "Not authorized to perform sts:AssumeRoleWithWebIdentity" (AccessDenied)',
      "  at web.json:3:3",
      "  Region: us-east-1",
      '  The token of this job has :sub "repo:acme/images:ref:refs/heads/try" and :aud "sts.amazonaws.com"',
      '  Hint: Check the trust policy of the role in "role-to-assume": its principal must be the OpenID Connect provider of the account, and its conditions on :aud and :sub must match this repository, branch and environment. Check that the role exists.',
    ],
  },
  {
    mistake: "sets the login user of another distribution",
    files: {
      "web.json": template({
        communicator: "ssh",
        ssh_host: "127.0.0.1",
        ssh_port: "SSH_PORT",
        ssh_username: "ubuntu",
        ssh_handshake_attempts: 1,
      }),
    },
    does: { template: "web.json" },
    server: "ssh",
    reads: [
      "error: SSH authentication failed 1 time at ubuntu@127.0.0.1:SSH_PORT: the server accepted no authentication method for user ubuntu. The instance is running",
      "  at web.json:3:3",
      "  Resource: i-ID in us-east-1",
      '  Hint: Check "ssh_username" (ubuntu, ec2-user, admin, centos … depending on the image) and the key or password of the template. If the image has a cloud-init from before 2020, which cannot read IMDSv2, set "http_tokens" to "optional" in "metadata_options".',
    ],
  },
];
