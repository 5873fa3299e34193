import { failedAs } from "../../../../aws/client/errors.js";
import type { CallScope } from "../../../../aws/client/session.js";
import { describeKey } from "../../../../aws/kms-key.js";
import type { Diagnostic } from "../../../../core/diagnostics.js";
import { messageOf } from "../../../../core/errors.js";
import type { BakeReading } from "../../bake.js";
import type { ImagePlan } from "../../plan.js";
import { isPermission } from "./problems.js";

/** A KMS key of the template, and the option that sets it. */
export interface UsedKey {
  readonly id: string;
  readonly region: string;
  readonly option: string;
}

/** Returns the keys of the template, those first whose error comes late: an image is encrypted after the provisioning. */
export function keysOf({ options }: BakeReading, { buildRegion, targets }: ImagePlan): readonly UsedKey[] {
  const ofImages = targets.flatMap(({ region, kmsKeyId: id }) => {
    const option = region === buildRegion ? "kms_key_id" : `region_kms_key_ids.${region}`;
    return id === undefined || options.skip_create_ami ? [] : [{ id, region, option }];
  });
  const ofVolumes = (["ami_block_device_mappings", "launch_block_device_mappings"] as const).flatMap((devices) =>
    options[devices].flatMap(({ kms_key_id: id }, index) =>
      id ? [{ id, region: buildRegion, option: `${devices}[${index}].kms_key_id` }] : [],
    ),
  );
  const all = [...ofImages, ...ofVolumes];
  return all.filter(({ id, region }, at) => all.findIndex((key) => key.id === id && key.region === region) === at);
}

/** Checks that a key exists and that EBS can encrypt with it (EBS User Guide, "Requirements for Amazon EBS encryption"). */
export async function checkKey(
  { context }: BakeReading,
  scope: CallScope,
  { id, region, option }: UsedKey,
): Promise<Diagnostic | undefined> {
  const range = context.place(option);
  try {
    const { state, usage, spec } = await describeKey(scope, id);
    const wrong =
      state !== "Enabled"
        ? `is in the state "${state}", but must be "Enabled"`
        : usage !== "ENCRYPT_DECRYPT" || spec !== "SYMMETRIC_DEFAULT"
          ? `has the usage ${usage} and the spec ${spec}, but EBS needs a symmetric key for encryption`
          : undefined;
    if (wrong === undefined) return undefined;
    const hint =
      state === "PendingDeletion"
        ? "Cancel the deletion of the key and enable it, or set another key."
        : state === "Disabled"
          ? `Enable the key (aws kms enable-key --region ${region} --key-id ${id}), or set another key.`
          : "Set another key.";
    return {
      severity: "error",
      code: "kms-key-unusable",
      summary: `KMS key "${id}" in ${region} ${wrong}`,
      hint,
      range,
    };
  } catch (error) {
    if (failedAs(error, "not-found"))
      return {
        severity: "error",
        code: "kms-key-not-found",
        summary: `KMS key "${id}" does not exist in ${region}: "${error.awsMessage}" (${error.awsCode})`,
        hint: `Keys are of one Region. Set the ID, the alias or the ARN of a key in ${region}.`,
        range,
      };
    if (isPermission(error))
      return {
        severity: "warning",
        code: "kms-key-not-read",
        summary: `Could not check the KMS key "${id}" in ${region}: ${messageOf(error)}`,
        hint: "Allow kms:DescribeKey on the key. EC2 needs it to encrypt with the key for this role.",
        range,
      };
    throw error;
  }
}
