import { randomUUID } from "node:crypto";
import { ACCOUNT } from "../account.js";
import type { Actions, ApiCall, Handler } from "../call.js";
import { newId } from "../ec2/ids.js";
import { readTags, type TagMap, tagList } from "../ec2/tags.js";
import { refusal } from "../wire/errors.js";
import { flag, integer, required, text } from "../wire/query.js";
import type { Members } from "../wire/xml.js";

/** A secret with its current value. */
export interface Secret {
  readonly name: string;
  readonly arn: string;
  readonly createdAt: number;
  readonly versionId: string;
  readonly string?: string | undefined;
  /** In base64. */
  readonly binary?: string | undefined;
  readonly tags: TagMap;
  /** When it goes, in milliseconds; it cannot be read until then. */
  deleteAt?: number | undefined;
}

/** A new secret as it is kept. */
export function newSecret(
  region: string,
  name: string,
  createdAt: number,
  value: Pick<Secret, "string" | "binary">,
): Secret {
  return {
    name,
    arn: `arn:aws:secretsmanager:${region}:${ACCOUNT}:secret:${name}-${newId("x").slice(-6)}`,
    createdAt,
    versionId: randomUUID(),
    tags: new Map(),
    ...value,
  };
}

function find(call: ApiCall): Secret {
  const id = required(call.params, "SecretId");
  const secret = [...call.region.secrets.values()].find(
    (entry) => entry.name === id || entry.arn === id || entry.arn.replace(/-\w{6}$/, "") === id,
  );
  if (secret === undefined) {
    throw refusal("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
  }
  return secret;
}

const createSecret: Handler = ({ cloud, region, params }) => {
  const name = required(params, "Name");
  if (region.secrets.has(name)) {
    throw refusal("ResourceExistsException", `The operation failed because the secret ${name} already exists.`);
  }
  const string = text(params, "SecretString");
  const binary = text(params, "SecretBinary");
  const secret = {
    ...newSecret(region.name, name, cloud.time.now(), {
      string,
      binary,
    }),
    tags: readTags(params, "Tags"),
  };
  region.secrets.set(name, secret);
  return { ARN: secret.arn, Name: name, VersionId: secret.versionId };
};

const getSecretValue: Handler = (call): Members => {
  const secret = find(call);
  if (secret.deleteAt !== undefined) {
    throw refusal(
      "InvalidRequestException",
      "You can't perform this operation on the secret because it was marked for deletion.",
    );
  }
  const version = text(call.params, "VersionId");
  const stage = text(call.params, "VersionStage") ?? "AWSCURRENT";
  if ((version !== undefined && version !== secret.versionId) || stage !== "AWSCURRENT") {
    throw refusal(
      "ResourceNotFoundException",
      `Secrets Manager can't find the specified secret value for ${version ? `VersionId: ${version}` : `staging label: ${stage}`}`,
    );
  }
  return {
    ARN: secret.arn,
    Name: secret.name,
    VersionId: secret.versionId,
    SecretString: secret.string,
    SecretBinary: secret.binary,
    VersionStages: ["AWSCURRENT"],
    CreatedDate: secret.createdAt / 1000,
  };
};

const describeSecret: Handler = (call) => {
  const secret = find(call);
  return {
    ARN: secret.arn,
    Name: secret.name,
    CreatedDate: secret.createdAt / 1000,
    DeletedDate: secret.deleteAt === undefined ? undefined : secret.deleteAt / 1000,
    Tags: tagList(secret.tags),
  };
};

const deleteSecret: Handler = (call) => {
  const { cloud, params, region } = call;
  const secret = find(call);
  const days = integer(params, "RecoveryWindowInDays") ?? 30;
  if (flag(params, "ForceDeleteWithoutRecovery") === true) {
    region.secrets.delete(secret.name);
  } else {
    secret.deleteAt = cloud.time.now() + days * 24 * 3600 * 1000;
  }
  return { ARN: secret.arn, Name: secret.name, DeletionDate: (secret.deleteAt ?? cloud.time.now()) / 1000 };
};

export const secretActions: Actions = {
  CreateSecret: createSecret,
  GetSecretValue: getSecretValue,
  DescribeSecret: describeSecret,
  DeleteSecret: deleteSecret,
};
