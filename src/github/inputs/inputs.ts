import { resolve } from "node:path";
import type { Diagnostic } from "../../core/diagnostics.js";
import { type BakeRequest, PACKAGE_MODES } from "../../core/request.js";
import {
  CIDRS_VARIABLE,
  ON_ERROR_WORDS,
  type Parsed,
  parseAge,
  parseCidr,
  parseCount,
  parseRegion,
  parseVariable,
  parseWord,
  splitLines,
  splitList,
} from "../../core/request-values.js";
import { type InputReader, inputReader } from "./reader.js";
import { readRetention } from "./retention.js";

/** When a comment is written: `auto` on the event's pull request, `always` also on the pull request of a pushed commit. */
export type CommentMode = "auto" | "always" | "never";

/** `role-to-assume` and how its session is made. */
export interface RoleInputs {
  readonly arn: string;
  readonly sessionName: string | undefined;
  readonly sessionPolicy: string | undefined;
  readonly audience: string;
}

/** The inputs, checked. */
export interface ActionInputs {
  readonly request: BakeRequest;
  readonly role: RoleInputs | undefined;
  readonly comment: CommentMode;
  readonly commentKey: string;
  readonly token: string | undefined;
}

/** The inputs, or everything that is wrong with them. */
export type ReadInputs =
  | { readonly ok: true; readonly inputs: ActionInputs }
  | { readonly ok: false; readonly complaints: readonly Diagnostic[] };

/** Reads all inputs from the runner's environment; `workspace` is where `working-directory` starts. */
export function readInputs(env: Readonly<Record<string, string | undefined>>, workspace: string): ReadInputs {
  const reader = inputReader(env);
  const environment: Diagnostic[] = [];
  const inputs: ActionInputs = {
    request: withCidrs(readRequest(reader, workspace), env[CIDRS_VARIABLE], environment),
    role: readRole(reader),
    comment: reader.parsed("comment", (text) => parseWord(text, ["auto", "always", "never"])) ?? "auto",
    commentKey: reader.text("comment-key") ?? "",
    token: reader.text("github-token"),
  };
  const complaints = [...reader.complaints, ...environment];
  return complaints.length > 0 ? { ok: false, complaints } : { ok: true, inputs };
}

function readRequest(reader: InputReader, workspace: string): BakeRequest {
  const retention = readRetention(reader);
  return {
    workingDirectory: resolve(workspace, reader.text("working-directory") ?? "."),
    template: {
      path: reader.required("template", "images/web.json"),
      variables: reader.list("variables", splitLines, parseVariable),
      variableFiles: reader.list("variable-files", splitLines, accept),
      only: reader.list("only", splitList, accept),
      except: reader.list("except", splitList, accept),
    },
    settings: readSettings(reader),
    parallelBuilds: reader.parsed("parallel-builds", (text) => parseCount(text, 0)) || undefined,
    image: reader.text("image"),
    ssmParameter: reader.text("ssm-parameter"),
    packages: reader.parsed("packages", (text) => parseWord(text, PACKAGE_MODES)) ?? "auto",
    ...(retention ? { retention } : {}),
  };
}

/** The environment gives the networks where the input does not. */
function withCidrs(request: BakeRequest, text: string | undefined, complaints: Diagnostic[]): BakeRequest {
  if (!text || request.settings.sshSourceCidrs.length > 0) return request;
  const sshSourceCidrs = splitList(text);
  for (const parsed of sshSourceCidrs.map(parseCidr)) {
    if ("value" in parsed) continue;
    const summary = `the environment variable ${CIDRS_VARIABLE} ${parsed.complaint}`;
    const { hint } = parsed;
    complaints.push({ severity: "error", code: "invalid-input", summary, ...(hint ? { hint } : {}) });
  }
  return { ...request, settings: { ...request.settings, sshSourceCidrs } };
}

function readSettings(reader: InputReader): BakeRequest["settings"] {
  return {
    onError: reader.parsed("on-error", (text) => parseWord(text, ON_ERROR_WORDS)) ?? "cleanup",
    force: reader.flag("force"),
    debug: false,
    regions: [...new Set(reader.list("regions", splitList, parseRegion))],
    defaultRegion: reader.parsed("aws-region", parseRegion),
    missingRegion: reader.parsed("missing-region", (text) => parseWord(text, ["fail", "warn"])) ?? "fail",
    spotFallback: reader.flag("spot-fallback"),
    sshSourceCidrs: reader.list("ssh-source-cidrs", splitList, parseCidr),
    skipUnchanged: { enabled: reader.flag("skip-unchanged"), maxAge: reader.parsed("max-age", parseAge) },
    deadManMinutes: reader.parsed("max-instance-minutes", (text) => parseCount(text, 1)),
  };
}

/** The inputs that name a role, common to all our actions. */
export function readRole(reader: InputReader): RoleInputs | undefined {
  const arn = reader.parsed("role-to-assume", parseRole);
  const sessionName = reader.parsed("role-session-name", parseSessionName);
  const sessionPolicy = reader.parsed("role-session-policy", parsePolicy);
  const audience = reader.text("audience") ?? "sts.amazonaws.com";
  return arn === undefined ? undefined : { arn, sessionName, sessionPolicy, audience };
}

function accept(text: string): Parsed<string> {
  return { value: text };
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
