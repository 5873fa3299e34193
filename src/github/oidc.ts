import { BakeError, messageOf } from "../core/errors.js";

/**
 * Asks GitHub for a fresh OpenID Connect token (it lives about five minutes; one may be asked for at any time of the job).
 * Throws a `BakeError` that says how to allow it where the job may not.
 */
export async function fetchIdToken(
  env: Readonly<Record<string, string | undefined>>,
  audience: string,
  pullRequestFromFork: boolean,
): Promise<string> {
  if (!env.ACTIONS_ID_TOKEN_REQUEST_URL || !env.ACTIONS_ID_TOKEN_REQUEST_TOKEN) {
    throw new BakeError("the job may not ask for an OpenID Connect token, which role-to-assume needs", {
      code: "oidc-not-allowed",
      blame: "user",
      hint: pullRequestFromFork
        ? "Pull requests from forks get no such token: rehearse them with the rehearse action, and bake after the merge."
        : "Give the job these permissions: { id-token: write, contents: read }.",
    });
  }
  const { getIDToken } = await import("@actions/core");
  try {
    return await getIDToken(audience);
  } catch (cause) {
    throw new BakeError(`GitHub did not give an OpenID Connect token: ${messageOf(cause)}`, {
      code: "oidc-failed",
      blame: "cloud",
      hint: "Run the job again; if it stays, look at githubstatus.com.",
      cause,
    });
  }
}
