import type { Tags } from "../../aws/tags.js";
import type { Bake } from "./step.js";

/** The profile that the instance is launched with. */
export interface LaunchProfile {
  readonly name: string | undefined;
  readonly temporary: boolean;
}

export async function launchProfile(bake: Bake, _tags: Tags): Promise<LaunchProfile> {
  return { name: bake.options.iam_instance_profile || undefined, temporary: false };
}
