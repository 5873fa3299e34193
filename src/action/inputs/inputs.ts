import { resolve } from "node:path";
import type { WindowsMode } from "../../core/settings.js";
import type { BakeRequest } from "../../engine/request.js";
import { bakeRequest } from "../../engine/requests/bake.js";
import { REQUESTS } from "../../engine/requests/table.js";
import { type RoleInputs, roleOf } from "./account.js";
import { inputsUnless, type ReadInputs, readActionInputs } from "./reader.js";

/** When a comment is written: `auto` on the pull request of the event, `always` also on the pull request of a pushed commit. */
export type CommentMode = "auto" | "always" | "never";

/** The valid inputs of a bake or a rehearsal. */
export interface ActionInputs {
  readonly request: BakeRequest;
  readonly role: RoleInputs | undefined;
  readonly comment: CommentMode;
  /** The default is the matrix of the job as JSON; empty without a matrix. */
  readonly commentKey: string;
  readonly token: string | undefined;
  /** What a rehearsal does with Windows instances. */
  readonly localWindows: WindowsMode;
  /** File with the IAM policy of a rehearsal. */
  readonly localPolicy: string | undefined;
}

/** The default of `comment-key`, an expression, in a job without a matrix. */
const NO_MATRIX = "null";

/** Reads the inputs from the environment of the runner; `working-directory` is relative to `workspace`. Returns all errors together. */
export function readInputs(
  env: Readonly<Record<string, string | undefined>>,
  workspace: string,
  local = false,
): ReadInputs<ActionInputs> {
  const read = readActionInputs(REQUESTS, "bake", env);
  const { values } = read;
  if (values.template?.includes("\n")) {
    read.complain(
      "template",
      "must be the path of one template",
      "Use one job per template. The matrix action lists them.",
    );
  }
  const own = {
    workingDirectory: resolve(workspace, values.workingDirectory),
    job: { workspace: resolve(workspace), repository: env.GITHUB_REPOSITORY },
    // Absent after the error that it is required; the other inputs are still read.
    templatePath: values.template ?? "",
    configType: undefined,
    warnOnUndeclaredVariables: false,
    debug: false,
    local,
  };
  const request = bakeRequest(read, own, env);
  // A bake does not have this input.
  const rehearsal = readActionInputs(
    { localWindows: REQUESTS.localWindows, localPolicy: REQUESTS.localPolicy },
    "rehearse",
    local ? env : {},
  );
  const both = { complaints: [...read.complaints, ...rehearsal.complaints], warnings: read.warnings };
  return inputsUnless(both, {
    localWindows: rehearsal.values.localWindows,
    localPolicy: rehearsal.values.localPolicy,
    request,
    role: roleOf(values),
    comment: values.comment,
    commentKey: values.commentKey === NO_MATRIX ? "" : values.commentKey,
    token: values.githubToken,
  });
}
