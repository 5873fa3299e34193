import type { WebIdentity } from "../../core/run.js";
import type { GitHubEnvironment } from "../../github/environment.js";
import type { RoleInputs } from "../../github/inputs/account.js";
import { fetchIdToken } from "../../github/oidc.js";

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
    ...(role.sessionPolicy ? { sessionPolicy: role.sessionPolicy } : {}),
    fetchToken: () =>
      fetchIdToken({ env, audience: role.audience, fork: environment.pullRequest?.fork === true, mask }),
  };
}
