import type { ApiCall } from "../../call.js";
import { flag, group, groups, has, type Params, text, texts } from "../../wire/query.js";
import type { KeyValues } from "../policies/patterns.js";
import type { Principal } from "./principal.js";
import type { Keys } from "./resources.js";

/** Returns condition keys as IAM reads them: without case, each with a list of texts. */
export function keyValues(keys: Keys): KeyValues {
  const found = new Map<string, readonly string[]>();
  for (const [name, value] of Object.entries(keys)) {
    if (value !== undefined) found.set(name.toLowerCase(), textsOf(value));
  }
  return found;
}

/** Returns the values of a condition key as texts. */
export function textsOf(value: Exclude<Keys[string], undefined>): readonly string[] {
  return typeof value === "object" ? value : [String(value)];
}

/** Keys of every call (IAM user guide, "AWS global condition context keys"). To AWS, SDKs use TLS only. */
export function commonKeys(call: ApiCall, { keys }: Principal): Keys {
  const now = call.cloud.time.now();
  return {
    ...keys,
    "aws:RequestedRegion": call.region.name,
    "ec2:Region": call.region.name,
    "aws:CurrentTime": new Date(now).toISOString(),
    "aws:EpochTime": Math.floor(now / 1000),
    "aws:SourceIp": "127.0.0.1",
    "aws:SecureTransport": true,
    "aws:ViaAWSService": false,
  };
}

/** `aws:RequestTag` and `aws:TagKeys` of tags that a call sets, or of the names that it removes. */
export function requestTagKeys(tags: readonly Params[], names: readonly string[] = []): Keys {
  const keys = [...tags.map((tag) => text(tag, "Key") ?? ""), ...names];
  return {
    ...Object.fromEntries(tags.map((tag) => [`aws:RequestTag/${text(tag, "Key")}`, text(tag, "Value") ?? ""])),
    "aws:TagKeys": keys.length > 0 ? keys : undefined,
  };
}

/** Attributes that a call of EC2 changes: in the form `Attribute`, or by a member such as `EnaSupport.Value`. */
function attributeKeys(params: Params): Keys {
  const members = Object.keys(params).filter((name) => has(params, `${name}.Value`));
  const named = text(params, "Attribute");
  const names = [...(named === undefined ? [] : [named]), ...members];
  const values = members.map((name) => [`ec2:Attribute/${name}`, text(params, `${name}.Value`)] as const);
  return { "ec2:Attribute": names.length > 0 ? names : undefined, ...Object.fromEntries(values) };
}

/** Whom a call shares a snapshot with, or no longer. */
function sharingKeys(params: Params): Keys {
  const changes = ["Add", "Remove"].flatMap((side) => {
    const entries = groups(params, `CreateVolumePermission.${side}`);
    const isForm = (text(params, "OperationType") ?? "add") === side.toLowerCase();
    const users = [
      ...entries.flatMap((each) => text(each, "UserId") ?? []),
      ...(isForm ? texts(params, "UserId") : []),
    ];
    const all = [
      ...entries.flatMap((each) => text(each, "Group") ?? []),
      ...(isForm ? texts(params, "UserGroup") : []),
    ];
    return [
      [`ec2:${side}/userId`, users.length > 0 ? users : undefined],
      [`ec2:${side}/group`, all.length > 0 ? all : undefined],
    ] as const;
  });
  return { ...attributeKeys(params), ...Object.fromEntries(changes) };
}

const setsTags = (params: Params): Keys => requestTagKeys(groups(params, "Tags"));
const removesTags = (params: Params): Keys => requestTagKeys([], texts(params, "TagKeys"));

/** Keys of one action, in addition to those of its resources. */
const BY_ACTION: Readonly<Record<string, (params: Params) => Keys>> = {
  "ec2:CreateTags": (params) => requestTagKeys(groups(params, "Tag")),
  "ec2:DeleteTags": (params) => requestTagKeys(groups(params, "Tag")),
  "ec2:ModifyImageAttribute": attributeKeys,
  "ec2:ResetImageAttribute": attributeKeys,
  "ec2:DescribeImageAttribute": attributeKeys,
  "ec2:ModifyInstanceAttribute": attributeKeys,
  "ec2:ModifySnapshotAttribute": sharingKeys,
  "ec2:CreateKeyPair": (params) => ({ "ec2:KeyPairType": text(params, "KeyType") ?? "rsa" }),
  "ec2-instance-connect:SendSSHPublicKey": (params) => ({ "ec2:osuser": text(params, "InstanceOSUser") }),
  "ec2-instance-connect:OpenTunnel": (params) => ({
    "ec2-instance-connect:remotePort": text(params, "remotePort"),
    "ec2-instance-connect:privateIpAddress": text(params, "privateIpAddress"),
    "ec2-instance-connect:maxTunnelDuration": text(params, "maxTunnelDuration") ?? "3600",
  }),
  "ssm:PutParameter": (params) => ({ ...setsTags(params), "ssm:Overwrite": flag(params, "Overwrite") ?? false }),
  "ssm:AddTagsToResource": setsTags,
  "ssm:RemoveTagsFromResource": removesTags,
  "ssm:GetParametersByPath": (params) => ({ "ssm:Recursive": flag(params, "Recursive") ?? false }),
  "ssm:StartSession": (params) => ({ "ssm:SessionDocumentAccessCheck": has(params, "DocumentName") }),
  "iam:CreateRole": (params) => ({
    ...setsTags(params),
    "iam:PermissionsBoundary": text(params, "PermissionsBoundary"),
  }),
  "iam:AttachRolePolicy": (params) => ({ "iam:PolicyARN": text(params, "PolicyArn") }),
  "iam:DetachRolePolicy": (params) => ({ "iam:PolicyARN": text(params, "PolicyArn") }),
  "iam:TagRole": setsTags,
  "iam:UntagRole": removesTags,
  "iam:CreateInstanceProfile": setsTags,
  "iam:TagInstanceProfile": setsTags,
  "iam:UntagInstanceProfile": removesTags,
  "sts:AssumeRole": (params) => ({
    ...setsTags(params),
    "sts:ExternalId": text(params, "ExternalId"),
    "sts:RoleSessionName": text(params, "RoleSessionName"),
    "sts:SourceIdentity": text(params, "SourceIdentity"),
  }),
  "kms:GenerateDataKey": (params) => encryptionContext(params),
  "secretsmanager:GetSecretValue": (params) => ({ "secretsmanager:SecretId": text(params, "SecretId") }),
  "secretsmanager:CreateSecret": (params) => ({ ...setsTags(params), "secretsmanager:Name": text(params, "Name") }),
};

function encryptionContext(params: Params): Keys {
  const context = group(params, "EncryptionContext") ?? {};
  const names = Object.keys(context);
  return {
    ...Object.fromEntries(names.map((name) => [`kms:EncryptionContext:${name}`, text(context, name)])),
    "kms:EncryptionContextKeys": names.length > 0 ? names : undefined,
    "kms:RequestAlias": text(params, "KeyId")?.startsWith("alias/") ? text(params, "KeyId") : undefined,
  };
}

/** Returns the condition keys of an action that its parameters set. */
export function keysOfAction(action: string, params: Params): Keys {
  return Object.hasOwn(BY_ACTION, action) ? (BY_ACTION[action]?.(params) ?? {}) : {};
}
