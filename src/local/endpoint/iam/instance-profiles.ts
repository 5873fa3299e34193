import type { Actions, ApiCall, Handler } from "../call.js";
import { isVisible } from "../ec2/ids.js";
import { ACCOUNT, readTags, removeTags, setTags, tagList } from "../records.js";
import { timestamp } from "../times.js";
import { refusal } from "../wire/errors.js";
import { required, text } from "../wire/query.js";
import type { Members } from "../wire/xml.js";
import type { InstanceProfile } from "./model.js";
import { checkIamName, findRole, iamId, roleItem } from "./roles.js";

/** A profile by its name or ARN, or undefined. */
export function findProfile(
  call: ApiCall,
  name: string | undefined,
  arn: string | undefined,
): InstanceProfile | undefined {
  const found = [...call.cloud.profiles.values()].find((profile) =>
    name === undefined ? profile.arn === arn : profile.name === name,
  );
  const mayExist = call.cloud.everyProfile && name !== undefined && !TEMPORARY.test(name);
  return found ?? (mayExist ? profileOfAccount(call, name) : undefined);
}

/** Names of profiles that a bake creates. They exist only once they are created. */
const TEMPORARY = /^bake-ami-/;

/** The policy that the role of a profile of the user's account has here, so that the SSM agent connects. */
const MANAGED_CORE = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore";

/** Adds a profile that the user's account may have, and its role. */
function profileOfAccount({ cloud }: ApiCall, name: string): InstanceProfile {
  const common = { bornAt: 0, name, path: "/", tags: new Map<string, string>() };
  cloud.roles.set(name, {
    ...common,
    id: iamId("AROA"),
    arn: `arn:aws:iam::${ACCOUNT}:role/${name}`,
    trust: "",
    boundary: undefined,
    description: "",
    policies: new Map(),
    attached: new Set([MANAGED_CORE]),
  });
  const profile: InstanceProfile = {
    ...common,
    id: iamId("AIPA"),
    arn: `arn:aws:iam::${ACCOUNT}:instance-profile/${name}`,
    roleName: name,
  };
  cloud.profiles.set(name, profile);
  return profile;
}

function named(call: ApiCall): InstanceProfile {
  const name = required(call.params, "InstanceProfileName");
  const profile = call.cloud.profiles.get(name);
  if (profile === undefined || !isVisible(call, profile))
    throw refusal("NoSuchEntity", `Instance Profile ${name} cannot be found.`, 404);
  return profile;
}

function profileItem(call: ApiCall, profile: InstanceProfile): Members {
  const role = call.cloud.roles.get(profile.roleName ?? "");
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: profile.arn,
    CreateDate: timestamp(profile.bornAt),
    Roles: role === undefined ? [] : [roleItem(role)],
    Tags: profile.tags.size === 0 ? undefined : tagList(profile.tags),
  };
}

const createInstanceProfile: Handler = (call) => {
  const { cloud, params } = call;
  const name = required(params, "InstanceProfileName");
  checkIamName(name, "instanceProfileName", 128);
  if (cloud.profiles.has(name)) throw refusal("EntityAlreadyExists", `Instance Profile ${name} already exists.`, 409);
  const path = text(params, "Path") || "/";
  const profile: InstanceProfile = {
    id: iamId("AIPA"),
    bornAt: cloud.time.now(),
    name,
    path,
    arn: `arn:aws:iam::${ACCOUNT}:instance-profile${path}${name}`,
    roleName: undefined,
    tags: readTags(params, "Tags"),
  };
  cloud.profiles.set(name, profile);
  return { InstanceProfile: profileItem(call, profile) };
};

const getInstanceProfile: Handler = (call) => {
  findProfile(call, required(call.params, "InstanceProfileName"), undefined);
  return { InstanceProfile: profileItem(call, named(call)) };
};

const deleteInstanceProfile: Handler = (call) => {
  const profile = named(call);
  if (profile.roleName !== undefined) {
    throw refusal("DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.", 409);
  }
  call.cloud.profiles.delete(profile.name);
  return {};
};

const addRole: Handler = (call) => {
  const profile = named(call);
  const role = findRole(call, required(call.params, "RoleName"));
  if (profile.roleName !== undefined) {
    throw refusal("LimitExceeded", "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1", 409);
  }
  profile.roleName = role.name;
  return {};
};

const removeRole: Handler = (call) => {
  const profile = named(call);
  const name = required(call.params, "RoleName");
  if (profile.roleName !== name) {
    throw refusal("NoSuchEntity", `Role ${name} in instance profile ${profile.name} cannot be found.`, 404);
  }
  profile.roleName = undefined;
  return {};
};

const listInstanceProfiles: Handler = (call) => ({
  InstanceProfiles: [...call.cloud.profiles.values()]
    .filter(({ path }) => path.startsWith(text(call.params, "PathPrefix") || "/"))
    .map((profile) => ({ ...profileItem(call, profile), Tags: undefined })),
  IsTruncated: false,
});

const listForRole: Handler = (call) => {
  const role = findRole(call, required(call.params, "RoleName"));
  const profiles = [...call.cloud.profiles.values()].filter(({ roleName }) => roleName === role.name);
  return { InstanceProfiles: profiles.map((profile) => profileItem(call, profile)), IsTruncated: false };
};

const tagProfile: Handler = (call) => {
  setTags(named(call).tags, call.params);
  return {};
};

const untagProfile: Handler = (call) => {
  removeTags(named(call).tags, call.params);
  return {};
};

const listTags: Handler = (call) => ({ Tags: tagList(named(call).tags), IsTruncated: false });

/** Handlers of the calls about IAM instance profiles. */
export const instanceProfileActions: Actions = {
  CreateInstanceProfile: createInstanceProfile,
  GetInstanceProfile: getInstanceProfile,
  DeleteInstanceProfile: deleteInstanceProfile,
  AddRoleToInstanceProfile: addRole,
  RemoveRoleFromInstanceProfile: removeRole,
  ListInstanceProfiles: listInstanceProfiles,
  ListInstanceProfilesForRole: listForRole,
  TagInstanceProfile: tagProfile,
  UntagInstanceProfile: untagProfile,
  ListInstanceProfileTags: listTags,
};
