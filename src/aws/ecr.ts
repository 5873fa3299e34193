import { BakeError } from "../core/errors.js";
import { openSession, type SessionSurroundings } from "./client/open-session.js";
import { ambientAccess } from "./client/options.js";
import type { AwsSession } from "./client/session.js";

/** An Amazon ECR registry: the private registry of an account and Region, or ECR Public. */
export type EcrRegistry =
  | { readonly kind: "private"; readonly account: string; readonly region: string }
  | { readonly kind: "public" };

/** Keys or a profile that a template sets for ECR only. Without them the default credentials are used. */
export interface EcrAccess {
  readonly aws_access_key: string | undefined;
  readonly aws_secret_key: string | undefined;
  readonly aws_token: string | undefined;
  readonly aws_profile: string | undefined;
}

/** The Region that issues tokens for ECR Public (Amazon ECR Public user guide, "Registry authentication"). */
const PUBLIC_REGION = "us-east-1";

/**
 * Returns the user and password for `docker login` to an ECR registry (GetAuthorizationToken of ECR or ECR Public). They are valid for
 * 12 hours. Rejects with an `AwsError`, or a `BakeError` when ECR returns no token.
 */
export async function readEcrLogin(
  registry: EcrRegistry,
  access: EcrAccess,
  surroundings: SessionSurroundings,
  signal: AbortSignal,
): Promise<{ readonly username: string; readonly password: string }> {
  const region = registry.kind === "public" ? PUBLIC_REGION : registry.region;
  const session = await openSession(
    {
      ...ambientAccess,
      region,
      access_key: access.aws_access_key,
      secret_key: access.aws_secret_key,
      token: access.aws_token,
      profile: access.aws_profile,
    },
    surroundings,
  );
  try {
    const token =
      registry.kind === "public"
        ? await publicToken(session, signal)
        : await privateToken(session, registry.account, signal);
    const [username = "", password = ""] = Buffer.from(token, "base64").toString("utf8").split(/:(.*)/s);
    if (username === "" || password === "") throw noToken(registry.kind, region);
    return { username, password };
  } finally {
    session.close();
  }
}

async function privateToken(session: AwsSession, account: string, signal: AbortSignal): Promise<string> {
  const { GetAuthorizationTokenCommand } = await import("@aws-sdk/client-ecr");
  const ecr = await session.ecr();
  const response = await ecr.send(new GetAuthorizationTokenCommand({ registryIds: [account] }), signal);
  return response.authorizationData?.[0]?.authorizationToken ?? "";
}

async function publicToken(session: AwsSession, signal: AbortSignal): Promise<string> {
  const { GetAuthorizationTokenCommand } = await import("@aws-sdk/client-ecr-public");
  const ecrPublic = await session.ecrPublic();
  const response = await ecrPublic.send(new GetAuthorizationTokenCommand({}), signal);
  return response.authorizationData?.authorizationToken ?? "";
}

function noToken(kind: EcrRegistry["kind"], region: string): BakeError {
  return new BakeError(`${kind === "public" ? "ECR Public" : "ECR"} returned no authorization token`, {
    code: "ecr-no-token",
    region,
    hint:
      kind === "public"
        ? "Allow ecr-public:GetAuthorizationToken and sts:GetServiceBearerToken in the role's IAM policy."
        : "Allow ecr:GetAuthorizationToken in the role's IAM policy.",
  });
}
