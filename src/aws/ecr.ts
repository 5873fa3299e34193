import { GetAuthorizationTokenCommand } from "@aws-sdk/client-ecr";
import { BakeError } from "../core/errors.js";
import { ambientAccess } from "./options.js";
import { openSession, type SessionSurroundings } from "./session.js";

/** A registry of Amazon ECR, read from its host name. */
export interface EcrRegistry {
  readonly account: string;
  readonly region: string;
}

/** Keys or a profile that a template names for ECR alone; without any the ambient credentials hold. */
export interface EcrAccess {
  readonly aws_access_key: string | undefined;
  readonly aws_secret_key: string | undefined;
  readonly aws_token: string | undefined;
  readonly aws_profile: string | undefined;
}

/**
 * User and password for `docker login` to a private ECR registry (ECR GetAuthorizationToken), good for twelve hours. Rejects with
 * an `AwsError`.
 */
export async function ecrLogin(
  registry: EcrRegistry,
  access: EcrAccess,
  surroundings: SessionSurroundings,
  signal: AbortSignal,
): Promise<{ readonly username: string; readonly password: string }> {
  const session = await openSession(
    {
      ...ambientAccess,
      region: registry.region,
      access_key: access.aws_access_key,
      secret_key: access.aws_secret_key,
      token: access.aws_token,
      profile: access.aws_profile,
    },
    surroundings,
  );
  try {
    const ecr = await session.ecr();
    const answer = await ecr.send(new GetAuthorizationTokenCommand({ registryIds: [registry.account] }), signal);
    const token = answer.authorizationData?.[0]?.authorizationToken ?? "";
    const [username = "", password = ""] = Buffer.from(token, "base64").toString("utf8").split(/:(.*)/s);
    if (username === "" || password === "") {
      throw new BakeError("ECR gave no authorization token", {
        code: "ecr-no-token",
        blame: "cloud",
        region: registry.region,
        hint: "The role needs ecr:GetAuthorizationToken.",
      });
    }
    return { username, password };
  } finally {
    session.close();
  }
}
