import { isKnownRegion } from "../../../aws/regions.js";
import {
  type DerivePermissions,
  distinctRegions,
  ec2Arns,
  inRegions,
  type PermissionStatement,
} from "../../../core/permissions.js";
import { targetRegions } from "../look/regions.js";
import type { AmazonEbsOptions } from "../options/schema.js";
import { accessPermissions } from "./access.js";
import { encryptionPermissions } from "./encryption.js";
import { imagePermissions } from "./image.js";
import { launchPermissions } from "./launch.js";
import { assumptions } from "./notes.js";
import { profilePermissions, temporaryRolePermissions } from "./profile.js";
import { type BakeScope, known } from "./scope.js";

/** Derives the statements of the IAM policy for a bake, with image tests and the removal of what a failed bake leaves. */
export const amazonEbsPermissions: DerivePermissions<AmazonEbsOptions> = (options, { scope, settings }) => {
  const build = distinctRegions([known(options.region) ?? scope.defaultRegion]);
  const all = targetRegions(options, { build: build[0] ?? "*", more: settings.regions });
  const regions = options.skip_create_ami ? build : distinctRegions(all.map(known));
  const bake: BakeScope = { options, settings, scope, build, regions };
  const run = [
    ...readPermissions(bake),
    ...launchPermissions(bake),
    ...accessPermissions(bake),
    ...profilePermissions(bake),
    ...(options.skip_create_ami ? [] : [...imagePermissions(bake), ...encryptionPermissions(bake)]),
    ...accountPermissions(bake),
  ];
  const tagging = tagAtCreation(bake, run);
  return { run: [...run, tagging], temporaryRoles: temporaryRolePermissions(bake), notes: assumptions(bake) };
};

/** The calls that create resources with tags (EC2 user guide, "Grant permission to tag resources during creation"). */
const CREATING = ["RunInstances", "ImportKeyPair", "CreateSecurityGroup", "CreateImage", "CopyImage"];

/** The tags of new resources. The condition allows them only in the call that creates the resource. */
function tagAtCreation({ scope, regions }: BakeScope, run: readonly PermissionStatement[]): PermissionStatement {
  const used = new Set(run.flatMap(({ actions }) => actions));
  const withoutAccount = { ...scope, account: "" };
  return {
    sid: "TagAtCreation",
    actions: ["ec2:CreateTags"],
    resources: [...ec2Arns(scope, regions, "*/*"), ...ec2Arns(withoutAccount, regions, "image/*", "snapshot/*")],
    conditions: { StringEquals: { "ec2:CreateAction": CREATING.filter((action) => used.has(`ec2:${action}`)) } },
    why: "tags resources in the call that creates them",
    unlogged: ["ec2:CreateTags"],
  };
}

/** What a bake reads in any case, and to remove what it created. These actions have no resources. */
function readPermissions({ options, settings, regions }: BakeScope): readonly PermissionStatement[] {
  const isAuto = settings.access === "auto";
  const infersSubnet =
    options.associate_public_ip_address !== undefined && !options.subnet_id && !options.subnet_filter;
  const needsSubnets = Boolean(options.subnet_id || options.subnet_filter) || infersSubnet || isAuto;
  const viaEndpoint = options.ssh_interface === "instance_connect_endpoint" && !options.instance_connect_endpoint_id;
  const needsVpcs = Boolean(options.vpc_filter || options.vpc_id) || infersSubnet || viaEndpoint || isAuto;
  const forRemoval = [
    "ec2:DescribeKeyPairs",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSnapshots",
    "ec2:DescribeVolumes",
    // A launch that found no capacity is repeated in the other zones.
    "ec2:DescribeInstanceTypeOfferings",
  ];
  const unknownRegions = !regions.every(isKnownRegion);
  return [
    {
      sid: "Read",
      actions: [
        "ec2:DescribeImages",
        "ec2:DescribeInstances",
        ...(needsSubnets ? ["ec2:DescribeSubnets"] : []),
        ...(needsVpcs ? ["ec2:DescribeVpcs"] : []),
        ...(options.security_group_filter ? ["ec2:DescribeSecurityGroups"] : []),
        ...(settings.tests ? ["ec2:DescribeInstanceStatus"] : []),
        ...forRemoval,
      ],
      resources: ["*"],
      conditions: inRegions(regions),
      why: "reads images, instances and the network, and what is left to remove",
      unlogged: forRemoval,
    },
    ...(settings.preflight ? [preflightPermission(regions)] : []),
    {
      sid: "ReadForHints",
      actions: ["ec2:DescribeInstanceTypes", ...(unknownRegions ? ["ec2:DescribeRegions"] : [])],
      resources: ["*"],
      conditions: inRegions(regions),
      why: "reads what the hints of errors need",
      ifDenied: "hints of errors say less",
      unlogged: ["ec2:DescribeInstanceTypes"],
    },
  ];
}

/** What the checks before the launch read when they found an error, next to dry runs of the calls of the bake. */
function preflightPermission(regions: readonly string[]): PermissionStatement {
  const actions = ["ec2:DescribeInstanceTypes", "ec2:GetAllowedImagesSettings", "servicequotas:GetServiceQuota"];
  return {
    sid: "ReadForPreflight",
    actions,
    resources: ["*"],
    conditions: inRegions(regions),
    why: "reads quotas and settings when a check before the launch found an error (preflight)",
    ifDenied: "quotas and Allowed AMIs are not checked",
    unlogged: actions,
  };
}

/** The role that the template assumes, and the decoding of denials. */
function accountPermissions({ options }: BakeScope): readonly PermissionStatement[] {
  const role = known(options.assume_role?.role_arn);
  return [
    ...(role === undefined
      ? []
      : [
          {
            sid: "AssumeRoleOfTemplate",
            actions: [
              "sts:AssumeRole",
              ...(Object.keys(options.assume_role?.tags ?? {}).length > 0 ? ["sts:TagSession"] : []),
            ],
            resources: [role],
            conditions: {},
            why: "assumes the role in assume_role of the template, which needs the other statements",
            unlogged: ["sts:TagSession"],
          },
        ]),
    ...(options.decode_authorization_messages
      ? [
          {
            sid: "DecodeDenials",
            actions: ["sts:DecodeAuthorizationMessage"],
            resources: ["*"],
            conditions: {},
            why: "decodes the message of a denied call (decode_authorization_messages)",
            ifDenied: "the message is not decoded",
            unlogged: ["sts:DecodeAuthorizationMessage"],
          },
        ]
      : []),
  ];
}
