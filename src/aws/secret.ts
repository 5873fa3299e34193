import { GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { GetParameterCommand } from "@aws-sdk/client-ssm";
import type { CallScope } from "./client/session.js";

/** A version of a secret; a binary one is base64 text. */
export interface SecretVersion {
  readonly text: string;
  readonly binary: string;
  readonly versionId: string;
}

/** Reads a secret of Secrets Manager (GetSecretValue). */
export async function readSecret(
  scope: CallScope,
  name: string,
  version: { readonly id?: string | undefined; readonly stage?: string | undefined } = {},
): Promise<SecretVersion> {
  const secrets = await scope.session.secretsManager(scope.region);
  const input = {
    SecretId: name,
    ...(version.id ? { VersionId: version.id } : {}),
    ...(version.stage ? { VersionStage: version.stage } : {}),
  };
  const answer = await secrets.send(new GetSecretValueCommand(input), scope.signal);
  return {
    text: answer.SecretString ?? "",
    binary: Buffer.from(answer.SecretBinary ?? []).toString("base64"),
    versionId: answer.VersionId ?? "",
  };
}

/** Reads a parameter of any type (GetParameter), decrypted when asked to. */
export async function readAnyParameter(
  scope: CallScope,
  name: string,
  decrypt: boolean,
): Promise<{ readonly value: string; readonly version: string; readonly arn: string }> {
  const ssm = await scope.session.ssm(scope.region);
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: name, WithDecryption: decrypt }), scope.signal);
  return { value: Parameter?.Value ?? "", version: String(Parameter?.Version ?? ""), arn: Parameter?.ARN ?? "" };
}
