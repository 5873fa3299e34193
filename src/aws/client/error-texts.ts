import { setting } from "../../core/setting.js";
import { type Failure, rejectsKeys } from "./error-codes.js";
import { findDenyingPolicy } from "./policy-denial.js";

/** A call: `ec2`, `RunInstances`, `us-east-1`. */
export interface AwsCall {
  readonly service: string;
  readonly operation: string;
  readonly region: string;
}

/** A failed call: AWS's code, AWS's message on one line, and the kind of failure. */
export interface FailedCall extends AwsCall {
  readonly failure: Failure;
  readonly code: string;
  readonly message: string;
}

/** What a user reads about a failed call. */
export interface ErrorText {
  /** What happened, where, and AWS's message. */
  readonly summary: string;
  readonly hint: string | undefined;
}

/** A text, or a function of the call. */
type Words = string | ((call: FailedCall) => string);

/** One reason why calls fail. What is set of `codes`, `message` and `failure` must match. */
interface Situation {
  readonly codes?: RegExp;
  readonly message?: RegExp;
  readonly failure?: Failure;
  /** What happened, without AWS's message; default: `AWS call ec2:RunInstances in us-east-1 failed`. */
  readonly what?: Words;
  readonly hint?: Words;
}

const where = ({ service, operation, region }: AwsCall) => `${service}:${operation} in ${region}`;
const deniedAction = (call: FailedCall) => `AWS denied ${missingAction(call, call.message)} in ${call.region}`;
const rejectedToken = (call: FailedCall) => `AWS rejected the OpenID Connect token (${where(call)})`;

const ENABLE_REGION = ({ region }: AwsCall) =>
  `Enable the Region ${region} for the account, or remove it from the list of Regions.`;
const ALLOW_ACTION = (call: FailedCall) =>
  `Allow ${missingAction(call, call.message)} in the IAM policy of the role or user that runs bake-ami.`;
const SUBNET = 'Set "subnet_id" or "subnet_filter", or "vpc_id" or "vpc_filter", in the template';
const ALLOWED_AMIS =
  'In "Allowed AMIs" of the EC2 console, allow the provider of the image, or set another source AMI. If a declarative policy of the ' +
  "organization has these settings, only its administrators can change them.";

/** The reasons, most specific first: the messages are those of the EC2, STS and IAM documentation and of users' reports. */
const SITUATIONS: readonly Situation[] = [
  {
    codes: /^OptInRequired$/,
    message: /marketplace|accept (the )?terms/i,
    what: (call) => `The AWS Marketplace terms of the source AMI are not accepted (${where(call)})`,
    hint: ({ message }) =>
      `Accept the terms at ${marketplaceUrl(message)} with the AWS account that bakes, then run the bake again.`,
  },
  { codes: /^(OptInRequired|RegionDisabledException)$/, what: deniedAction, hint: ENABLE_REGION },
  {
    codes: /^(Blocked|PendingVerification)$/,
    what: (call) => `AWS does not accept calls of this account (${where(call)})`,
    hint: "Wait until AWS has verified the account, or ask AWS Support: https://console.aws.amazon.com/support/home.",
  },
  {
    message: /allowed (amis|images)/i,
    what: (call) => `The Allowed AMIs settings of the account do not allow the image (${where(call)})`,
    hint: ALLOWED_AMIS,
  },
  {
    codes: /^AuthFailure$/,
    message: /not authorized for images?\b/i,
    what: (call) => `AWS denied access to the image ${idsIn(call.message, "ami")}(${where(call)})`,
    hint: ({ region }) =>
      `Check the ID of the image and that it is in ${region}. Ask its owner to share it with this account (launch permission), and with its ` +
      "snapshots and KMS key if it is copied. The keys of this run are valid.",
  },
  {
    codes: /^AuthFailure$/,
    message: /not authorized for|unauthorized attempt/i,
    what: (call) => `AWS denied access to a resource of another account (${where(call)})`,
    hint: "Check the IDs in the template. Ask the owner of the resource to share it with this account. The keys of this run are valid.",
  },
  {
    codes: /ServiceLinkedRoleCreationNotPermitted/,
    what: (call) => `AWS denied iam:CreateServiceLinkedRole (${where(call)})`,
    hint:
      "Allow iam:CreateServiceLinkedRole in the IAM policy, or have an administrator run once: aws iam create-service-linked-role " +
      "--aws-service-name spot.amazonaws.com",
  },
  {
    codes: /^InvalidIdentityToken/,
    message: /verification key/i,
    what: (call) => `AWS could not verify the OpenID Connect token (${where(call)})`,
    hint:
      "The call was repeated for two minutes. Check https://www.githubstatus.com and https://health.aws.amazon.com/health/status, then run " +
      "the job again.",
  },
  {
    codes: /^InvalidIdentityToken/,
    message: /no openidconnect provider/i,
    what: rejectedToken,
    hint:
      "In IAM of the role's account, add an OpenID Connect provider with the URL in AWS's message and the audience sts.amazonaws.com. Check " +
      'also the account ID in "role-to-assume".',
  },
  {
    codes: /^InvalidIdentityToken/,
    message: /audience/i,
    what: rejectedToken,
    hint: 'Add the value of the input "audience" (default: sts.amazonaws.com) to the audiences of the OpenID Connect provider in IAM.',
  },
  {
    codes: /^InvalidIdentityToken/,
    message: /thumbprint|certificate/i,
    what: rejectedToken,
    hint: "Update the thumbprints of the OpenID Connect provider in IAM of the role's account.",
  },
  {
    codes: /^(InvalidIdentityToken|IDPRejectedClaim)/,
    what: rejectedToken,
    hint: "Check the OpenID Connect provider in IAM of the role's account: its URL, its audiences and its thumbprints.",
  },
  {
    codes: /^AccessDenied/,
    message: /not authorized to perform:? sts:AssumeRoleWithWebIdentity/i,
    what: deniedAction,
    hint:
      'Check the trust policy of the role in "role-to-assume": its principal must be the OpenID Connect provider of the account, and its ' +
      "conditions on :aud and :sub must match this repository, branch and environment. Check that the role exists.",
  },
  {
    failure: "denied",
    message: /perform:? iam:(CreateRole|PutRolePolicy)\b.*because no identity-based polic/is,
    what: deniedAction,
    hint: (call) =>
      `${ALLOW_ACTION(call)} If the policy of the role requires a permissions boundary for the temporary role, set ` +
      `${setting("permissions-boundary")} to it.`,
  },
  {
    failure: "denied",
    message: /(explicit deny in|because no) .*polic|because no permissions boundary|explicit deny in .*boundary/i,
    what: deniedAction,
    hint: (call) => findDenyingPolicy(call.message)?.(missingAction(call, call.message)) ?? ALLOW_ACTION(call),
  },
  {
    codes: /^AccessDenied/,
    message: /not authorized to perform:? sts:(AssumeRole|TagSession)/i,
    what: deniedAction,
    hint: (call) =>
      `Allow ${missingAction(call, call.message)} in the IAM policy of the caller and in the trust policy of the role. If the trust policy ` +
      'has a condition on an external ID or on tags, set "external_id" or "tags" of "assume_role". Check that the role exists.',
  },
  {
    message: /no default vpc|no subnets found for the default vpc|default vpc .*does not exist/i,
    what: (call) => `The account has no usable default VPC in ${call.region} (${where(call)})`,
    hint: ({ region }) =>
      `${SUBNET}, or create a default VPC in ${region}: aws ec2 create-default-vpc --region ${region}`,
  },
  { codes: /^(VPCIdNotSpecified|DefaultVpcDoesNotExist|InvalidDefaultVpc.NotFound)$/, hint: `${SUBNET}.` },
  {
    codes: /^InvalidSubnetID\./,
    hint: ({ region }) => `Set "subnet_id" to the ID of a subnet in ${region} (subnet-…), or use "subnet_filter".`,
  },
  {
    codes: /^InvalidVpcID\./i,
    hint: ({ region }) => `Set "vpc_id" to the ID of a VPC in ${region} (vpc-…), or use "vpc_filter".`,
  },
  {
    codes: /^InvalidGroup(Id)?\.(NotFound|Malformed)$/,
    hint: ({ region }) =>
      `Set "security_group_ids" to IDs of security groups (sg-…) of the subnet's VPC in ${region}, or remove it: bake-ami creates a group.`,
  },
  {
    codes: /^InvalidKeyPair\./,
    hint: ({ region }) =>
      `Set "ssh_keypair_name" to the name of a key pair in ${region}, or remove it: bake-ami creates a key pair.`,
  },
  {
    codes: /^(InvalidParameterValue|InvalidInstanceType)$/,
    message: /instance ?type/i,
    hint: ({ region }) => `Set "instance_type" to an instance type that ${region} offers, for example "t3.small".`,
  },
  {
    codes: /^InvalidParameterValue$/,
    message: /availability ?zone/i,
    hint: ({ region }) => `Set "availability_zone" to a zone of ${region}, or remove it: EC2 chooses a zone.`,
  },
  {
    codes: /^InvalidAMIID\.NotFound$/,
    hint: ({ region }) =>
      `Check the ID of the image and that it is in ${region}, and that its owner shares it with this account. If the account uses the Allowed ` +
      "AMIs settings of EC2, they hide images that they do not allow.",
  },
  {
    codes: /^ResponseTooLarge$/,
    hint: 'No response of AWS is so large. Check the endpoint (AWS_ENDPOINT_URL, "custom_endpoint_ec2") and the proxy (HTTPS_PROXY).',
  },
  {
    failure: "denied",
    message: /encoded authorization failure message|denied by policy/i,
    what: deniedAction,
    hint: (call) =>
      `${ALLOW_ACTION(call)} To see which policy denied the call, set "decode_authorization_messages": true in the template.`,
  },
];

/** The texts of a kind of failure, for calls that no entry above matches. */
const BY_FAILURE: Partial<Record<Failure, { readonly what?: Words; readonly hint: Words }>> = {
  "no-credentials": {
    what: "No AWS credentials were found",
    hint:
      'Set the input "role-to-assume" (GitHub OpenID Connect), AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile (AWS_PROFILE or the ' +
      'option "profile"), or "access_key" and "secret_key" in the template. On EC2, attach an instance profile.',
  },
  denied: { what: deniedAction, hint: ALLOW_ACTION },
  expired: {
    what: (call) => `The AWS credentials have expired (${where(call)})`,
    hint:
      'Use the input "role-to-assume", which renews credentials during the bake, or a longer session. Keys from the environment cannot be ' +
      "renewed.",
  },
  throttled: {
    hint: 'Run fewer builds in parallel ("parallel-builds"), or try again later. Other tools share the account\'s request limit.',
  },
  capacity: {
    hint: 'Set more types ("spot_instance_types"), another "availability_zone" or another subnet, or try again later.',
  },
  quota: {
    hint:
      "Request a higher quota at https://console.aws.amazon.com/servicequotas/home/services/ec2/quotas, set a smaller instance type, or " +
      "wait until other instances have ended.",
  },
  transient: { hint: "Check https://health.aws.amazon.com/health/status and try again." },
};

const REJECTED_KEYS = {
  what: (call: FailedCall) => `AWS rejected the credentials (${where(call)})`,
  hint: ({ region }: FailedCall) =>
    `Check the keys and the session token, and the clock of this host. Check also that the Region ${region} is enabled for the account.`,
};

/** Returns the texts of a failed call: what happened, AWS's message, and what to do. Pure. */
export function textsOfFailure(call: AwsCall, failure: Failure, code: string, message: string): ErrorText {
  const failed: FailedCall = { ...call, failure, code, message: message.replace(/\s+/g, " ").trim() };
  const { what, hint } = situationOf(failed);
  const said = what ?? ((at: FailedCall) => `AWS call ${where(at)} failed`);
  return {
    summary: `${wordsOf(said, failed)}${awsMessage(failed)}`,
    hint: hint === undefined ? undefined : wordsOf(hint, failed),
  };
}

function situationOf(failed: FailedCall): { readonly what?: Words; readonly hint?: Words } {
  const found = SITUATIONS.find(
    ({ codes, message, failure }) =>
      (codes === undefined || codes.test(failed.code)) &&
      (message === undefined || message.test(failed.message)) &&
      (failure === undefined || failure === failed.failure),
  );
  if (found) return found;
  if (failed.failure === "denied" && rejectsKeys(failed.code)) return REJECTED_KEYS;
  return BY_FAILURE[failed.failure] ?? {};
}

/** Returns AWS's message. The SDK's message about missing credentials is shown only where it names a profile. */
function awsMessage({ failure, code, message }: FailedCall): string {
  if (failure === "no-credentials") return /^profile "/.test(message) ? `: ${message}` : "";
  // The encoded message has a thousand characters that say nothing.
  const readable = message.replace(/\.? *Encoded authorization failure message: [\w-]+/, (said) =>
    said.startsWith(".") ? "." : "",
  );
  return `: "${readable}" (${code})`;
}

function wordsOf(words: Words, call: FailedCall): string {
  return typeof words === "string" ? words : words(call);
}

/** Returns the missing IAM action: the one in AWS's message, else that of the call. */
export function missingAction(call: AwsCall, message: string): string {
  return (
    /not authorized to perform:? ([a-z0-9-]+:[A-Za-z]+)/i.exec(message)?.[1] ?? `${call.service}:${call.operation}`
  );
}

/** Returns the URL of a product in AWS's message, else the page of all subscriptions. Other hosts than AWS's are not passed on. */
function marketplaceUrl(message: string): string {
  return (
    /https?:\/\/(?:[a-z0-9-]+\.)*(?:amazon\.com|amazonaws\.cn)\/[\w/?=&.%-]*[\w/=-]/i.exec(message)?.[0] ??
    "https://console.aws.amazon.com/marketplace/home#/subscriptions"
  );
}

/** Returns the IDs with a prefix in AWS's message, each followed by a space. */
function idsIn(message: string, prefix: string): string {
  return [...message.matchAll(new RegExp(`\\b${prefix}-[0-9a-f]+\\b`, "g"))].map(([id]) => `${id} `).join("");
}
