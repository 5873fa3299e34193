import type { ApiCall } from "../call.js";
import { permits } from "../iam/authorization/authorize.js";

/** AWS's own keys, which everybody in the account may use for EBS. */
const AWS_MANAGED = /(^|:)alias\/aws\//;

/** What EBS does with a key in the name of the caller (EBS user guide, "Permissions for IAM users"). */
const NEEDED = [
  "kms:CreateGrant",
  "kms:Decrypt",
  "kms:DescribeKey",
  "kms:GenerateDataKeyWithoutPlaintext",
  "kms:ReEncryptFrom",
  "kms:ReEncryptTo",
] as const;

/**
 * Returns whether the caller may use a KMS key for the disks that a call of EC2 creates. EC2 accepts the call in any case, and the disk fails
 * later.
 */
export function mayUseKey(call: ApiCall, keyId: string): boolean {
  if (AWS_MANAGED.test(keyId)) return true;
  const keys = {
    "kms:ViaService": `ec2.${call.region.name}.amazonaws.com`,
    "kms:CallerAccount": call.cloud.account,
    "kms:GrantIsForAWSResource": true,
    "kms:RequestAlias": keyId.startsWith("alias/") ? keyId : undefined,
    "kms:ResourceAliases": keyId.startsWith("alias/") ? [keyId] : undefined,
    "aws:ViaAWSService": true,
    "aws:CalledVia": ["ec2.amazonaws.com"],
  };
  return NEEDED.every((action) => permits(call, action, { type: "key", id: keyId }, keys));
}
