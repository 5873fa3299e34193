import {
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetInstanceProfileCommand,
  GetRoleCommand,
  ListInstanceProfilesForRoleCommand,
  ListRolePoliciesCommand,
  RemoveRoleFromInstanceProfileCommand,
} from "@aws-sdk/client-iam";
import { TAG } from "../../core/ownership.js";
import { ifFound } from "../client/errors.js";
import type { ReleaseContext, ReleaseHandler } from "./handler.js";

/** IAM names are unique in the account, so a resource is ours if it has the name and our key. */
const ours = (tags: readonly { Key?: string | undefined; Value?: string | undefined }[] | undefined, key: string) =>
  (tags ?? []).some((tag) => tag.Key === TAG.key && tag.Value === key);

async function detach(profile: string, role: string, { session, signal }: ReleaseContext): Promise<void> {
  const iam = await session.iam();
  const command = new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName: profile, RoleName: role });
  await ifFound(iam.send(command, signal));
}

/** Temporary instance profiles; ids are names. */
const instanceProfileRelease: ReleaseHandler = {
  async find(intent, { session, signal }) {
    const { name } = intent;
    if (name === undefined) return undefined;
    const iam = await session.iam();
    const found = await ifFound(iam.send(new GetInstanceProfileCommand({ InstanceProfileName: name }), signal));
    return ours(found?.InstanceProfile?.Tags, intent.key) ? name : undefined;
  },

  async release(id, _intent, context) {
    const iam = await context.session.iam();
    const get = new GetInstanceProfileCommand({ InstanceProfileName: id });
    const found = await ifFound(iam.send(get, context.signal));
    for (const role of found?.InstanceProfile?.Roles ?? []) if (role.RoleName) await detach(id, role.RoleName, context);
    await ifFound(iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName: id }), context.signal));
  },
};

/** Temporary roles: removed from their profiles, then their inline policies are deleted, then the role. */
const roleRelease: ReleaseHandler = {
  async find(intent, { session, signal }) {
    const { name } = intent;
    if (name === undefined) return undefined;
    const iam = await session.iam();
    const found = await ifFound(iam.send(new GetRoleCommand({ RoleName: name }), signal));
    return ours(found?.Role?.Tags, intent.key) ? name : undefined;
  },

  async release(id, _intent, context) {
    const { session, signal } = context;
    const iam = await session.iam();
    const list = new ListInstanceProfilesForRoleCommand({ RoleName: id });
    const profiles = await ifFound(iam.send(list, signal));
    for (const profile of profiles?.InstanceProfiles ?? []) {
      if (profile.InstanceProfileName) await detach(profile.InstanceProfileName, id, context);
    }
    const policies = await ifFound(iam.send(new ListRolePoliciesCommand({ RoleName: id }), signal));
    for (const PolicyName of policies?.PolicyNames ?? []) {
      await ifFound(iam.send(new DeleteRolePolicyCommand({ RoleName: id, PolicyName }), signal));
    }
    await ifFound(iam.send(new DeleteRoleCommand({ RoleName: id }), signal));
  },
};

/** The release handlers of all kinds of IAM resources. */
export const iamReleases = {
  "instance-profile": instanceProfileRelease,
  role: roleRelease,
} as const satisfies Readonly<Record<string, ReleaseHandler>>;
