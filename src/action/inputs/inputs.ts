import { resolve } from "node:path";
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
  readonly commentKey: string;
  readonly token: string | undefined;
}

/** Reads the inputs from the environment of the runner; `working-directory` is relative to `workspace`. Returns all errors together. */
export function readInputs(
  env: Readonly<Record<string, string | undefined>>,
  workspace: string,
  local = false,
): ReadInputs<ActionInputs> {
  const read = readActionInputs(REQUESTS, "bake", env);
  const { values } = read;
  const own = {
    workingDirectory: resolve(workspace, values.workingDirectory),
    templatePath: values.template,
    configType: undefined,
    warnOnUndeclaredVariables: false,
    debug: false,
    local,
  };
  const request = bakeRequest(read, own, env);
  return inputsUnless(read, {
    request,
    role: roleOf(values),
    comment: values.comment,
    commentKey: values.commentKey,
    token: values.githubToken,
  });
}
