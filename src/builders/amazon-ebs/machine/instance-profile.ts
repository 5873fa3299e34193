import type { ResourceTags } from "../../../aws/tags.js";
import { acquire } from "../../../cleanup/acquire.js";
import { runBuilderStep } from "../../step.js";
import { type Bake, inRegion } from "../bake.js";

/** The instance profile for the launch. */
export interface LaunchProfile {
  readonly name: string | undefined;
  /** True when it was created for this build: EC2 may not find it yet. */
  readonly temporary: boolean;
}

/**
 * Returns the template's instance profile, or creates one with a role and policy that are removed after the build. The
 * IAM client is loaded only for a template that needs it.
 */
export async function prepareProfile(bake: Bake, tags: ResourceTags): Promise<LaunchProfile> {
  const { options } = bake;
  const policy = options.temporary_iam_instance_profile_policy_document;
  if (options.iam_instance_profile) return { name: options.iam_instance_profile, temporary: false };
  if (!policy) return { name: undefined, temporary: false };
  return runBuilderStep(bake.context, "instance-profile", "Creating the instance profile", async () => ({
    name: await createTemporaryProfile(bake, policy, tags),
    temporary: true,
  }));
}

type Policy = NonNullable<Bake["options"]["temporary_iam_instance_profile_policy_document"]>;

async function createTemporaryProfile(bake: Bake, policy: Policy, tags: ResourceTags): Promise<string> {
  const { context, session } = bake;
  const scope = inRegion(bake);
  const { createInstanceProfile, createInstanceRole, addRoleToProfile, IAM_PREFIX } = await import(
    "../../../aws/instance-profile.js"
  );
  const name = `${IAM_PREFIX}${context.surroundings.ids.uuid()}`;
  const common = { context, session, region: session.region, name };
  context.narrator.say(`Creating temporary instance profile for this instance: ${name}`);
  await acquire({
    ...common,
    kind: "instance-profile",
    create: (stamp) => createInstanceProfile(scope, name, tags, stamp),
  });
  const role = { name, tags, boundary: context.settings.permissionsBoundary };
  context.narrator.say(`Creating temporary role for this instance: ${name}`);
  await acquire({ ...common, kind: "role", create: (stamp) => createInstanceRole(scope, role, stamp) });
  context.narrator.say(`Attaching policy to the temporary role: ${name}`);
  await addRoleToProfile(scope, { profile: name, role: name, policy });
  return name;
}
