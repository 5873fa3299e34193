import type { WebIdentity } from "../core/surroundings.js";
import type { GitHubEnvironment } from "./environment.js";
import type { RoleInputs } from "./inputs/account.js";
import { fetchIdToken } from "./oidc.js";

/** `role-to-assume` as a web identity: a fresh token from GitHub before each renewal, also in post. */
export function webIdentityOf(
  role: RoleInputs | undefined,
  environment: GitHubEnvironment,
  env: Readonly<Record<string, string | undefined>>,
  mask: (secret: string) => void,
): WebIdentity | undefined {
  if (!role) return undefined;
  return {
    roleArn: role.arn,
    sessionName: role.sessionName ?? `bake-ami-${environment.runId}-${environment.attempt}`,
    sessionPolicy: role.sessionPolicy || undefined,
    fetchToken: () =>
      fetchIdToken({ env, audience: role.audience, fork: environment.pullRequest?.fork === true, mask }),
  };
}
