import { describe, expect, test } from "@jest/globals";
import { missingAction } from "../../../src/aws/client/error-texts.js";
import { toAwsError } from "../../../src/aws/client/errors.js";

const RUN = { service: "ec2", operation: "RunInstances", region: "eu-west-1" };
const COPY = { service: "ec2", operation: "CopyImage", region: "ap-east-1" };
const OIDC = { service: "sts", operation: "AssumeRoleWithWebIdentity", region: "us-east-1" };
const ASSUME = { service: "sts", operation: "AssumeRole", region: "us-east-1" };

const errorOf = (call: typeof RUN, code: string, message: string) =>
  toAwsError(Object.assign(new Error(message), { name: code, $metadata: { httpStatusCode: 400 } }), call);

const ALICE = "User: arn:aws:sts::123456789012:assumed-role/bake/run is not authorized to perform: ec2:RunInstances";
const ON = "on resource: arn:aws:ec2:eu-west-1:123456789012:instance/*";
const ALLOW = "Allow ec2:RunInstances in the IAM policy of the role or user that runs bake-ami.";

/** What AWS returned, and what the user reads: "…" in a summary stands for AWS's message. */
const TABLE: readonly (readonly [title: string, typeof RUN, code: string, said: string, summary: string, RegExp])[] = [
  [
    "the terms of a Marketplace product",
    RUN,
    "OptInRequired",
    "In order to use this AWS Marketplace product you need to accept terms and subscribe. To do so please visit https://aws.amazon.com/marketplace/pp?sku=aw0evgkw8e5c1q413zgy5pjce",
    'The AWS Marketplace terms of the source AMI are not accepted (ec2:RunInstances in eu-west-1): "…" (OptInRequired)',
    /^Accept the terms at https:\/\/aws\.amazon\.com\/marketplace\/pp\?sku=aw0evgkw8e5c1q413zgy5pjce with the AWS account that bakes, then/,
  ],
  ...["CreateRole", "PutRolePolicy"].map((operation): [string, typeof RUN, string, string, string, RegExp] => [
    `a role without the boundary that the policy requires (${operation})`,
    { service: "iam", operation, region: "eu-west-1" },
    "AccessDenied",
    `User: arn:aws:sts::1:assumed-role/ci/x is not authorized to perform: iam:${operation} on resource: arn:aws:iam::1:role/bake-ami-1 because no identity-based policy allows the iam:${operation} action`,
    `AWS denied iam:${operation} in eu-west-1: "…" (AccessDenied)`,
    /requires a permissions boundary for the temporary role, set ‹permissions-boundary› to it\.$/,
  ]),
  [
    "the terms of a product with a URL that is not of AWS",
    RUN,
    "OptInRequired",
    "To use this AWS Marketplace product please visit https://aws.amazon.com.example.org/pp",
    'The AWS Marketplace terms of the source AMI are not accepted (ec2:RunInstances in eu-west-1): "…" (OptInRequired)',
    /^Accept the terms at https:\/\/console\.aws\.amazon\.com\/marketplace\/home#\/subscriptions with/,
  ],
  [
    "a Region that is not enabled",
    COPY,
    "OptInRequired",
    "You are not subscribed to this service. Please go to http://aws.amazon.com to subscribe.",
    'AWS denied ec2:CopyImage in ap-east-1: "…" (OptInRequired)',
    /^Enable the Region ap-east-1 for the account, or remove it from the list of Regions\.$/,
  ],
  [
    "an image of another account",
    RUN,
    "AuthFailure",
    "Not authorized for images: [ami-0abc, ami-0def]",
    'AWS denied access to the image ami-0abc ami-0def (ec2:RunInstances in eu-west-1): "…" (AuthFailure)',
    /^Check the ID of the image .* Ask its owner to share it .* The keys of this run are valid\.$/,
  ],
  [
    "a snapshot of another account",
    RUN,
    "AuthFailure",
    "Not authorized for snapshot: snap-0abc",
    'AWS denied access to a resource of another account (ec2:RunInstances in eu-west-1): "…" (AuthFailure)',
    /share it with this account\. The keys of this run are valid\.$/,
  ],
  [
    "keys that do not exist",
    RUN,
    "AuthFailure",
    "AWS was not able to validate the provided access credentials",
    'AWS rejected the credentials (ec2:RunInstances in eu-west-1): "…" (AuthFailure)',
    /^Check the keys and the session token, and the clock of this host\. Check also that the Region eu-west-1 is enabled/,
  ],
  [
    "the service-linked role of Spot",
    RUN,
    "AuthFailure.ServiceLinkedRoleCreationNotPermitted",
    "The provided credentials do not have permission to create the service-linked role for EC2 Spot Instances.",
    'AWS denied iam:CreateServiceLinkedRole (ec2:RunInstances in eu-west-1): "…" (AuthFailure.ServiceLinkedRoleCreationNotPermitted)',
    /aws iam create-service-linked-role --aws-service-name spot\.amazonaws\.com$/,
  ],
  [
    "keys of the identity provider that STS could not fetch",
    OIDC,
    "InvalidIdentityToken",
    "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
    'AWS could not verify the OpenID Connect token (sts:AssumeRoleWithWebIdentity in us-east-1): "…" (InvalidIdentityToken)',
    /^The call was repeated for two minutes\. Check https:\/\/www\.githubstatus\.com/,
  ],
  [
    "an account without GitHub's provider",
    OIDC,
    "InvalidIdentityToken",
    "No OpenIDConnect provider found in your account for https://token.actions.githubusercontent.com",
    'AWS rejected the OpenID Connect token (sts:AssumeRoleWithWebIdentity in us-east-1): "…" (InvalidIdentityToken)',
    /^In IAM of the role's account, add an OpenID Connect provider .* Check also the account ID in "role-to-assume"\.$/,
  ],
  [
    "a token for another audience",
    OIDC,
    "InvalidIdentityToken",
    "Incorrect token audience",
    'AWS rejected the OpenID Connect token (sts:AssumeRoleWithWebIdentity in us-east-1): "…" (InvalidIdentityToken)',
    /input "audience"/,
  ],
  [
    "a thumbprint that has changed",
    OIDC,
    "InvalidIdentityToken",
    "OpenIDConnect provider's HTTPS certificate doesn't match configured thumbprint",
    'AWS rejected the OpenID Connect token (sts:AssumeRoleWithWebIdentity in us-east-1): "…" (InvalidIdentityToken)',
    /^Update the thumbprints/,
  ],
  [
    "a trust policy that does not match",
    OIDC,
    "AccessDenied",
    "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    'AWS denied sts:AssumeRoleWithWebIdentity in us-east-1: "…" (AccessDenied)',
    /^Check the trust policy of the role in "role-to-assume".*:sub must match this repository/,
  ],
  [
    "a role that may not be assumed",
    ASSUME,
    "AccessDenied",
    "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::210987654321:role/bake",
    'AWS denied sts:AssumeRole in us-east-1: "…" (AccessDenied)',
    /^Allow sts:AssumeRole in the IAM policy of the caller and in the trust policy of the role\. .*"external_id"/,
  ],
  [
    "STS in a Region that is not enabled",
    ASSUME,
    "RegionDisabledException",
    "STS is not activated in this region for account:123456789012. Your account administrator can activate STS in this region using the IAM Console.",
    'AWS denied sts:AssumeRole in us-east-1: "…" (RegionDisabledException)',
    /^Enable the Region us-east-1/,
  ],
  [
    "Allowed AMIs",
    RUN,
    "OperationNotPermitted",
    "The image does not meet the Allowed AMIs criteria of the account.",
    'The Allowed AMIs settings of the account do not allow the image (ec2:RunInstances in eu-west-1): "…" (OperationNotPermitted)',
    /^In "Allowed AMIs" of the EC2 console, allow the provider of the image, or set another source AMI\./,
  ],
  [
    "an image that Allowed AMIs hide",
    RUN,
    "InvalidAMIID.NotFound",
    "The image id '[ami-0abc]' does not exist",
    'AWS call ec2:RunInstances in eu-west-1 failed: "…" (InvalidAMIID.NotFound)',
    /^Check the ID of the image .* Allowed AMIs/,
  ],
  [
    "no default VPC",
    RUN,
    "VPCIdNotSpecified",
    "No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.",
    'The account has no usable default VPC in eu-west-1 (ec2:RunInstances in eu-west-1): "…" (VPCIdNotSpecified)',
    /^Set "subnet_id" or "subnet_filter", or "vpc_id" or "vpc_filter", in the template, or create a default VPC/,
  ],
  [
    "a default VPC without subnets",
    RUN,
    "MissingInput",
    "No subnets found for the default VPC 'vpc-1'. Please specify a subnet.",
    'The account has no usable default VPC in eu-west-1 (ec2:RunInstances in eu-west-1): "…" (MissingInput)',
    /"subnet_id".*"vpc_filter"/,
  ],
  [
    "an account that AWS verifies",
    RUN,
    "PendingVerification",
    "Your request for accessing resources in this region is being validated, and you will not be able to launch additional resources until the validation is complete.",
    'AWS does not accept calls of this account (ec2:RunInstances in eu-west-1): "…" (PendingVerification)',
    /^Wait until AWS has verified the account/,
  ],
  [
    "keys that have expired",
    RUN,
    "RequestExpired",
    "Request has expired.",
    'The AWS credentials have expired (ec2:RunInstances in eu-west-1): "…" (RequestExpired)',
    /"role-to-assume"/,
  ],
  [
    "capacity",
    RUN,
    "InsufficientInstanceCapacity",
    "We currently do not have sufficient m5.large capacity in the Availability Zone you requested (eu-west-1a).",
    'AWS call ec2:RunInstances in eu-west-1 failed: "…" (InsufficientInstanceCapacity)',
    /availability_zone/,
  ],
  [
    "throttling",
    RUN,
    "RequestLimitExceeded",
    "Request limit exceeded.",
    'AWS call ec2:RunInstances in eu-west-1 failed: "…" (RequestLimitExceeded)',
    /parallel-builds/,
  ],
];

describe("the error of a failed call", () => {
  test.each(TABLE)("shows AWS's message and what to do: %s", (_, call, code, said, summary, hint) => {
    const error = errorOf(call, code, said);
    expect(error.message).toBe(summary.replace("…", said.replace(/ +/g, " ")));
    expect(error.hint).toMatch(hint);
  });

  test("omits an encoded message, and names the option that decodes it", () => {
    const error = errorOf(
      RUN,
      "UnauthorizedOperation",
      `You are not authorized to perform this operation. ${ALICE} ${ON}. Encoded authorization failure message: a-b_c`,
    );
    expect(error.message).toBe(
      `AWS denied ec2:RunInstances in eu-west-1: "You are not authorized to perform this operation. ${ALICE} ${ON}." (UnauthorizedOperation)`,
    );
    expect(error.hint).toBe(
      `${ALLOW} To see which policy denied the call, set "decode_authorization_messages": true in the template.`,
    );
  });

  test("keeps every line of AWS's message, on one line", () => {
    expect(errorOf(RUN, "InvalidParameter", "first line\n\tsecond line").message).toBe(
      'AWS call ec2:RunInstances in eu-west-1 failed: "first line second line" (InvalidParameter)',
    );
  });

  test("without credentials, the hint lists where they can come from", () => {
    const error = errorOf(RUN, "CredentialsProviderError", "Could not load credentials from any providers");
    expect(error.message).toBe("No AWS credentials were found");
    expect(error.hint).toMatch(/role-to-assume.*AWS_ACCESS_KEY_ID.*AWS_PROFILE/);
  });

  test.each([
    ["You are not authorized to perform this operation.", "ec2:RunInstances"],
    ["Not authorized to perform sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithWebIdentity"],
    ["User: x is not authorized to perform: ec2:CreateTags on resource: y", "ec2:CreateTags"],
  ])("names the missing action: %s", (message, action) => {
    expect(missingAction(RUN, message)).toBe(action);
  });
});
