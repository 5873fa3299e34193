import { readBody } from "../core/bounded-body.js";
import { systemClock } from "../core/clock.js";
import type { Debug } from "../core/debug.js";
import { BakeError, messageOf } from "../core/errors.js";
import { logRequest } from "../core/request-log.js";
import type { WebIdentity } from "../core/surroundings.js";
import type { GitHubEnvironment } from "./environment.js";
import type { RoleInputs } from "./inputs/account.js";
import { FORK_HINT } from "./words.js";

/** Number of retries by the toolkit after HTTP status 502 to 504. */
const RETRIES = 10;

/** Attempts when no response arrives, or one of status 429, 500 or above; and the pause between them in milliseconds. */
const ATTEMPTS = 3;
const PAUSE = 500;

/** Time limit of a silent connection, in milliseconds, as that of an AWS call. */
const SILENCE = 30_000;

/** Settings of a token request. */
export interface IdTokenRequest {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly audience: string;
  /** True for a pull request from a fork, which gets no token. */
  readonly fork: boolean;
  /** Masks the token. The toolkit's own `::add-mask::` has no effect while workflow commands are stopped. */
  mask(secret: string): void;
  readonly debug: Debug;
}

/**
 * Returns a new OpenID Connect token of GitHub, which is valid for about five minutes. Throws a `BakeError` when the job has no
 * permission for it, or when the request fails.
 */
export async function fetchIdToken({ env, audience, fork, mask, debug }: IdTokenRequest): Promise<string> {
  const address = env.ACTIONS_ID_TOKEN_REQUEST_URL;
  const bearer = env.ACTIONS_ID_TOKEN_REQUEST_TOKEN;
  if (!address || !bearer) {
    throw new BakeError('The job cannot request an OpenID Connect token, which the input "role-to-assume" needs', {
      code: "oidc-not-allowed",
      hint: fork ? FORK_HINT : "Set these permissions in the job: { id-token: write, contents: read }.",
    });
  }
  const url = new URL(address);
  url.searchParams.set("audience", audience);
  const log = { debug, clock: systemClock };
  const token = await logRequest(
    log,
    `GitHub GET ${url.host}: OpenID Connect token`,
    () => requestWithRetries(url.href, bearer),
    () => "OK",
  );
  mask(token);
  return token;
}

async function requestWithRetries(url: string, bearer: string): Promise<string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await request(url, bearer);
    } catch (error) {
      if (attempt >= ATTEMPTS || !isTemporary(error)) throw error;
      await systemClock.sleep(PAUSE);
    }
  }
}

/** Returns whether a request failed without a response, or with a status that passes by itself. */
function isTemporary(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  if (typeof cause !== "object" || cause === null) return false;
  if ("statusCode" in cause) return cause.statusCode === 429 || Number(cause.statusCode) >= 500;
  return "code" in cause || messageOf(cause).startsWith("Request timeout");
}

/** The most that is read of a response, in bytes. A token has about 2 kB. */
const TOKEN_LIMIT = 1_000_000;

/** Returns GitHub's error message, or the beginning of a response that is not JSON. */
function messageIn(text: string): string | undefined {
  return fieldOf(text, "message") ?? (text.slice(0, 1000).trim() || undefined);
}

/** Returns a text of a JSON object. Returns undefined if there is none. */
function fieldOf(text: string, name: string): string | undefined {
  try {
    const data: unknown = JSON.parse(text);
    const value: unknown = typeof data === "object" && data !== null ? Reflect.get(data, name) : undefined;
    return typeof value === "string" && value !== "" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Requests the token with the toolkit's client, which uses the proxy settings of the runner. */
async function request(url: string, bearer: string): Promise<string> {
  const [{ HttpClient }, { BearerCredentialHandler }] = await Promise.all([
    import("@actions/http-client"),
    import("@actions/http-client/lib/auth"),
  ]);
  const client = new HttpClient("bake-ami", [new BearerCredentialHandler(bearer)], {
    allowRetries: true,
    maxRetries: RETRIES,
    socketTimeout: SILENCE,
  });
  try {
    const { message } = await client.get(url, { accept: "application/json" });
    const text = await readBody(message, TOKEN_LIMIT);
    const status = message.statusCode ?? 0;
    if (status > 299)
      throw Object.assign(new Error(messageIn(text) ?? `HTTP status ${status}`), { statusCode: status });
    const token = fieldOf(text, "value");
    if (token !== undefined) return token;
    throw new Error("the response contains no token");
  } catch (cause) {
    throw new BakeError(`Could not get an OpenID Connect token from GitHub: ${messageOf(cause)}`, {
      code: "oidc-failed",
      hint: "Run the job again. If the error remains, check githubstatus.com.",
      cause,
    });
  } finally {
    client.dispose();
  }
}

/** Returns the web identity of `role-to-assume`. It fetches a new token from GitHub before each renewal, also in the post step. */
export function webIdentityOf(
  role: RoleInputs | undefined,
  environment: GitHubEnvironment,
  { env, mask, debug }: Pick<IdTokenRequest, "env" | "mask" | "debug">,
): WebIdentity | undefined {
  if (!role) return undefined;
  return {
    roleArn: role.arn,
    sessionName: role.sessionName ?? `bake-ami-${environment.runId}-${environment.attempt}`,
    sessionPolicy: role.sessionPolicy || undefined,
    fetchToken: () =>
      fetchIdToken({ env, audience: role.audience, fork: environment.pullRequest?.fork === true, mask, debug }),
  };
}
