import { IAM_PREFIX } from "../../../aws/owned.js";
import { type Conditions, iamArn, type PermissionStatement, serviceName } from "../../../core/permissions.js";
import { type BakeScope, known } from "./scope.js";

/** The instance profiles of the build instance and of the instances that test the image. */
export function profilePermissions(bake: BakeScope): readonly PermissionStatement[] {
  const { options, settings } = bake;
  const profiles = [options.iam_instance_profile, settings.tests?.instanceProfile].filter(
    (name) => name !== undefined && name !== "",
  );
  const isTemporary = options.temporary_iam_instance_profile_policy_document && !options.iam_instance_profile;
  return [
    ...(profiles.length > 0 ? givenProfiles(bake, profiles) : []),
    ...(isTemporary ? temporaryProfile(bake) : []),
  ];
}

/** The condition that a role is passed to EC2. */
function toEc2({ scope }: BakeScope): Conditions {
  return { StringEquals: { "iam:PassedToService": [serviceName("ec2", scope.partition)] } };
}

function givenProfiles(bake: BakeScope, profiles: readonly (string | undefined)[]): readonly PermissionStatement[] {
  const { options, scope } = bake;
  const names = [...new Set(profiles.map((name) => known(name) ?? "*"))];
  const role = scope.instanceRole;
  const roles = role === undefined ? names.map((name) => iamArn(scope, `role/${name}`)) : [roleArn(bake, role)];
  const check: PermissionStatement = {
    sid: "CheckInstanceProfile",
    actions: ["iam:GetInstanceProfile"],
    resources: [iamArn(scope, `instance-profile/${known(options.iam_instance_profile) ?? "*"}`)],
    conditions: {},
    why: "checks before the launch that the instance profile exists",
    ifDenied: "the launch reports a profile that does not exist",
  };
  return [
    {
      sid: "PassInstanceRole",
      actions: ["iam:PassRole"],
      resources: roles,
      conditions: toEc2(bake),
      why: "gives the instance the role of its instance profile",
      unlogged: ["iam:PassRole"],
    },
    ...(options.skip_profile_validation || !options.iam_instance_profile ? [] : [check]),
  ];
}

function roleArn({ scope }: BakeScope, role: string): string {
  return role.startsWith("arn:") ? role : iamArn(scope, `role/${role}`);
}

/** A temporary role and profile. Without a permissions boundary, the template can give the role every right. */
function temporaryProfile(bake: BakeScope): readonly PermissionStatement[] {
  const { scope, settings } = bake;
  const role = iamArn(scope, `role/${IAM_PREFIX}*`);
  const profile = iamArn(scope, `instance-profile/${IAM_PREFIX}*`);
  const boundary = settings.permissionsBoundary;
  const operator = boundary?.includes("*") ? "StringLike" : "StringEquals";
  const manage = [
    "iam:TagRole",
    "iam:GetRole",
    "iam:ListRolePolicies",
    "iam:ListInstanceProfilesForRole",
    "iam:DeleteRolePolicy",
    "iam:DeleteRole",
    "iam:CreateInstanceProfile",
    "iam:TagInstanceProfile",
    "iam:GetInstanceProfile",
    "iam:AddRoleToInstanceProfile",
    "iam:RemoveRoleFromInstanceProfile",
    "iam:DeleteInstanceProfile",
  ];
  return [
    {
      sid: "CreateTemporaryRole",
      actions: ["iam:CreateRole", "iam:PutRolePolicy"],
      resources: [role],
      conditions: boundary === undefined ? {} : { [operator]: { "iam:PermissionsBoundary": [boundary] } },
      why:
        boundary === undefined
          ? "creates the temporary role of the instance, with any policy of the template"
          : "creates the temporary role of the instance, within the permissions boundary",
    },
    {
      sid: "PassTemporaryRole",
      actions: ["iam:PassRole"],
      resources: [role],
      conditions: toEc2(bake),
      why: "gives the instance its temporary role",
      unlogged: ["iam:PassRole"],
    },
    {
      sid: "ReadAndRemoveTemporaryRole",
      actions: manage,
      resources: [role, profile],
      conditions: {},
      why: "tags the temporary role, adds it to a temporary instance profile, and removes both",
      unlogged: manage.filter((action) => !/:(Create|Add)/.test(action)),
    },
  ];
}

/** What the policy of the template allows the temporary role, for a permissions boundary. A boundary needs no denials. */
export function temporaryRolePermissions({ options }: BakeScope): readonly PermissionStatement[] {
  const policy = options.temporary_iam_instance_profile_policy_document;
  if (!policy || options.iam_instance_profile) return [];
  return policy.Statement.filter(({ Effect }) => Effect === "Allow").map(({ Action, Resource }) => ({
    sid: "MostOfTemporaryRoles",
    actions: Action,
    resources: Resource,
    conditions: {},
    why: "the policy of the temporary role in the template",
  }));
}
