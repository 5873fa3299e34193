import type { Actions, ApiCall, Handler } from "../call.js";
import { readTags, tagList } from "../records.js";
import { refusal } from "../wire/errors.js";
import { flag, integer, required, text } from "../wire/query.js";
import type { Members } from "../wire/xml.js";
import { newSecret, type Secret } from "./model.js";

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

/** Handlers of the calls of Secrets Manager. */
export const secretActions: Actions = {
  CreateSecret: createSecret,
  GetSecretValue: getSecretValue,
  DescribeSecret: describeSecret,
  DeleteSecret: deleteSecret,
};
