import { type Parsed, parseRegion, splitList } from "../../core/request-values.js";
import type { InputReader } from "./reader.js";

/** `role-to-assume` and how its session is made. */
export interface RoleInputs {
  readonly arn: string;
  readonly sessionName: string | undefined;
  readonly sessionPolicy: string | undefined;
  readonly audience: string;
}

/** The account to work in, and where: common to all actions that ask AWS for anything. */
export interface AccountInputs {
  /** Each once; empty where none is named. */
  readonly regions: readonly string[];
  /** `aws-region`: where none is named otherwise. */
  readonly region: string | undefined;
  readonly role: RoleInputs | undefined;
}

/** Reads the inputs that are named in `ACCOUNT_INPUTS`. */
export function accountInputs(reader: InputReader): AccountInputs {
  return {
    regions: [...new Set(reader.list("regions", splitList, parseRegion))],
    region: reader.parsed("aws-region", parseRegion),
    role: readRole(reader),
  };
}

function readRole(reader: InputReader): RoleInputs | undefined {
  const arn = reader.parsed("role-to-assume", parseRole);
  const sessionName = reader.parsed("role-session-name", parseSessionName);
  const sessionPolicy = reader.parsed("role-session-policy", parsePolicy);
  const audience = reader.text("audience") ?? "sts.amazonaws.com";
  return arn === undefined ? undefined : { arn, sessionName, sessionPolicy, audience };
}

function parseRole(text: string): Parsed<string> {
  if (/^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/.test(text)) return { value: text };
  return {
    complaint: `is not the ARN of a role: "${text}"`,
    hint: "Write it as in arn:aws:iam::123456789012:role/bake.",
  };
}

/** AssumeRoleWithWebIdentity: RoleSessionName. */
function parseSessionName(text: string): Parsed<string> {
  if (/^[\w+=,.@-]{2,64}$/.test(text)) return { value: text };
  return { complaint: `must have 2 to 64 letters, digits or any of +=,.@-_, not "${text}"` };
}

/** AssumeRoleWithWebIdentity: Policy, at most 2,048 characters of JSON. */
function parsePolicy(text: string): Parsed<string> {
  if (text.length > 2048) return { complaint: `is longer than 2,048 characters (${text.length})` };
  try {
    JSON.parse(text);
    return { value: text };
  } catch {
    return { complaint: "is not JSON", hint: "Give an IAM policy document that narrows the role." };
  }
}
