import type { Decode } from "../../options/decoding.js";
import { flag, integer, list, map, object, text } from "../../options/fields.js";
import type { Complaints } from "../../options/schema.js";

/**
 * The options for access to the account (Packer's "access configuration"), part of the schema of every Amazon builder, data source and
 * post-processor. Without them the default AWS credentials are used: variables, profiles, SSO, web identity, the instance's role.
 */
export const accessFields = {
  access_key: text({ doc: "Access key ID. Needs `secret_key`.", secret: true, unfingerprinted: true }),
  secret_key: text({ doc: "Secret access key. Needs `access_key`.", secret: true, unfingerprinted: true }),
  token: text({ doc: "Session token of temporary credentials.", secret: true, unfingerprinted: true }),
  region: text({
    doc: "Region of the build.",
    defaultDoc: "input `aws-region`, `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's Region",
  }),
  profile: text({
    doc: "Named profile of the shared AWS config and credentials files.",
    defaultDoc: "`AWS_PROFILE`",
    unfingerprinted: true,
  }),
  shared_credentials_file: text({
    doc: "Path to a shared credentials file.",
    defaultDoc: "`~/.aws/credentials`",
    unfingerprinted: true,
  }),
  assume_role: object(
    {
      role_arn: text({ doc: "ARN of the role to assume. Without it, `assume_role` has no effect.", default: "" }),
      duration_seconds: integer({
        doc: "Duration of a role session in seconds. Sessions are renewed during the bake.",
      }),
      external_id: text({ doc: "External ID that the role's trust policy requires." }),
      policy: text({ doc: "Session policy (JSON) that restricts the role's permissions." }),
      policy_arns: list(text({ doc: "ARN of a managed policy." }), {
        doc: "Managed session policies that restrict the role's permissions.",
      }),
      session_name: text({ doc: "Name of the role session.", defaultDoc: "`bake-ami`" }),
      tags: map({ doc: "Session tags." }),
      transitive_tag_keys: list(text({ doc: "Key of a tag." }), {
        doc: "Session tags that are passed to further roles.",
      }),
    },
    { doc: "Role to assume with the credentials found.", unfingerprinted: true },
  ),
  mfa_code: text({
    doc: "One-time code for a profile whose role requires multi-factor authentication.",
    secret: true,
    unfingerprinted: true,
  }),
  vault_aws_engine: object(
    {
      name: text({ doc: "Name of the Vault role.", required: true }),
      role_arn: text({ doc: "Role that Vault assumes." }),
      ttl: text({ doc: "Lifetime of the keys." }),
      engine_name: text({ doc: "Mount path of the secrets engine." }),
    },
    {
      doc: "Keys from HashiCorp Vault's AWS secrets engine.",
      unsupported: "Fetch the keys in an earlier step and set the standard AWS environment variables.",
      unfingerprinted: true,
    },
  ),
  custom_endpoint_ec2: text({
    doc: "URL of the EC2 endpoint in the build's Region. Other Regions use the standard endpoints.",
    unfingerprinted: true,
  }),
  decode_authorization_messages: flag({
    doc: "Decode the authorization message of a denied call with STS. It shows which policy denied the call.",
    default: false,
    unfingerprinted: true,
  }),
  insecure_skip_tls_verify: flag({
    doc: "Do not verify the endpoints' certificates.",
    default: false,
    unfingerprinted: true,
  }),
  max_retries: integer({
    doc: "Maximum number of attempts of an API call that is throttled or fails.",
    default: 10,
    unfingerprinted: true,
  }),
  skip_metadata_api_check: flag({
    doc: "Do not request credentials from the instance metadata service.",
    default: false,
    unfingerprinted: true,
  }),
  skip_credential_validation: flag({
    doc: "No effect. The first API call checks the credentials.",
    default: false,
    unfingerprinted: true,
  }),
  aws_polling: object(
    {
      max_attempts: integer({ doc: "Number of attempts of a wait. Multiplied by `delay_seconds`, it is the timeout." }),
      delay_seconds: integer({ doc: "Seconds between the attempts of a wait. Counted as 15 if not set." }),
    },
    {
      doc: "Timeout of each wait: `max_attempts` times `delay_seconds`, but at least the wait's default.",
      defaultDoc: "`AWS_MAX_ATTEMPTS`, `AWS_POLL_DELAY_SECONDS`",
      unfingerprinted: true,
    },
  ),
};

/** The decoded access options. */
export type AccessOptions = Decode<typeof accessFields>;

/** Empty access options, for the default credentials without a template (post step, sweep, publishing). */
export const ambientAccess: AccessOptions = {
  access_key: undefined,
  secret_key: undefined,
  token: undefined,
  region: undefined,
  profile: undefined,
  shared_credentials_file: undefined,
  assume_role: undefined,
  mfa_code: undefined,
  vault_aws_engine: undefined,
  custom_endpoint_ec2: undefined,
  decode_authorization_messages: false,
  insecure_skip_tls_verify: false,
  max_retries: 10,
  skip_metadata_api_check: false,
  skip_credential_validation: false,
  aws_polling: undefined,
};

/** The problem of a session token without the keys that it belongs to. Other keys must not be used with it, or in its place. */
export const LONE_TOKEN = {
  summary: '"token" needs "access_key" and "secret_key"; builds that use it fail',
  hint: 'Set the keys that the token belongs to, or remove "token" to use the default AWS credentials.',
};

/** Reports access options that contradict each other or are malformed. */
export function checkAccess(options: AccessOptions, complaints: Complaints): void {
  if (!options.access_key !== !options.secret_key) {
    const given = options.access_key ? "access_key" : "secret_key";
    const other = given === "access_key" ? "secret_key" : "access_key";
    complaints.error(
      given,
      `"${given}" needs "${other}"`,
      "Set both, or remove both to use the default AWS credentials.",
    );
  }
  if (options.token && !options.access_key) {
    complaints.refusal("token", LONE_TOKEN.summary, LONE_TOKEN.hint);
  }
  if (options.assume_role && !options.assume_role.role_arn) {
    complaints.warning("assume_role", '"assume_role" has no "role_arn", and so no effect');
  }
  const endpoint = options.custom_endpoint_ec2;
  if (endpoint && !URL.canParse(endpoint)) {
    complaints.error(
      "custom_endpoint_ec2",
      `"custom_endpoint_ec2" must be a URL, not "${endpoint}"`,
      "Write https://HOST[:PORT].",
    );
  }
}
