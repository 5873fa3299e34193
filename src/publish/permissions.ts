import {
  type Conditions,
  ec2Arns,
  inRegions,
  OF_OURS,
  type PermissionScope,
  type PermissionStatement,
  regionalArns,
} from "../core/permissions.js";

/** A parameter in one Region; `*` in its name and Region stands for what is only known in the run. */
export interface PermittedParameter {
  readonly name: string;
  readonly region: string;
}

/** Returns the ARNs of parameters. A name without a path has no slash in its ARN. */
export function parameterArns(
  scope: PermissionScope,
  parameters: readonly PermittedParameter[],
  below = "",
): readonly string[] {
  const arns = parameters.flatMap(({ name, region }) =>
    regionalArns(scope, "ssm", [region], `parameter/${name.replace(/^\//, "")}${below}`),
  );
  return [...new Set(arns)];
}

/** The parameters that a bake writes. Parameter Store checks the image with the permissions of the caller. */
export function publishPermissions(
  scope: PermissionScope,
  parameters: readonly PermittedParameter[],
): readonly PermissionStatement[] {
  if (parameters.length === 0) return [];
  const rare = ["ssm:AddTagsToResource", "ssm:GetParameterHistory", "ssm:GetParameters", "ssm:LabelParameterVersion"];
  return [
    {
      sid: "PublishParameters",
      actions: ["ssm:GetParameter", "ssm:PutParameter", ...rare],
      resources: parameterArns(scope, parameters),
      conditions: {},
      why: "sets the parameters to the new image, and reads them back",
      unlogged: rare,
    },
  ];
}

/** The parameter of the former default image name, which is read once when a parameter is created. */
export function formerParameterPermissions(
  scope: PermissionScope,
  parameters: readonly PermittedParameter[],
): readonly PermissionStatement[] {
  if (parameters.length === 0) return [];
  return [
    {
      sid: "ReadFormerParameters",
      actions: ["ssm:GetParameter"],
      resources: parameterArns(scope, parameters),
      conditions: {},
      why: "warns if a parameter of the former default image name exists",
      ifDenied: "there is no such warning",
    },
  ];
}

/** A promotion, a rollback or a history of a parameter. */
export interface PermittedPromotion {
  readonly parameters: readonly PermittedParameter[];
  readonly regions: readonly string[];
  /** Name or ID of a launch template; undefined for none. */
  readonly launchTemplate: string | undefined;
}

/** The checks before a promotion, the parameter or label that moves, and the launch template. */
export function promotionPermissions(
  scope: PermissionScope,
  { parameters, regions, launchTemplate }: PermittedPromotion,
): readonly PermissionStatement[] {
  const template = launchTemplate?.startsWith("lt-") ? launchTemplate : "*";
  const templateReads = ["ec2:DescribeLaunchTemplates", "ec2:DescribeLaunchTemplateVersions"];
  const rare = ["ssm:AddTagsToResource", "ssm:DeleteParameter", "ssm:GetParameters", "ssm:UnlabelParameterVersion"];
  return [
    {
      sid: "ReadImages",
      actions: ["ec2:DescribeImages", ...(launchTemplate === undefined ? [] : templateReads)],
      resources: ["*"],
      conditions: inRegions(regions),
      why: "reads the images to promote",
    },
    LIST_REGIONS,
    {
      sid: "ReadSharing",
      actions: ["ec2:DescribeImageAttribute"],
      resources: ec2Arns(scope, regions, "image/*"),
      conditions: {},
      why: "checks that the image is shared with the accounts in shared-with",
    },
    {
      sid: "MoveParameters",
      actions: [
        "ssm:GetParameter",
        "ssm:GetParameterHistory",
        "ssm:LabelParameterVersion",
        "ssm:PutParameter",
        ...rare,
      ],
      resources: parameterArns(scope, parameters),
      conditions: {},
      why: "moves the parameter or its label, and restores it when another Region failed",
      unlogged: [...rare, "ssm:LabelParameterVersion", "ssm:PutParameter"],
    },
    ...(launchTemplate === undefined
      ? []
      : [
          {
            sid: "MoveLaunchTemplate",
            actions: ["ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"],
            resources: ec2Arns(scope, regions, `launch-template/${template}`),
            conditions: {},
            why: "sets the default version of the launch template to the image",
          },
        ]),
  ];
}

/** Which images retention removes, by a condition on their tags. */
export interface PermittedRetention {
  readonly regions: readonly string[];
  /** The tags of the images; undefined: the tag that bake-ami sets. */
  readonly tags: Readonly<Record<string, string>> | undefined;
  /** Whether images are disabled before they are removed. */
  readonly disables: boolean;
  /** Whether the Regions of the account are listed. */
  readonly listsRegions: boolean;
}

/** Regions are listed in the Region of the environment, which need not be one of those that are searched. */
const LIST_REGIONS: PermissionStatement = {
  sid: "ListRegions",
  actions: ["ec2:DescribeRegions"],
  resources: ["*"],
  conditions: {},
  why: "lists the Regions of the account",
  unlogged: ["ec2:DescribeRegions"],
};

/** What uses an image, and the removal of older images with their snapshots. */
export function retentionPermissions(
  scope: PermissionScope,
  { regions, tags, disables, listsRegions }: PermittedRetention,
): readonly PermissionStatement[] {
  const conditions: Conditions =
    tags === undefined
      ? OF_OURS
      : {
          StringEquals: Object.fromEntries(
            Object.entries(tags).map(([key, value]) => [`aws:ResourceTag/${key}`, [value]]),
          ),
        };
  const fallback = ["ec2:DescribeInstances", "ec2:DescribeLaunchTemplateVersions", "ec2:DescribeLaunchTemplates"];
  const changes = ["ec2:CreateTags", "ec2:DeleteTags", "ec2:DeleteSnapshot", "ec2:DeregisterImage"];
  return [
    ...(listsRegions ? [LIST_REGIONS] : []),
    {
      sid: "ReadUseOfImages",
      actions: [
        "autoscaling:DescribeAutoScalingGroups",
        "autoscaling:DescribeLaunchConfigurations",
        "ec2:DescribeImageReferences",
        "ec2:DescribeImages",
        "ec2:DescribeSnapshots",
        "imagebuilder:ListContainerRecipes",
        "imagebuilder:ListImageRecipes",
        "ssm:DescribeParameters",
        ...fallback,
      ],
      resources: ["*"],
      conditions: inRegions(regions),
      why: "reads which images exist, and what uses them",
      unlogged: [...fallback, "imagebuilder:ListContainerRecipes", "imagebuilder:ListImageRecipes"],
    },
    {
      sid: "ReadUseByParameters",
      actions: ["ssm:GetParameterHistory", "ssm:GetParameters"],
      resources: parameterArns(
        scope,
        regions.map((region) => ({ name: "*", region })),
      ),
      conditions: {},
      why: "reads which images the parameters of the account name",
    },
    {
      sid: "ReadSharingOfImages",
      actions: ["ec2:DescribeImageAttribute"],
      resources: ec2Arns(scope, regions, "image/*"),
      conditions: {},
      why: "reads with whom an older image is shared",
    },
    {
      sid: "RemoveOlderImages",
      actions: [...changes, ...(disables ? ["ec2:DisableImage"] : [])],
      resources: ec2Arns(scope, regions, "image/*", "snapshot/*"),
      conditions,
      why: "removes older images and their snapshots",
      unlogged: changes,
    },
    {
      sid: "DisableFastLaunch",
      actions: ["ec2:DisableFastLaunch"],
      resources: ec2Arns(scope, regions, "image/*"),
      conditions,
      why: "ends fast launch of older Windows images",
      ifDenied: "they are removed without it",
    },
  ];
}
