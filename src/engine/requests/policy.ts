import { type Parsed, parseAccount } from "../../core/request-values.js";
import { parsed, text } from "../../options/fields.js";
import type { FlagValues, RequestTable } from "./entry.js";
import { boolean, unlessEmpty, word } from "./fields.js";
import type { ReadValues } from "./read.js";

/** The languages that a policy is printed in. */
export const POLICY_FORMATS = ["json", "terraform", "cloudformation"] as const;

/** What a policy can be printed for. */
export const POLICY_PURPOSES = ["bake", "plan", "promote", "prune", "sweep"] as const;

/** The IAM policy of a template. */
export const POLICY = {
  policyFormat: {
    group: "command",
    field: word(POLICY_FORMATS, {
      doc: "Language of the policy - json, terraform (data sources aws_iam_policy_document) or cloudformation (a template with managed policies).",
      default: "json",
    }),
    flag: { name: "format", commands: ["policy"], value: POLICY_FORMATS.join("|") },
  },
  policyPurpose: {
    group: "command",
    field: word(POLICY_PURPOSES, {
      doc: "What the policy is for - bake, plan (only what is read before a bake), promote, prune or sweep. The last three need no template.",
      default: "bake",
    }),
    flag: { name: "for", commands: ["policy"], value: POLICY_PURPOSES.join("|") },
  },
  policyAccount: {
    group: "command",
    field: parsed("account", unlessEmpty(parseAccount), {
      doc: "ID of the AWS account, for the ARNs of resources. By default, they allow every account.",
    }),
    flag: { name: "account", commands: ["policy"], value: "ACCOUNT" },
  },
  policyInstanceRole: {
    group: "command",
    field: parsed("role", unlessEmpty(parseRole), {
      doc: "Name or ARN of the role in the instance profile of the template. Defaults to the name of the instance profile.",
    }),
    flag: { name: "instance-role", commands: ["policy"], value: "NAME" },
  },
  policyTrust: {
    group: "command",
    field: boolean("Also print the trust policy for jobs of `policyRepository` on GitHub, which assume the role."),
    flag: { name: "trust", commands: ["policy"] },
  },
  policyRepository: {
    group: "command",
    field: parsed("repository", unlessEmpty(parseRepository), {
      doc: "Repository whose jobs may assume the role, for `policyTrust`.",
    }),
    flag: { name: "repository", commands: ["policy"], value: "OWNER/REPO" },
  },
  policyEnvironment: {
    group: "command",
    field: text({
      doc: "Environment of the jobs that may assume the role, for `policyTrust`. By default, only jobs of the branch main may.",
    }),
    flag: { name: "environment", commands: ["policy"], value: "NAME" },
  },
  policyBoundary: {
    group: "command",
    field: boolean(
      "Also print the permissions boundary for the temporary roles of the template (temporary_iam_instance_profile_policy_document).",
    ),
    flag: { name: "boundary", commands: ["policy"] },
  },
  policyLog: {
    group: "command",
    field: text({
      doc: "Debug log of a bake (BAKE_AMI_LOG=debug). Only actions that were called are allowed, and those that remove the resources of a failed bake.",
    }),
    flag: { name: "from-log", commands: ["policy"], value: "FILE" },
  },
  policyExplain: {
    group: "command",
    field: boolean("Print a table with the reason for each statement instead of the policy."),
    flag: { name: "explain", commands: ["policy"] },
  },
} as const satisfies RequestTable;

type PolicyValues = FlagValues<typeof POLICY, "policy">;

/** Returns who may assume the role; undefined without `-trust`. Reports entries that are missing or have no effect. */
export function requestedTrust(read: ReadValues<PolicyValues>) {
  const { policyTrust: isRequested, policyRepository: repository, policyEnvironment: environment } = read.values;
  if (isRequested && repository !== undefined) return { repository, environment: environment || undefined };
  if (isRequested) read.complainMissing("policyRepository");
  const trust = read.quotedName("policyTrust");
  for (const key of ["policyRepository", "policyEnvironment"] as const) {
    if (!isRequested && read.isGiven(key)) read.complain(key, `has no effect without ${trust}`, `Add ${trust}.`);
  }
  return undefined;
}

/** Parses `OWNER/REPO`, also with the IDs that newer repositories have in the subjects of their tokens. */
function parseRepository(given: string): Parsed<string> {
  if (/^[\w.-]+(@\d+)?\/[\w.-]+(@\d+)?$/.test(given)) return { value: given };
  return {
    complaint: `is not a repository: "${given}"`,
    hint: 'Write "OWNER/REPOSITORY", without a host and without wildcards.',
  };
}

/** Parses the name or the ARN of an IAM role. */
function parseRole(given: string): Parsed<string> {
  if (/^(arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+|[\w+=,.@-]{1,64})$/.test(given)) return { value: given };
  return { complaint: `is not the name or the ARN of an IAM role: "${given}"` };
}
