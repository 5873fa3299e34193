import { ec2Arns, inRegions, MARKED_AS_OURS, OF_OURS, type PermissionStatement } from "../../../core/permissions.js";
import { enablesFastLaunch } from "../options/fast-launch.js";
import type { BakeScope } from "./scope.js";

/** The image, its copies, their attributes and tags, and the removal of what a failed bake leaves of them. */
export function imagePermissions(bake: BakeScope): readonly PermissionStatement[] {
  const { scope, build } = bake;
  return [
    {
      sid: "CreateImageOfInstance",
      actions: ["ec2:CreateImage"],
      resources: ec2Arns(scope, build, "instance/*", "volume/*"),
      conditions: OF_OURS,
      why: "creates the image from the instance",
    },
    {
      sid: "CreateImage",
      actions: ["ec2:CreateImage"],
      resources: ec2Arns(scope, build, "image/*", "snapshot/*"),
      conditions: MARKED_AS_OURS,
      why: "creates the image with the tag of bake-ami",
    },
    ...copyPermissions(bake),
    changeImages(bake),
    ...sharingPermissions(bake),
    ...fastLaunchPermissions(bake),
  ];
}

/** Where copies are made: in the other Regions, and in the build Region if the finished image is a copy. */
function copyPermissions({ options, settings, scope, build, regions }: BakeScope): readonly PermissionStatement[] {
  const replaces = options.force_deregister || settings.force;
  const copiesAtHome = options.encrypt_boot === true || options.skip_save_build_region || replaces;
  const targets = copiesAtHome || regions.includes("*") ? regions : regions.filter((region) => !build.includes(region));
  if (
    targets.length === 0 ||
    (regions.length === 1 && !copiesAtHome && !settings.regions.length && !options.ami_regions.length)
  )
    return [];
  return [
    {
      sid: "CopyFrom",
      actions: ["ec2:CopyImage"],
      // An image that replaces another one is copied within its Region.
      resources: ec2Arns(scope, replaces ? regions : build, "image/*"),
      conditions: {},
      why: "reads the image that is copied",
    },
    {
      sid: "CopyTo",
      actions: ["ec2:CopyImage"],
      resources: ec2Arns(scope, targets, "image/*", "snapshot/*"),
      conditions: MARKED_AS_OURS,
      why: "creates the copies with the tag of bake-ami",
    },
  ];
}

/** The changes of own images and snapshots, and their removal. */
function changeImages({ options, settings, scope, regions }: BakeScope): PermissionStatement {
  const sharesImage = [options.ami_users, options.ami_groups, options.ami_org_arns, options.ami_ou_arns].some(
    (list) => list.length > 0,
  );
  const modifiesImage = sharesImage || options.ami_product_codes.length > 0 || options.imds_support === "v2.0";
  const sharesSnapshots = options.snapshot_users.length > 0 || options.snapshot_groups.length > 0;
  const { enabled = false, with_cooldown: cooldown = false } = options.deregistration_protection ?? {};
  // Leases are renewed, and marks are changed, only in some bakes.
  const often = ["ec2:CreateTags", "ec2:DeregisterImage", "ec2:DeleteSnapshot"];
  return {
    sid: "ChangeAndRemoveImages",
    actions: [
      "ec2:DeleteTags",
      ...often,
      ...(modifiesImage ? ["ec2:ModifyImageAttribute"] : []),
      ...(sharesSnapshots ? ["ec2:ModifySnapshotAttribute"] : []),
      ...(options.deprecate_at ? ["ec2:EnableImageDeprecation"] : []),
      ...(enabled || cooldown ? ["ec2:EnableImageDeregistrationProtection"] : []),
      ...(settings.skipUnchanged.enabled && sharesImage ? ["ec2:DescribeImageAttribute"] : []),
      ...(settings.skipUnchanged.enabled && sharesSnapshots ? ["ec2:DescribeSnapshotAttribute"] : []),
      ...(enablesFastLaunch(options.fast_launch) ? ["ec2:EnableFastLaunch", "ec2:DisableFastLaunch"] : []),
    ],
    resources: ec2Arns(scope, regions, "image/*", "snapshot/*"),
    conditions: OF_OURS,
    why: "marks, shares and removes the images of bake-ami and their snapshots",
    unlogged: often,
  };
}

/** The checks before an image is shared. The bake continues without them. */
function sharingPermissions({ options, regions }: BakeScope): readonly PermissionStatement[] {
  const { ami_groups: groups, snapshot_groups: snapshotGroups } = options;
  const lists = [groups, snapshotGroups, options.ami_users, options.ami_org_arns, options.ami_ou_arns];
  const isShared = [...lists, options.snapshot_users].some((list) => list.length > 0);
  if (!isShared) return [];
  const checks = [
    ...(options.encrypt_boot === true ? [] : ["ec2:GetEbsEncryptionByDefault", "ec2:GetEbsDefaultKmsKeyId"]),
    ...(groups.length > 0 ? ["ec2:GetImageBlockPublicAccessState"] : []),
    ...(snapshotGroups.length > 0 ? ["ec2:GetSnapshotBlockPublicAccessState"] : []),
  ];
  if (checks.length === 0) return [];
  return [
    {
      sid: "CheckSharing",
      actions: checks,
      resources: ["*"],
      conditions: inRegions(regions),
      why: "checks before the launch that the account allows to share the images",
      ifDenied: "the check is skipped",
    },
  ];
}

function fastLaunchPermissions({ options, scope, regions }: BakeScope): readonly PermissionStatement[] {
  const { fast_launch: block } = options;
  if (!enablesFastLaunch(block)) return [];
  const name = "aws-service-role/ec2fastlaunch.amazonaws.com/AWSServiceRoleForEC2FastLaunch";
  return [
    {
      sid: "ReadFastLaunch",
      actions: ["ec2:DescribeFastLaunchImages", "ec2:DescribeLaunchTemplates"],
      resources: ["*"],
      conditions: inRegions(regions),
      why: "reads the state of fast launch and its launch templates",
      unlogged: ["ec2:DescribeFastLaunchImages"],
    },
    {
      sid: "LaunchForFastLaunch",
      actions: ["ec2:RunInstances"],
      resources: ec2Arns(
        scope,
        regions,
        ...["image/*", "instance/*", "key-pair/*", "launch-template/*", "network-interface/*"],
        ...["security-group/*", "snapshot/*", "subnet/*", "volume/*"],
      ),
      conditions: {},
      why: "EC2 checks that the caller of EnableFastLaunch may launch instances",
      unlogged: ["ec2:RunInstances"],
    },
    {
      sid: "CreateFastLaunchRole",
      actions: ["iam:CreateServiceLinkedRole"],
      resources: [`arn:${scope.partition}:iam::${scope.account}:role/${name}`],
      conditions: { StringEquals: { "iam:AWSServiceName": ["ec2fastlaunch.amazonaws.com"] } },
      why: "creates the role of fast launch, once in an account",
      ifDenied: "fast launch needs an account that has the role",
      unlogged: ["iam:CreateServiceLinkedRole"],
    },
  ];
}
