import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  GetInstanceProfileCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { sendChange } from "./client/change.js";
import { failedAs, ifFound } from "./client/errors.js";
import type { CallScope } from "./client/session.js";
import { type Mark, type ResourceTags, tagsToCreate, toTagList } from "./tags.js";

export { IAM_PREFIX } from "./owned.js";

/** Returns whether an instance profile exists (IAM GetInstanceProfile). */
export async function hasInstanceProfile(scope: CallScope, name: string): Promise<boolean> {
  const iam = await scope.session.iam();
  const get = new GetInstanceProfileCommand({ InstanceProfileName: name });
  return (await ifFound(iam.send(get, scope.signal))) !== undefined;
}

function tagsOf(tags: ResourceTags, mark: Mark) {
  return toTagList(tagsToCreate({ role: { ...tags, ...mark.tags } }).role.tags);
}

/** Creates an empty instance profile and returns its name, which is its id. */
export async function createInstanceProfile(
  scope: CallScope,
  name: string,
  tags: ResourceTags,
  mark: Mark,
): Promise<string> {
  const iam = await scope.session.iam();
  const Tags = tagsOf(tags, mark);
  await ignoreDuplicate(iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: name, Tags }), scope.signal));
  return name;
}

/** A role to create. */
interface RoleSpec {
  readonly name: string;
  readonly tags: ResourceTags;
  /** ARN of its permissions boundary. */
  readonly boundary: string | undefined;
}

/** Creates a role that EC2 can assume and returns its name, which is its id. */
export async function createInstanceRole(scope: CallScope, spec: RoleSpec, mark: Mark): Promise<string> {
  const { name, tags, boundary } = spec;
  const iam = await scope.session.iam();
  const domain = scope.region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const trust = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Principal: { Service: `ec2.${domain}` }, Action: "sts:AssumeRole" }],
  };
  await ignoreDuplicate(
    iam.send(
      new CreateRoleCommand({
        RoleName: name,
        Description: "Temporary role of bake-ami",
        AssumeRolePolicyDocument: JSON.stringify(trust),
        PermissionsBoundary: boundary,
        Tags: tagsOf(tags, mark),
      }),
      scope.signal,
    ),
  );
  return name;
}

/** Adds an inline policy to a role and the role to the profile. Waits while IAM does not show the new role or profile yet. */
export async function addRoleToProfile(
  scope: CallScope,
  spec: { readonly profile: string; readonly role: string; readonly policy: unknown },
): Promise<void> {
  const iam = await scope.session.iam();
  const { profile, role } = spec;
  const policy = { RoleName: role, PolicyName: role, PolicyDocument: JSON.stringify(spec.policy) };
  await sendChange(scope, iam, new PutRolePolicyCommand(policy), { what: `role ${role}` });
  const member = new AddRoleToInstanceProfileCommand({ InstanceProfileName: profile, RoleName: role });
  try {
    await sendChange(scope, iam, member, { what: `instance profile ${profile}` });
  } catch (error) {
    // A profile has at most one role, so this is a repeated call whose first response was lost.
    if (!(failedAs(error, "invalid") && error.awsCode.startsWith("LimitExceeded"))) throw error;
  }
}

/** Ignores "already exists": names are unique, so the first response of a repeated call was lost. */
async function ignoreDuplicate(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!failedAs(error, "duplicate")) throw error;
  }
}
