import type { Actions, ApiCall, Handler } from "../call.js";
import { isVisible } from "../ec2/ids.js";
import { ACCOUNT, newId, readTags, removeTags, setTags, tagList } from "../records.js";
import { timestamp } from "../times.js";
import { refusal } from "../wire/errors.js";
import { required, text } from "../wire/query.js";
import type { Members } from "../wire/xml.js";
import type { Role } from "./model.js";
import { MalformedPolicy, parsePolicy } from "./policies/document.js";

/** An id of IAM: a prefix for its kind and capital letters and digits. */
export function iamId(prefix: string): string {
  return `${prefix}${newId("x").slice(2).toUpperCase()}`;
}

/** A role by its name. Throws NoSuchEntity. */
export function findRole(call: ApiCall, name: string): Role {
  const role = call.cloud.roles.get(name);
  if (role === undefined || !isVisible(call, role))
    throw refusal("NoSuchEntity", `The role with name ${name} cannot be found.`, 404);
  return role;
}

/** A role in a response of IAM; documents are URL-encoded. */
export function roleItem(role: Role): Members {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: role.arn,
    CreateDate: timestamp(role.bornAt),
    AssumeRolePolicyDocument: encodeURIComponent(role.trust),
    Description: role.description || undefined,
    MaxSessionDuration: 3600,
    PermissionsBoundary: role.boundary && {
      PermissionsBoundaryType: "Policy",
      PermissionsBoundaryArn: role.boundary,
    },
    Tags: role.tags.size === 0 ? undefined : tagList(role.tags),
  };
}

/** Throws where a name of IAM has characters it cannot have. */
export function checkIamName(name: string, member: string, most: number): void {
  if (!/^[\w+=,.@-]+$/.test(name) || name.length > most) {
    throw refusal(
      "ValidationError",
      `The specified value for ${member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
    );
  }
}

function checkDocument(document: string): void {
  try {
    JSON.parse(document);
  } catch {
    throw refusal("MalformedPolicyDocument", "This policy contains invalid Json");
  }
}

/** Throws where a policy of a role is not valid. The message has the place. */
function checkPolicy(document: string): void {
  try {
    parsePolicy(document);
  } catch (error) {
    throw error instanceof MalformedPolicy ? refusal("MalformedPolicyDocument", error.message) : error;
  }
}

const createRole: Handler = (call) => {
  const { cloud, params } = call;
  const name = required(params, "RoleName");
  checkIamName(name, "roleName", 64);
  const trust = required(params, "AssumeRolePolicyDocument");
  checkDocument(trust);
  if (cloud.roles.has(name)) throw refusal("EntityAlreadyExists", `Role with name ${name} already exists.`, 409);
  const path = text(params, "Path") || "/";
  const role: Role = {
    id: iamId("AROA"),
    bornAt: cloud.time.now(),
    name,
    path,
    arn: `arn:aws:iam::${ACCOUNT}:role${path}${name}`,
    trust,
    boundary: text(params, "PermissionsBoundary") || undefined,
    description: text(params, "Description") ?? "",
    policies: new Map(),
    attached: new Set(),
    tags: readTags(params, "Tags"),
  };
  cloud.roles.set(name, role);
  return { Role: roleItem(role) };
};

const deleteRole: Handler = (call) => {
  const role = findRole(call, required(call.params, "RoleName"));
  if ([...call.cloud.profiles.values()].some(({ roleName }) => roleName === role.name)) {
    throw refusal("DeleteConflict", "Cannot delete entity, must remove roles from instance profile first.", 409);
  }
  if (role.policies.size > 0) throw refusal("DeleteConflict", "Cannot delete entity, must delete policies first.", 409);
  if (role.attached.size > 0) {
    throw refusal("DeleteConflict", "Cannot delete entity, must detach all policies first.", 409);
  }
  call.cloud.roles.delete(role.name);
  return {};
};

const putRolePolicy: Handler = (call) => {
  const role = findRole(call, required(call.params, "RoleName"));
  const document = required(call.params, "PolicyDocument");
  checkPolicy(document);
  role.policies.set(required(call.params, "PolicyName"), document);
  return {};
};

function policyOf(call: ApiCall): { readonly role: Role; readonly name: string; readonly document: string } {
  const role = findRole(call, required(call.params, "RoleName"));
  const name = required(call.params, "PolicyName");
  const document = role.policies.get(name);
  if (document === undefined) throw refusal("NoSuchEntity", `The role policy with name ${name} cannot be found.`, 404);
  return { role, name, document };
}

const getRolePolicy: Handler = (call) => {
  const { role, name, document } = policyOf(call);
  return { RoleName: role.name, PolicyName: name, PolicyDocument: encodeURIComponent(document) };
};

const deleteRolePolicy: Handler = (call) => {
  const { role, name } = policyOf(call);
  role.policies.delete(name);
  return {};
};

const attachRolePolicy: Handler = (call) => {
  findRole(call, required(call.params, "RoleName")).attached.add(required(call.params, "PolicyArn"));
  return {};
};

const detachRolePolicy: Handler = (call) => {
  const arn = required(call.params, "PolicyArn");
  if (!findRole(call, required(call.params, "RoleName")).attached.delete(arn)) {
    throw refusal("NoSuchEntity", `Policy ${arn} was not found.`, 404);
  }
  return {};
};

const tagRole: Handler = (call) => {
  const role = findRole(call, required(call.params, "RoleName"));
  setTags(role.tags, call.params);
  return {};
};

const untagRole: Handler = (call) => {
  const role = findRole(call, required(call.params, "RoleName"));
  removeTags(role.tags, call.params);
  return {};
};

/** Lists of IAM are short here: all of it is on one page. */
const whole = { IsTruncated: false };

const listRoles: Handler = ({ cloud, params }) => ({
  // ListRoles leaves tags out, as IAM does.
  Roles: [...cloud.roles.values()]
    .filter(({ path }) => path.startsWith(text(params, "PathPrefix") || "/"))
    .map((role) => ({ ...roleItem(role), Tags: undefined })),
  ...whole,
});

const named: Handler = (call) => ({ Role: roleItem(findRole(call, required(call.params, "RoleName"))) });

const listPolicies: Handler = (call) => ({
  PolicyNames: [...findRole(call, required(call.params, "RoleName")).policies.keys()],
  ...whole,
});

const listAttached: Handler = (call) => ({
  AttachedPolicies: [...findRole(call, required(call.params, "RoleName")).attached].map((PolicyArn) => ({
    PolicyName: PolicyArn.split("/").at(-1),
    PolicyArn,
  })),
  ...whole,
});

const listTags: Handler = (call) => ({
  Tags: tagList(findRole(call, required(call.params, "RoleName")).tags),
  ...whole,
});

/** Handlers of the calls about IAM roles. */
export const roleActions: Actions = {
  CreateRole: createRole,
  GetRole: named,
  DeleteRole: deleteRole,
  ListRoles: listRoles,
  PutRolePolicy: putRolePolicy,
  GetRolePolicy: getRolePolicy,
  DeleteRolePolicy: deleteRolePolicy,
  ListRolePolicies: listPolicies,
  AttachRolePolicy: attachRolePolicy,
  DetachRolePolicy: detachRolePolicy,
  ListAttachedRolePolicies: listAttached,
  TagRole: tagRole,
  UntagRole: untagRole,
  ListRoleTags: listTags,
};
