import { failedAs } from "../../../aws/client/errors.js";
import { BakeError } from "../../../core/errors.js";
import { atOption, type BakeReading, inRegion } from "../bake.js";

/**
 * Throws when the template's instance profile does not exist, before anything is created. Without permission to read it, the bake continues:
 * the launch reports it. The IAM client is loaded only for a template that needs it.
 */
export async function checkProfile(bake: BakeReading): Promise<void> {
  const { iam_instance_profile: name, skip_profile_validation: skip } = bake.options;
  if (name && !skip) await atOption(bake, "iam_instance_profile", refuseMissing(bake, name));
}

async function refuseMissing(bake: BakeReading, name: string): Promise<void> {
  try {
    const { hasInstanceProfile } = await import("../../../aws/instance-profile.js");
    if (await hasInstanceProfile(inRegion(bake), name)) return;
  } catch (error) {
    if (failedAs(error, "denied")) return;
    throw error;
  }
  throw new BakeError(`Instance profile "${name}" does not exist`, {
    code: "instance-profile-not-found",
    resource: name,
    hint: 'Set "iam_instance_profile" to the name of an instance profile. A role name or an ARN is not accepted.',
  });
}
