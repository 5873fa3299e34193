import { resolve } from "node:path";
import type { Diagnostic } from "../../core/diagnostics.js";
import {
  CIDRS_VARIABLE,
  ON_ERROR_WORDS,
  type Parsed,
  parseAge,
  parseCidr,
  parseCount,
  parseVariable,
  parseWord,
  splitLines,
  splitList,
} from "../../core/request-values.js";
import { type BakeRequest, PACKAGE_MODES } from "../../engine/request.js";
import { type AccountInputs, accountInputs, type RoleInputs } from "./account.js";
import { type InputReader, inputReader, inputsUnless, type ReadInputs } from "./reader.js";
import { readRetention } from "./retention.js";

/** When a comment is written: `auto` on the event's pull request, `always` also on the pull request of a pushed commit. */
export type CommentMode = "auto" | "always" | "never";

/** The inputs, checked. */
export interface ActionInputs {
  readonly request: BakeRequest;
  readonly role: RoleInputs | undefined;
  readonly comment: CommentMode;
  readonly commentKey: string;
  readonly token: string | undefined;
}

/** Reads all inputs from the runner's environment; `workspace` is where `working-directory` starts. */
export function readInputs(
  env: Readonly<Record<string, string | undefined>>,
  workspace: string,
): ReadInputs<ActionInputs> {
  const reader = inputReader(env);
  const environment: Diagnostic[] = [];
  const account = accountInputs(reader);
  const inputs: ActionInputs = {
    request: withCidrs(readRequest(reader, account, workspace), env[CIDRS_VARIABLE], environment),
    role: account.role,
    comment: reader.parsed("comment", (text) => parseWord(text, ["auto", "always", "never"])) ?? "auto",
    commentKey: reader.text("comment-key") ?? "",
    token: reader.text("github-token"),
  };
  return inputsUnless([...reader.complaints, ...environment], inputs);
}

function readRequest(reader: InputReader, account: AccountInputs, workspace: string): BakeRequest {
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
    settings: readSettings(reader, account),
    parallelBuilds: reader.parsed("parallel-builds", (text) => parseCount(text, 0)) || undefined,
    image: reader.text("image"),
    ssmParameter: reader.text("ssm-parameter"),
    packages: reader.parsed("packages", (text) => parseWord(text, PACKAGE_MODES)) ?? "auto",
    retention,
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
    complaints.push({ severity: "error", code: "invalid-input", summary, hint: hint || undefined });
  }
  return { ...request, settings: { ...request.settings, sshSourceCidrs } };
}

function readSettings(reader: InputReader, { regions, region }: AccountInputs): BakeRequest["settings"] {
  return {
    onError: reader.parsed("on-error", (text) => parseWord(text, ON_ERROR_WORDS)) ?? "cleanup",
    force: reader.flag("force"),
    debug: false,
    regions,
    defaultRegion: region,
    missingRegion: reader.parsed("missing-region", (text) => parseWord(text, ["fail", "warn"])) ?? "fail",
    spotFallback: reader.flag("spot-fallback"),
    sshSourceCidrs: reader.list("ssh-source-cidrs", splitList, parseCidr),
    skipUnchanged: { enabled: reader.flag("skip-unchanged"), maxAge: reader.parsed("max-age", parseAge) },
    deadManMinutes: reader.parsed("max-instance-minutes", (text) => parseCount(text, 1)),
  };
}

function accept(text: string): Parsed<string> {
  return { value: text };
}
