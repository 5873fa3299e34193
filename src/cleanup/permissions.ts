import { IAM_PREFIX } from "../aws/owned.js";
import {
  ec2Arns,
  iamArn,
  inRegions,
  OF_OURS,
  type PermissionScope,
  type PermissionStatement,
  regionalArns,
} from "../core/permissions.js";

/** What the post step and a cleanup call: they find the resources of one run by its ledger, and remove them. */
export function releasePermissions(scope: PermissionScope, regions: readonly string[]): readonly PermissionStatement[] {
  return [
    {
      sid: "ReadOwn",
      actions: [
        "ec2:DescribeImages",
        "ec2:DescribeInstances",
        "ec2:DescribeKeyPairs",
        "ec2:DescribeLaunchTemplates",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSnapshots",
        "ec2:DescribeVolumes",
      ],
      resources: ["*"],
      conditions: inRegions(regions),
      why: "finds the resources of bake-ami",
    },
    {
      sid: "RemoveOwn",
      actions: [
        "ec2:CreateTags",
        "ec2:DeleteKeyPair",
        "ec2:DeleteLaunchTemplate",
        "ec2:DeleteSecurityGroup",
        "ec2:DeleteSnapshot",
        "ec2:DeleteTags",
        "ec2:DeleteVolume",
        "ec2:DeregisterImage",
        "ec2:DisableFastLaunch",
        "ec2:TerminateInstances",
      ],
      resources: ec2Arns(
        scope,
        regions,
        ...["image/*", "instance/*", "key-pair/*", "launch-template/*", "security-group/*", "snapshot/*", "volume/*"],
      ),
      conditions: OF_OURS,
      why: "removes the resources of bake-ami, and ends their leases",
    },
    {
      sid: "RemoveTemporaryRoles",
      actions: [
        "iam:DeleteInstanceProfile",
        "iam:DeleteRole",
        "iam:DeleteRolePolicy",
        "iam:GetInstanceProfile",
        "iam:GetRole",
        "iam:ListInstanceProfilesForRole",
        "iam:ListRolePolicies",
        "iam:RemoveRoleFromInstanceProfile",
      ],
      resources: [iamArn(scope, `instance-profile/${IAM_PREFIX}*`), iamArn(scope, `role/${IAM_PREFIX}*`)],
      conditions: {},
      why: "removes temporary roles and instance profiles",
    },
    {
      sid: "FindSessions",
      actions: ["ssm:DescribeSessions"],
      resources: ["*"],
      conditions: inRegions(regions),
      why: "finds the sessions of expired instances",
      ifDenied: "sessions end with their instances",
    },
    {
      sid: "EndSessions",
      actions: ["ssm:TerminateSession"],
      resources: regionalArns(scope, "ssm", regions, "session/${aws:userid}-*"),
      conditions: {},
      why: "ends the sessions of this caller",
      ifDenied: "sessions end with their instances",
    },
  ];
}

/** What a sweep calls in addition: it lists the Regions of the account, and the temporary roles by their names. */
export function sweepPermissions(scope: PermissionScope, regions: readonly string[]): readonly PermissionStatement[] {
  return [
    {
      sid: "ListRegions",
      actions: ["ec2:DescribeRegions"],
      resources: ["*"],
      conditions: {},
      why: "lists the Regions of the account",
    },
    ...releasePermissions(scope, regions),
    {
      sid: "ListTemporaryRoles",
      actions: ["iam:ListInstanceProfiles", "iam:ListRoles"],
      resources: ["*"],
      conditions: {},
      why: "finds temporary roles and instance profiles by their names",
    },
    {
      sid: "ReadTagsOfTemporaryRoles",
      actions: ["iam:ListInstanceProfileTags", "iam:ListRoleTags"],
      resources: [iamArn(scope, `instance-profile/${IAM_PREFIX}*`), iamArn(scope, `role/${IAM_PREFIX}*`)],
      conditions: {},
      why: "reads whether they are of bake-ami",
    },
  ];
}
