import type { Decode } from "../../options/decoding.js";
import { flag, integer, list, map, object, text } from "../../options/fields.js";
import type { Complaints } from "../../options/schema.js";

/**
 * How the account is reached (Packer's "access configuration"): spread into the schema of every Amazon builder, data source
 * and post-processor. Without any, the standard AWS environment holds: variables, profiles, SSO, web identity, the machine's role.
 */
export const accessFields = {
  access_key: text({ doc: "Access key id; together with `secret_key`.", secret: true, unfingerprinted: true }),
  secret_key: text({ doc: "Secret access key; together with `access_key`.", secret: true, unfingerprinted: true }),
  token: text({ doc: "Session token of temporary keys.", secret: true, unfingerprinted: true }),
  region: text({
    doc: "Region of the build.",
    defaultDoc: "input `aws-region`, `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's region",
  }),
  profile: text({ doc: "Named profile of the shared AWS files.", defaultDoc: "`AWS_PROFILE`", unfingerprinted: true }),
  shared_credentials_file: text({
    doc: "Path of a shared credentials file.",
    defaultDoc: "`~/.aws/credentials`",
    unfingerprinted: true,
  }),
  assume_role: object(
    {
      role_arn: text({ doc: "ARN of the role to assume.", required: true }),
      duration_seconds: integer({ doc: "Length of a role session; sessions are renewed while the bake lasts." }),
      external_id: text({ doc: "External id that the role's trust policy asks for." }),
      policy: text({ doc: "Session policy (JSON) that narrows the role." }),
      policy_arns: list(text({ doc: "ARN of a managed policy." }), {
        doc: "Managed session policies that narrow the role.",
      }),
      session_name: text({ doc: "Name of the role session.", defaultDoc: "`bake-ami`" }),
      tags: map({ doc: "Session tags." }),
      transitive_tag_keys: list(text({ doc: "Key of a tag." }), { doc: "Session tags that go on to further roles." }),
    },
    { doc: "Role to assume with the credentials that are there.", unfingerprinted: true },
  ),
  mfa_code: text({
    doc: "One-time code for a profile whose role asks for multi-factor authentication.",
    secret: true,
    unfingerprinted: true,
  }),
  vault_aws_engine: object(
    {
      name: text({ doc: "Name of the Vault role.", required: true }),
      role_arn: text({ doc: "Role that Vault assumes." }),
      ttl: text({ doc: "Lifetime of the keys." }),
      engine_name: text({ doc: "Mount of the secrets engine." }),
    },
    {
      doc: "Keys from HashiCorp Vault's AWS secrets engine.",
      unsupported: "Fetch the keys in an earlier step and give them by the standard AWS environment variables.",
      unfingerprinted: true,
    },
  ),
  custom_endpoint_ec2: text({
    doc: "URL of the EC2 endpoint in the build's region; other regions use the standard ones.",
    unfingerprinted: true,
  }),
  decode_authorization_messages: flag({
    doc: "Decode the message of a refused call with STS, to tell which policy refused it.",
    default: false,
    unfingerprinted: true,
  }),
  insecure_skip_tls_verify: flag({
    doc: "Do not verify the endpoints' certificates.",
    default: false,
    unfingerprinted: true,
  }),
  max_retries: integer({
    doc: "Attempts of one API call when it is throttled or fails.",
    default: 10,
    unfingerprinted: true,
  }),
  skip_metadata_api_check: flag({
    doc: "Do not ask the machine's metadata service for credentials.",
    default: false,
    unfingerprinted: true,
  }),
  skip_credential_validation: flag({
    doc: "No effect: credentials are checked by the first call that needs them.",
    default: false,
    unfingerprinted: true,
  }),
  aws_polling: object(
    {
      max_attempts: integer({ doc: "Attempts of a wait; with `delay_seconds` its longest time." }),
      delay_seconds: integer({ doc: "Seconds between the attempts of a wait, counted as 15 where it is not given." }),
    },
    {
      doc: "Longest time of each wait: `max_attempts` times `delay_seconds`, and never less than the wait's own default.",
      defaultDoc: "`AWS_MAX_ATTEMPTS`, `AWS_POLL_DELAY_SECONDS`",
      unfingerprinted: true,
    },
  ),
};

/** The decoded access options. */
export type AccessOptions = Decode<typeof accessFields>;

/** No access options: the ambient credentials, where there is no template (post, sweep, publishing). */
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

/** Rules over several access options. */
export function checkAccess(options: AccessOptions, complaints: Complaints): void {
  if (!options.access_key !== !options.secret_key) {
    const given = options.access_key ? "access_key" : "secret_key";
    const other = given === "access_key" ? "secret_key" : "access_key";
    complaints.error(
      given,
      `"${given}" is given without "${other}"`,
      "Give both, or neither to use the standard AWS environment.",
    );
  }
  if (options.token && !options.access_key) {
    complaints.error("token", '"token" is given without "access_key" and "secret_key"');
  }
  const endpoint = options.custom_endpoint_ec2;
  if (endpoint && !URL.canParse(endpoint)) {
    complaints.error(
      "custom_endpoint_ec2",
      `"custom_endpoint_ec2" is not a URL: "${endpoint}"`,
      "Write https://HOST[:PORT].",
    );
  }
}
