import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import type { CallScope } from "./client/session.js";

/** A version of a secret; a binary value is base64 text. */
export interface SecretVersion {
  readonly text: string;
  readonly binary: string;
  readonly versionId: string;
}

/** Returns a secret of Secrets Manager (GetSecretValue). */
export async function readSecret(
  scope: CallScope,
  name: string,
  version: { readonly id?: string | undefined; readonly stage?: string | undefined } = {},
): Promise<SecretVersion> {
  const secrets = await scope.session.secretsManager(scope.region);
  const input = {
    SecretId: name,
    VersionId: version.id || undefined,
    VersionStage: version.stage || undefined,
  };
  const response = await secrets.send(new GetSecretValueCommand(input), scope.signal);
  return {
    text: response.SecretString ?? "",
    binary: Buffer.from(response.SecretBinary ?? []).toString("base64"),
    versionId: response.VersionId ?? "",
  };
}
