import { parseArtifact } from "../../core/artifact-name.js";
import { type Parsed, parseAccount, parseAge, parseCount, parseRegion } from "../../core/request-values.js";
import { AUTOMATIC_POLICY } from "../../core/surroundings.js";
import { parsed, text } from "../../options/fields.js";
import { BAKING, type RequestTable } from "./entry.js";
import { boolean, listOf, regions, unlessEmpty } from "./fields.js";
import { parseDays, parsePattern } from "./retention.js";

/** The actions that use an AWS account. */
const IN_ACCOUNT = ["bake", "plan", "promote", "prune", "sweep"] as const;

/** The parameter, label and launch template to update, and the image they are set to. */
export const PROMOTION = {
  parameter: {
    group: "promotion",
    field: text({
      doc: "Name of the Parameter Store parameter to update, for example /images/web/latest or /images/web/prod.",
      required: true,
    }),
    input: { name: "parameter", actions: ["promote"], example: "/images/web/latest" },
  },
  artifact: {
    group: "promotion",
    field: parsed("artifact", parseArtifact, {
      doc: "Image to set the parameter to - AMI IDs by Region (the output artifact-id or ami-ids of a bake), one AMI ID, another parameter (/images/web/latest, optionally with :label or :version), or fingerprint:HASH for the newest finished image with this fingerprint. Required unless `rollback` is true.",
    }),
    input: { name: "artifact", actions: ["promote"], example: "${{ steps.bake.outputs.artifact-id }}" },
  },
  rollback: {
    group: "promotion",
    field: boolean("Set the parameter back to the previous image. A second rollback goes back one image further."),
    input: { name: "rollback", actions: ["promote"] },
  },
  label: {
    group: "promotion",
    field: text({
      doc: "Label of the parameter to move, for example prod. The value of the parameter does not change.",
    }),
    input: { name: "label", actions: ["promote"] },
    flag: { name: "label", commands: ["promote", "rollback"], value: "LABEL" },
  },
  launchTemplate: {
    group: "promotion",
    field: text({
      doc: "Launch template (name or ID) that gets a new default version with the image, in each Region.",
    }),
    input: { name: "launch-template", actions: ["promote"] },
    flag: { name: "launch-template", commands: ["policy", "promote", "rollback"], value: "NAME" },
  },
  sharedWith: {
    group: "promotion",
    field: listOf(
      "account",
      parseAccount,
      "IDs of AWS accounts that must be able to launch the image. If one of them cannot, nothing is changed. Separated by commas or line breaks.",
    ),
    input: { name: "shared-with", actions: ["promote"] },
    flag: { name: "shared-with", commands: ["promote", "rollback"], value: "ACCOUNT,ACCOUNT" },
  },
  requireTested: {
    group: "promotion",
    field: boolean(
      "Change nothing if the image did not pass image tests (tag bake-ami:tested) in each Region. An image whose tests failed is never promoted, also without this.",
    ),
    input: { name: "require-tested", actions: ["promote"] },
    flag: { name: "require-tested", commands: ["promote"] },
  },
} as const satisfies RequestTable;

/** Which older images are kept. */
export const RETENTION = {
  keep: {
    group: "retention",
    field: parsed(
      "integer",
      unlessEmpty((given) => parseCount(given, 1)),
      {
        doc: "Number of images to keep of each image series (image, build, architecture), in every Region. Older images and their snapshots are removed, unless an instance, launch template, launch configuration, parameter or label uses them. After a bake or a promotion, a failed removal is only a warning.",
      },
    ),
    input: { name: "keep", actions: ["bake", "plan", "promote", "prune"] },
    flag: { name: "keep", commands: [...BAKING, "promote", "prune"], value: "N" },
  },
  keepDays: {
    group: "retention",
    field: parsed("days", unlessEmpty(parseDays), {
      doc: "Keep images that are younger than this number of days. With `keep`, an image is kept if either rule keeps it.",
    }),
    input: { name: "keep-days", actions: ["bake", "plan", "promote", "prune"] },
    flag: { name: "keep-days", commands: [...BAKING, "promote", "prune"], value: "DAYS" },
  },
  disableFirst: {
    group: "retention",
    field: parsed("age", unlessEmpty(parseAge), {
      doc: "Disable older images first, so that they cannot be launched. A later run removes them when they have been disabled for this time, for example 7d.",
    }),
    input: { name: "disable-first", actions: ["bake", "plan", "promote", "prune"] },
    flag: { name: "disable-first", commands: [...BAKING, "promote", "prune"], value: "AGE" },
  },
  keepNames: {
    group: "retention",
    field: listOf(
      "name pattern",
      parsePattern,
      "Name patterns of images that count together, for example web-*. Separated by commas or line breaks. By default, the images of a series count together (tag bake-ami:image), and images without this tag by the name pattern of their template.",
    ),
    input: { name: "keep-names", actions: ["bake", "plan", "promote", "prune"] },
    flag: { name: "keep-names", commands: [...BAKING, "promote", "prune"], value: "PATTERN,…" },
  },
  dryRun: {
    group: "retention",
    field: boolean("Only report what would be removed."),
    input: { name: "dry-run", actions: ["prune", "sweep"] },
  },
  remove: {
    group: "retention",
    field: boolean("Remove the resources. Without this flag, they are only reported."),
    flag: { name: "remove", commands: ["prune", "sweep"] },
  },
} as const satisfies RequestTable;

/** The account, its Regions and the role. */
export const ACCOUNT = {
  searchRegions: {
    group: "account",
    field: regions(
      "Regions to search, separated by commas or line breaks. Defaults to all Regions that are enabled for the account.",
    ),
    input: { name: "regions", actions: ["prune", "sweep"] },
    flag: { name: "regions", commands: ["prune", "sweep"], value: "A,B" },
  },
  allowedAccounts: {
    group: "account",
    field: listOf(
      "account",
      parseAccount,
      "IDs of the AWS accounts that may be swept. With credentials of another account, nothing is searched or removed. Separated by commas or line breaks. By default, every account may be swept.",
    ),
    input: { name: "allowed-account-ids", actions: ["sweep"] },
    flag: { name: "allowed-account-ids", commands: ["sweep"], value: "ACCOUNT,ACCOUNT" },
  },
  listingRegion: {
    group: "account",
    field: parsed("Region", parseRegion, {
      doc: "Region in which to list the Regions of the account. Defaults to AWS_REGION or the Region of the profile.",
    }),
    input: { name: "aws-region", actions: ["prune", "sweep"] },
    flag: { name: "region", commands: ["prune", "sweep"], value: "REGION" },
  },
  parameterRegions: {
    group: "account",
    field: regions(
      "Regions to use, separated by commas or line breaks. Defaults to all Regions that have the artifact or the parameter.",
    ),
    input: { name: "regions", actions: ["promote"] },
    flag: { name: "regions", commands: ["history", "promote", "rollback"], value: "A,B" },
  },
  artifactRegion: {
    group: "account",
    field: parsed("Region", parseRegion, {
      doc: "Region of an AMI ID that is given without a Region. Defaults to AWS_REGION or the Region of the profile.",
    }),
    input: { name: "aws-region", actions: ["promote"] },
    flag: { name: "region", commands: ["history", "promote", "rollback"], value: "REGION" },
  },
  permissionsBoundary: {
    group: "account",
    field: parsed("policy ARN", unlessEmpty(parsePolicyArn), {
      doc: "ARN of the IAM policy that is the permissions boundary of the temporary role for `temporary_iam_instance_profile_policy_document`. With it, the policy of the caller can limit the roles that a template creates.",
    }),
    input: { name: "permissions-boundary", actions: ["bake", "plan"] },
    flag: { name: "permissions-boundary", commands: BAKING, value: "ARN" },
  },
  roleToAssume: {
    group: "account",
    field: parsed("role ARN", parseRoleArn, {
      doc: "ARN of the IAM role to assume with GitHub's OpenID Connect (OIDC) token. The job needs permissions id-token: write. The credentials are renewed before they expire, also in the post step of a bake. If not set, the AWS credentials of the environment are used.",
    }),
    input: { name: "role-to-assume", actions: IN_ACCOUNT },
  },
  roleSessionName: {
    group: "account",
    field: parsed("session name", parseSessionName, {
      doc: "Name of the role session, as shown in CloudTrail and in the history of a parameter. Defaults to bake-ami-RUN_ID-ATTEMPT.",
    }),
    input: { name: "role-session-name", actions: IN_ACCOUNT },
  },
  roleSessionPolicy: {
    group: "account",
    field: parsed("JSON", parseSessionPolicy, {
      doc: "IAM session policy (JSON, at most 2,048 characters) that limits the permissions of the role in this step, or auto: the policy for what this step does, as bake-ami policy prints it, shortened where it is too long.",
    }),
    input: { name: "role-session-policy", actions: IN_ACCOUNT },
  },
  audience: {
    group: "account",
    field: text({
      doc: "Audience of the OIDC token. In the China Regions, use sts.amazonaws.com.cn.",
      default: "sts.amazonaws.com",
    }),
    input: { name: "audience", actions: IN_ACCOUNT },
  },
} as const satisfies RequestTable;

function parseRoleArn(given: string): Parsed<string> {
  if (/^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(given)) return { value: given };
  return {
    complaint: `must be the ARN of an IAM role, not "${given}"`,
    hint: 'Use an ARN such as "arn:aws:iam::123456789012:role/bake".',
  };
}

function parsePolicyArn(given: string): Parsed<string> {
  if (/^arn:aws[\w-]*:iam::(\d{12}|aws):policy\/[\w+=,.@/-]+$/.test(given)) return { value: given };
  return {
    complaint: `must be the ARN of an IAM policy, not "${given}"`,
    hint: 'Use an ARN such as "arn:aws:iam::123456789012:policy/bake-ami-boundary".',
  };
}

/** AssumeRoleWithWebIdentity: RoleSessionName. */
function parseSessionName(given: string): Parsed<string> {
  if (/^[\w+=,.@-]{2,64}$/.test(given)) return { value: given };
  return { complaint: `must have 2 to 64 characters (letters, digits and +=,.@-_), not "${given}"` };
}

/** AssumeRoleWithWebIdentity: Policy, at most 2,048 characters of JSON. */
function parseSessionPolicy(given: string): Parsed<string> {
  if (given.trim() === AUTOMATIC_POLICY) return { value: AUTOMATIC_POLICY };
  if (given.length > 2048) return { complaint: `must have at most 2,048 characters, not ${given.length}` };
  try {
    JSON.parse(given);
    return { value: given };
  } catch {
    return {
      complaint: "must be valid JSON",
      hint: "Set an IAM policy document that limits the permissions of the role.",
    };
  }
}
