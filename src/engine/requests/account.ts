import { parseArtifact } from "../../core/artifact-name.js";
import { type Parsed, parseAccount, parseAge, parseCount, parseRegion } from "../../core/request-values.js";
import { parsed, text } from "../../options/fields.js";
import type { RequestTable } from "./entry.js";
import { boolean, listOf, regions, unlessEmpty } from "./fields.js";
import { parseDays, parsePattern } from "./retention.js";

/** The actions that work in an AWS account. */
const IN_ACCOUNT = ["bake", "promote", "prune", "sweep"] as const;

/** Which parameter, label and launch template name which image. */
export const PROMOTION = {
  parameter: {
    group: "promotion",
    field: text({ doc: "The parameter to move, for example /images/web/latest or /images/web/prod.", required: true }),
    input: { name: "parameter", actions: ["promote"], example: "/images/web/latest" },
  },
  artifact: {
    group: "promotion",
    field: parsed("artifact", parseArtifact, {
      doc: "What it is to name - AMI ids by Region (the output artifact-id or ami-ids of a bake), one AMI id, another parameter (/images/web/latest, with :label or :version if needed), or fingerprint:HASH for the newest finished image with it. Not needed with `rollback`.",
    }),
    input: { name: "artifact", actions: ["promote"], example: "${{ steps.bake.outputs.artifact-id }}" },
  },
  rollback: {
    group: "promotion",
    field: boolean("Point it back at what it named before; a second rollback goes further back."),
    input: { name: "rollback", actions: ["promote"] },
  },
  label: {
    group: "promotion",
    field: text({ doc: "Move this label on the parameter, for example prod, instead of the parameter itself." }),
    input: { name: "label", actions: ["promote"] },
    flag: { name: "label", commands: ["promote", "rollback"], value: "LABEL" },
  },
  launchTemplate: {
    group: "promotion",
    field: text({
      doc: "Launch template (name or id) that gets a version with the image as its default, in each Region.",
    }),
    input: { name: "launch-template", actions: ["promote"] },
    flag: { name: "launch-template", commands: ["promote", "rollback"], value: "NAME" },
  },
  sharedWith: {
    group: "promotion",
    field: listOf(
      "account",
      parseAccount,
      "Accounts that must be able to launch the image, or nothing is moved; separated by commas or line breaks.",
    ),
    input: { name: "shared-with", actions: ["promote"] },
    flag: { name: "shared-with", commands: ["promote", "rollback"], value: "ACCOUNT,ACCOUNT" },
  },
} as const satisfies RequestTable;

/** Which older images stay. */
export const RETENTION = {
  keep: {
    group: "retention",
    field: parsed(
      "integer",
      unlessEmpty((given) => parseCount(given, 1)),
      {
        doc: "Keep the newest so many images of each build and name pattern, in every Region, and remove older ones (with their snapshots) that no instance, launch template, launch configuration, parameter or label uses. After a bake or a promotion, a failure of it is a warning.",
      },
    ),
    input: { name: "keep", actions: ["bake", "promote", "prune"] },
    flag: { name: "keep", commands: ["build", "promote", "prune"], value: "N" },
  },
  keepDays: {
    group: "retention",
    field: parsed("days", unlessEmpty(parseDays), {
      doc: "Keep images that are younger than so many days; with `keep`, either is enough to stay.",
    }),
    input: { name: "keep-days", actions: ["bake", "promote", "prune"] },
    flag: { name: "keep-days", commands: ["build", "promote", "prune"], value: "DAYS" },
  },
  disableFirst: {
    group: "retention",
    field: parsed("age", unlessEmpty(parseAge), {
      doc: "Only disable images at first (nobody can launch them); a later run, after for example 7d, removes them.",
    }),
    input: { name: "disable-first", actions: ["bake", "promote", "prune"] },
    flag: { name: "disable-first", commands: ["build", "promote", "prune"], value: "AGE" },
  },
  keepNames: {
    group: "retention",
    field: listOf(
      "name pattern",
      parsePattern,
      "Count images of these names together, for example web-*; patterns separated by commas or line breaks. By default the names that the images' own template gives, with what differs from run to run left out.",
    ),
    input: { name: "keep-names", actions: ["bake", "promote", "prune"] },
    flag: { name: "keep-names", commands: ["build", "promote", "prune"], value: "PATTERN,…" },
  },
  dryRun: {
    group: "retention",
    field: boolean("Only report what would be removed."),
    input: { name: "dry-run", actions: ["prune", "sweep"] },
  },
  remove: {
    group: "retention",
    field: boolean("Remove it; without this flag, only report."),
    flag: { name: "remove", commands: ["prune", "sweep"] },
  },
} as const satisfies RequestTable;

/** The account to work in, and where. */
export const ACCOUNT = {
  searchRegions: {
    group: "account",
    field: regions("Regions to search, separated by commas or line breaks. By default all that the account may use."),
    input: { name: "regions", actions: ["prune", "sweep"] },
    flag: { name: "regions", commands: ["prune", "sweep"], value: "A,B" },
  },
  listingRegion: {
    group: "account",
    field: parsed("Region", parseRegion, {
      doc: "Region to ask for the account's Regions. Without it, AWS_REGION or the profile decides.",
    }),
    input: { name: "aws-region", actions: ["prune", "sweep"] },
    flag: { name: "region", commands: ["prune", "sweep"], value: "REGION" },
  },
  parameterRegions: {
    group: "account",
    field: regions(
      "Only these Regions, separated by commas or line breaks. By default wherever the artifact or the parameter is.",
    ),
    input: { name: "regions", actions: ["promote"] },
    flag: { name: "regions", commands: ["history", "promote", "rollback"], value: "A,B" },
  },
  artifactRegion: {
    group: "account",
    field: parsed("Region", parseRegion, {
      doc: "Region of an AMI id that names none. Without it, AWS_REGION or the profile decides.",
    }),
    input: { name: "aws-region", actions: ["promote"] },
    flag: { name: "region", commands: ["history", "promote", "rollback"], value: "REGION" },
  },
  roleToAssume: {
    group: "account",
    field: parsed("role ARN", parseRoleArn, {
      doc: "ARN of the IAM role to assume with GitHub's OpenID Connect token (needs permissions id-token: write). The credentials are renewed for as long as they are needed, also in the post step of a bake. Without it, the ambient AWS credentials are used.",
    }),
    input: { name: "role-to-assume", actions: IN_ACCOUNT },
  },
  roleSessionName: {
    group: "account",
    field: parsed("session name", parseSessionName, {
      doc: "Name of the role's session, as CloudTrail and the history of a parameter show it. By default bake-ami, the run's id and its attempt.",
    }),
    input: { name: "role-session-name", actions: IN_ACCOUNT },
  },
  roleSessionPolicy: {
    group: "account",
    field: parsed("JSON", parseSessionPolicy, {
      doc: "IAM policy (JSON, at most 2,048 characters) that narrows what the role may do in this step.",
    }),
    input: { name: "role-session-policy", actions: IN_ACCOUNT },
  },
  audience: {
    group: "account",
    field: text({
      doc: "Audience of the OpenID Connect token; in the China Regions sts.amazonaws.com.cn.",
      default: "sts.amazonaws.com",
    }),
    input: { name: "audience", actions: IN_ACCOUNT },
  },
} as const satisfies RequestTable;

function parseRoleArn(given: string): Parsed<string> {
  if (/^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(given)) return { value: given };
  return {
    complaint: `is not the ARN of a role: "${given}"`,
    hint: "Write it as in arn:aws:iam::123456789012:role/bake.",
  };
}

/** AssumeRoleWithWebIdentity: RoleSessionName. */
function parseSessionName(given: string): Parsed<string> {
  if (/^[\w+=,.@-]{2,64}$/.test(given)) return { value: given };
  return { complaint: `must have 2 to 64 letters, digits or any of +=,.@-_, not "${given}"` };
}

/** AssumeRoleWithWebIdentity: Policy, at most 2,048 characters of JSON. */
function parseSessionPolicy(given: string): Parsed<string> {
  if (given.length > 2048) return { complaint: `is longer than 2,048 characters (${given.length})` };
  try {
    JSON.parse(given);
    return { value: given };
  } catch {
    return { complaint: "is not JSON", hint: "Give an IAM policy document that narrows the role." };
  }
}
