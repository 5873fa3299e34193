import { type AccessOptions, ambientAccess } from "../aws/client/options.js";
import {
  inRegions,
  type PermissionScope,
  type PermissionStatement,
  regionalArns,
  serviceName,
} from "../core/permissions.js";
import type { LookupRequest } from "../template/lookups.js";
import { decodeArguments } from "./arguments.js";
import { amazonAmiOptions, amazonParameterStoreOptions, amazonSecretsManagerOptions } from "./options.js";

/** What a data source or a secret function reads. Throws a `BakeError` for arguments that are wrong. */
export function lookupPermissions(
  { kind, arguments: given }: LookupRequest,
  scope: PermissionScope,
): readonly PermissionStatement[] {
  switch (kind) {
    case "amazon-ami": {
      const options = decodeArguments(amazonAmiOptions, given);
      return inOwnAccount(options, (region) => [
        {
          sid: "ReadSourceImages",
          actions: ["ec2:DescribeImages"],
          resources: ["*"],
          conditions: inRegions([region ?? scope.defaultRegion]),
          why: "reads the data sources amazon-ami",
        },
      ]);
    }
    case "amazon-parameterstore": {
      const options = decodeArguments(amazonParameterStoreOptions, given);
      return inOwnAccount(options, (region) => parameter(scope, region, options));
    }
    case "amazon-secretsmanager": {
      const options = decodeArguments(amazonSecretsManagerOptions, given);
      return inOwnAccount(options, (region) => secret(scope, region, options.name));
    }
    case "aws_secretsmanager":
    case "aws_secretsmanager_raw": {
      const name = typeof given === "object" && given !== null && "name" in given ? String(given.name) : "*";
      return inOwnAccount(ambientAccess, (region) => secret(scope, region, name));
    }
    default:
      return [];
  }
}

/** Returns the statements of the caller. Keys and profiles of the template are of another user; a role that is assumed has its own policy. */
function inOwnAccount(
  access: AccessOptions,
  derive: (region: string | undefined) => readonly PermissionStatement[],
): readonly PermissionStatement[] {
  if (access.access_key || access.profile) return [];
  const role = access.assume_role?.role_arn;
  if (!role) return derive(access.region || undefined);
  return [
    {
      sid: "AssumeRoleOfDataSource",
      actions: ["sts:AssumeRole"],
      resources: [role],
      conditions: {},
      why: "assumes the role in assume_role of a data source",
    },
  ];
}

/** Parameters of AWS have no account in their ARN. A SecureString with a key of the account also needs `kms:Decrypt`. */
function parameter(
  scope: PermissionScope,
  region = scope.defaultRegion,
  { name, with_decryption: decrypts }: { readonly name: string; readonly with_decryption: boolean },
): readonly PermissionStatement[] {
  const path = name.replace(/^\//, "").replace(/:[^:/]*$/, "");
  const owner = /^aws\//.test(path) ? { ...scope, account: "" } : scope;
  const decryption: PermissionStatement = {
    sid: "DecryptParameters",
    actions: ["kms:Decrypt"],
    resources: regionalArns(scope, "kms", [region], "key/*"),
    conditions: {
      StringLike: { "kms:ViaService": [serviceName(`ssm.${region}`, scope.partition)] },
    },
    why: "decrypts parameters of the data sources amazon-parameterstore",
    ifDenied: "only parameters with the key of AWS are decrypted",
    unlogged: ["kms:Decrypt"],
  };
  return [
    {
      sid: "ReadParameters",
      actions: ["ssm:GetParameter"],
      resources: name.startsWith("arn:") ? [name] : regionalArns(owner, "ssm", [region], `parameter/${path}`),
      conditions: {},
      why: "reads the data sources amazon-parameterstore",
    },
    ...(decrypts ? [decryption] : []),
  ];
}

/** The ARN of a secret ends with six characters of Secrets Manager. */
function secret(scope: PermissionScope, region = scope.defaultRegion, name: string): readonly PermissionStatement[] {
  const resources = name.startsWith("arn:")
    ? [name]
    : regionalArns(scope, "secretsmanager", [region], name === "*" ? "secret:*" : `secret:${name}-??????`);
  return [
    {
      sid: "ReadSecrets",
      actions: ["secretsmanager:GetSecretValue"],
      resources,
      conditions: {},
      why: "reads the secrets that the template uses",
    },
  ];
}
