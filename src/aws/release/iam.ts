import {
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetInstanceProfileCommand,
  GetRoleCommand,
  type InstanceProfile,
  ListInstanceProfilesForRoleCommand,
  ListRolePoliciesCommand,
  RemoveRoleFromInstanceProfileCommand,
  type Role,
  type Tag,
} from "@aws-sdk/client-iam";
import { TAG } from "../../core/ownership.js";
import { ifFound } from "../client/errors.js";
import { toTagRecord } from "../tags.js";
import { type ReleaseContext, type ReleaseHandler, remove } from "./handler.js";

/** IAM names are unique in the account, so a resource is ours if it has the name and our key. */
const ours = (tags: readonly Tag[] | undefined, key: string) => toTagRecord(tags)[TAG.key] === key;

async function readProfile(name: string, { session, signal }: ReleaseContext): Promise<InstanceProfile | undefined> {
  const iam = await session.iam();
  const command = new GetInstanceProfileCommand({ InstanceProfileName: name });
  return (await ifFound(iam.send(command, signal)))?.InstanceProfile;
}

async function readRole(name: string, { session, signal }: ReleaseContext): Promise<Role | undefined> {
  const iam = await session.iam();
  return (await ifFound(iam.send(new GetRoleCommand({ RoleName: name }), signal)))?.Role;
}

/** Temporary instance profiles; ids are names. */
const instanceProfileRelease: ReleaseHandler = {
  async find({ name, key }, context) {
    if (name === undefined) return undefined;
    return ours((await readProfile(name, context))?.Tags, key) ? name : undefined;
  },

  async release(id, _intent, context) {
    const { session, signal } = context;
    const iam = await session.iam();
    await remove(context, {
      what: `instance profile ${id}`,
      send: async () => {
        for (const { RoleName } of (await readProfile(id, context))?.Roles ?? []) {
          await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName: id, RoleName }), signal);
        }
        await iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName: id }), signal);
      },
      describe: async () => ((await readProfile(id, context)) ? "exists" : "absent"),
    });
  },
};

/** Removes a role from its profiles, deletes its inline policies, then the role. Reads each again when it is repeated. */
async function deleteRole(role: string, { session, signal }: ReleaseContext): Promise<void> {
  const iam = await session.iam();
  const profiles = await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName: role }), signal);
  for (const { InstanceProfileName } of profiles.InstanceProfiles ?? []) {
    await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName: role }), signal);
  }
  const policies = await iam.send(new ListRolePoliciesCommand({ RoleName: role }), signal);
  for (const PolicyName of policies.PolicyNames ?? []) {
    await iam.send(new DeleteRolePolicyCommand({ RoleName: role, PolicyName }), signal);
  }
  await iam.send(new DeleteRoleCommand({ RoleName: role }), signal);
}

/** Temporary roles: removed from their profiles, then their inline policies are deleted, then the role. */
const roleRelease: ReleaseHandler = {
  async find({ name, key }, context) {
    if (name === undefined) return undefined;
    return ours((await readRole(name, context))?.Tags, key) ? name : undefined;
  },

  async release(id, _intent, context) {
    await remove(context, {
      what: `role ${id}`,
      send: () => deleteRole(id, context),
      describe: async () => ((await readRole(id, context)) ? "exists" : "absent"),
    });
  },
};

/** The release handlers of all kinds of IAM resources. */
export const iamReleases = {
  "instance-profile": instanceProfileRelease,
  role: roleRelease,
} as const satisfies Readonly<Record<string, ReleaseHandler>>;
