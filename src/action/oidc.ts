import { BakeError, messageOf } from "../core/errors.js";
import type { WebIdentity } from "../core/surroundings.js";
import type { GitHubEnvironment } from "./environment.js";
import type { RoleInputs } from "./inputs/account.js";

/** Times that a request is repeated when GitHub answers 502 to 504. */
const RETRIES = 10;

/** Who asks for a token, and how it is hidden. */
export interface IdTokenRequest {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly audience: string;
  /** Pull requests from forks get no token. */
  readonly fork: boolean;
  /** Masks the token. Not left to the toolkit: its `::add-mask::` on stdout is printed, not obeyed, while commands are stopped. */
  mask(secret: string): void;
}

/**
 * Asks GitHub for a fresh OpenID Connect token (it lives about five minutes; one may be asked for at any time of the job).
 * Throws a `BakeError` that says how to allow it where the job may not.
 */
export async function fetchIdToken({ env, audience, fork, mask }: IdTokenRequest): Promise<string> {
  const address = env.ACTIONS_ID_TOKEN_REQUEST_URL;
  const bearer = env.ACTIONS_ID_TOKEN_REQUEST_TOKEN;
  if (!address || !bearer) {
    throw new BakeError("the job may not ask for an OpenID Connect token, which role-to-assume needs", {
      code: "oidc-not-allowed",
      hint: fork
        ? "Pull requests from forks get no such token: rehearse them with the rehearse action, and bake after the merge."
        : "Give the job these permissions: { id-token: write, contents: read }.",
    });
  }
  const url = new URL(address);
  url.searchParams.set("audience", audience);
  const token = await request(url.href, bearer);
  mask(token);
  return token;
}

/** The toolkit's client knows the proxy settings of runners. */
async function request(url: string, bearer: string): Promise<string> {
  const [{ HttpClient }, { BearerCredentialHandler }] = await Promise.all([
    import("@actions/http-client"),
    import("@actions/http-client/lib/auth"),
  ]);
  const client = new HttpClient("bake-ami", [new BearerCredentialHandler(bearer)], {
    allowRetries: true,
    maxRetries: RETRIES,
  });
  try {
    const { result } = await client.getJson<{ readonly value?: unknown }>(url);
    if (typeof result?.value === "string" && result.value !== "") return result.value;
    throw new Error("the answer holds no token");
  } catch (cause) {
    throw new BakeError(`GitHub did not give an OpenID Connect token: ${messageOf(cause)}`, {
      code: "oidc-failed",
      hint: "Run the job again; if it stays, look at githubstatus.com.",
      cause,
    });
  } finally {
    client.dispose();
  }
}

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
