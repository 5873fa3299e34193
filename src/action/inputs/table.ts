/** Inputs that say in which account and regions to work: of every action that asks AWS for anything, in this order. */
export const ACCOUNT_INPUTS = [
  "regions",
  "aws-region",
  "role-to-assume",
  "role-session-name",
  "role-session-policy",
  "audience",
] as const;

/** Inputs that say which older images stay, in this order. */
export const RETENTION_INPUTS = ["keep", "keep-days", "disable-first", "keep-names"] as const;

/** Every input of the Action, in the order of action.yml, which a test compares with this list. */
export const INPUTS = [
  "template",
  "working-directory",
  "variables",
  "variable-files",
  "only",
  "except",
  ...ACCOUNT_INPUTS,
  "image",
  "ssm-parameter",
  "packages",
  "ssh-source-cidrs",
  "skip-unchanged",
  "max-age",
  ...RETENTION_INPUTS,
  "missing-region",
  "spot-fallback",
  "on-error",
  "force",
  "parallel-builds",
  "max-instance-minutes",
  "comment",
  "comment-key",
  "github-token",
] as const;

/** Inputs that only the other actions have: `sweep/action.yml`, `prune/action.yml`, `promote/action.yml`, `matrix/action.yml`. */
type OtherInput =
  | "path"
  | "exclude"
  | "per-build"
  | "dry-run"
  | "parameter"
  | "artifact"
  | "rollback"
  | "label"
  | "launch-template"
  | "shared-with";

export type InputName = (typeof INPUTS)[number] | OtherInput;

/** Inputs as the runner passes them: `INPUT_` and the name in upper case, spaces as underscores; hyphens stay. */
export function inputText(env: Readonly<Record<string, string | undefined>>, name: InputName): string {
  return (env[`INPUT_${name.replaceAll(" ", "_").toUpperCase()}`] ?? "").trim();
}
