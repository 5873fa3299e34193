import { type Actions, type ApiCall, endDryRun, type Handler } from "../../call.js";
import type { Region } from "../../cloud.js";
import { ACCOUNT } from "../../records.js";
import { required } from "../../wire/query.js";

/** The key of a volume or snapshot that is encrypted without a key in the call. */
export function defaultKeyOf({ name, ebs }: Region): string {
  return ebs.defaultKey.startsWith("alias/") ? `arn:aws:kms:${name}:${ACCOUNT}:${ebs.defaultKey}` : ebs.defaultKey;
}

function setting(change: (call: ApiCall) => void, response: (region: Region) => object): Handler {
  return (call) => {
    endDryRun(call);
    change(call);
    return { ...response(call.region) };
  };
}

const none = (): void => undefined;
const encryption = (region: Region) => ({ ebsEncryptionByDefault: region.ebs.encryptionByDefault });
const key = (region: Region) => ({ kmsKeyId: region.ebs.defaultKey });
const state = (region: Region) => ({ state: region.ebs.publicSnapshots });

/** Handlers of the account's settings of EBS in a Region. */
export const ebsSettingActions: Actions = {
  GetEbsEncryptionByDefault: setting(none, encryption),
  EnableEbsEncryptionByDefault: setting(({ region }) => {
    region.ebs.encryptionByDefault = true;
  }, encryption),
  DisableEbsEncryptionByDefault: setting(({ region }) => {
    region.ebs.encryptionByDefault = false;
  }, encryption),
  GetEbsDefaultKmsKeyId: setting(none, key),
  ModifyEbsDefaultKmsKeyId: setting(({ region, params }) => {
    region.ebs.defaultKey = required(params, "KmsKeyId");
  }, key),
  ResetEbsDefaultKmsKeyId: setting(({ region }) => {
    region.ebs.defaultKey = "alias/aws/ebs";
  }, key),
  GetSnapshotBlockPublicAccessState: setting(none, state),
  EnableSnapshotBlockPublicAccess: setting(({ region, params }) => {
    region.ebs.publicSnapshots = required(params, "State");
  }, state),
  DisableSnapshotBlockPublicAccess: setting(({ region }) => {
    region.ebs.publicSnapshots = "unblocked";
  }, state),
};
