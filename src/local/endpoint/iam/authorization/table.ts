import type { ResourceName } from "./resources.js";

/** A resource that a call is authorized on. */
export interface ActionTarget {
  readonly type: ResourceName;
  /** Paths of the parameters with its IDs or names. Undefined for a resource that the call creates. */
  readonly from?: readonly string[];
  /** Whether EC2 chooses the resource where the call names none: the default VPC. */
  readonly hasDefault?: boolean;
  /** Whether the call creates the resource under a name of its own. */
  readonly isNew?: boolean;
  /** Whether the action does not know the tags of the resource. */
  readonly isUntagged?: boolean;
  /** Parameter with the Region of the resource; the call's unless set. */
  readonly regionFrom?: string;
}

/** What a call is authorized on: `*` for an action without resources, `launch` for a launch, and `none` for a call that everybody may make. */
type Row = "*" | "launch" | "none" | readonly ActionTarget[];

const image: readonly ActionTarget[] = [{ type: "image", from: ["ImageId"] }];
const instance: readonly ActionTarget[] = [{ type: "instance", from: ["InstanceId"] }];
const snapshot: readonly ActionTarget[] = [{ type: "snapshot", from: ["SnapshotId"] }];
const group: readonly ActionTarget[] = [{ type: "security-group", from: ["GroupId", "GroupName"] }];
const template: readonly ActionTarget[] = [
  { type: "launch-template", from: ["LaunchTemplateId", "LaunchTemplateName"] },
];
const parameter: readonly ActionTarget[] = [{ type: "parameter", from: ["Name", "Names", "Path", "ResourceId"] }];
const session: readonly ActionTarget[] = [{ type: "session", from: ["SessionId"] }];
const role: readonly ActionTarget[] = [{ type: "role", from: ["RoleName"] }];
const profile: readonly ActionTarget[] = [{ type: "instance-profile", from: ["InstanceProfileName"] }];
const secret: readonly ActionTarget[] = [{ type: "secret", from: ["SecretId", "Name"] }];

function rows<R extends Row>(service: string, names: string, row: R): Readonly<Record<string, R>> {
  return Object.fromEntries(names.split(/\s+/).map((name) => [`${service}:${name}`, row]));
}

/**
 * What each action is authorized on (Service Authorization Reference, "Actions" of each service). An action without a row is refused while
 * policies are enforced.
 */
export const AUTHORIZATION: Readonly<Record<string, Row>> = {
  ...rows(
    "ec2",
    "DescribeAccountAttributes DescribeAvailabilityZones DescribeFastLaunchImages DescribeIamInstanceProfileAssociations DescribeImageReferences DescribeImages DescribeInstanceConnectEndpoints DescribeInstanceStatus DescribeInstanceTypeOfferings DescribeInstanceTypes DescribeInstances DescribeKeyPairs DescribeLaunchTemplateVersions DescribeLaunchTemplates DescribeNetworkInterfaces DescribeRegions DescribeRouteTables DescribeSecurityGroupRules DescribeSecurityGroups DescribeSnapshots DescribeSpotPriceHistory DescribeSubnets DescribeTags DescribeVolumes DescribeVpcs DescribeVpcBlockPublicAccessOptions GetAllowedImagesSettings EnableAllowedImagesSettings DisableAllowedImagesSettings ReplaceImageCriteriaInAllowedImagesSettings GetEbsDefaultKmsKeyId GetEbsEncryptionByDefault EnableEbsEncryptionByDefault DisableEbsEncryptionByDefault ModifyEbsDefaultKmsKeyId ResetEbsDefaultKmsKeyId GetImageBlockPublicAccessState EnableImageBlockPublicAccess DisableImageBlockPublicAccess GetSnapshotBlockPublicAccessState EnableSnapshotBlockPublicAccess DisableSnapshotBlockPublicAccess",
    "*",
  ),
  "ec2:RunInstances": "launch",
  "ec2:CreateFleet": [
    { type: "fleet" },
    {
      type: "launch-template",
      from: [
        "LaunchTemplateConfigs.LaunchTemplateSpecification.LaunchTemplateId",
        "LaunchTemplateConfigs.LaunchTemplateSpecification.LaunchTemplateName",
      ],
    },
  ],
  "ec2:CreateImage": [...instance, { type: "image" }, { type: "snapshot" }],
  // Since October 2024 the source image counts too, in its own Region, but not its tags.
  "ec2:CopyImage": [
    { type: "image", from: ["SourceImageId"], regionFrom: "SourceRegion", isUntagged: true },
    { type: "image" },
    { type: "snapshot" },
  ],
  "ec2:RegisterImage": [{ type: "image" }, { type: "snapshot", from: ["BlockDeviceMapping.Ebs.SnapshotId"] }],
  ...rows(
    "ec2",
    "DeregisterImage DescribeImageAttribute DisableFastLaunch DisableImage DisableImageDeprecation DisableImageDeregistrationProtection EnableImage EnableImageDeprecation EnableImageDeregistrationProtection ModifyImageAttribute ResetImageAttribute",
    image,
  ),
  "ec2:EnableFastLaunch": [
    ...image,
    { type: "launch-template", from: ["LaunchTemplate.LaunchTemplateId", "LaunchTemplate.LaunchTemplateName"] },
  ],
  ...rows(
    "ec2",
    "DescribeInstanceAttribute GetConsoleOutput GetPasswordData RebootInstances StartInstances StopInstances TerminateInstances",
    instance,
  ),
  "ec2:ModifyInstanceAttribute": [...instance, { type: "security-group", from: ["GroupId"] }],
  ...rows("ec2", "DeleteSnapshot DescribeSnapshotAttribute ModifySnapshotAttribute ResetSnapshotAttribute", snapshot),
  "ec2:CreateSnapshot": [{ type: "volume", from: ["VolumeId"] }, { type: "snapshot" }],
  "ec2:CreateVolume": [{ type: "volume" }, ...snapshot],
  "ec2:DeleteVolume": [{ type: "volume", from: ["VolumeId"] }],
  ...rows("ec2", "ImportKeyPair CreateKeyPair", [{ type: "key-pair", from: ["KeyName"], isNew: true }]),
  "ec2:DeleteKeyPair": [{ type: "key-pair", from: ["KeyName", "KeyPairId"] }],
  "ec2:CreateSecurityGroup": [{ type: "security-group" }, { type: "vpc", from: ["VpcId"], hasDefault: true }],
  ...rows(
    "ec2",
    "AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress DeleteSecurityGroup RevokeSecurityGroupEgress RevokeSecurityGroupIngress",
    group,
  ),
  "ec2:CreateLaunchTemplate": [{ type: "launch-template" }],
  ...rows("ec2", "CreateLaunchTemplateVersion DeleteLaunchTemplate ModifyLaunchTemplate", template),
  // The type of each resource is that of its ID.
  ...rows("ec2", "CreateTags DeleteTags", [{ type: "instance", from: ["ResourceId"] }]),
  ...rows(
    "ssm",
    "GetParameter GetParameters GetParametersByPath GetParameterHistory PutParameter DeleteParameter DeleteParameters LabelParameterVersion UnlabelParameterVersion AddTagsToResource RemoveTagsFromResource ListTagsForResource",
    parameter,
  ),
  ...rows("ssm", "DescribeParameters DescribeSessions DescribeInstanceInformation", "*"),
  "ssm:StartSession": [
    { type: "instance", from: ["Target"] },
    { type: "document", from: ["DocumentName"] },
  ],
  ...rows("ssm", "ResumeSession TerminateSession", session),
  "ssm:GetConnectionStatus": [{ type: "instance", from: ["Target"] }],
  "ssm:GetServiceSetting": [{ type: "servicesetting", from: ["SettingId"] }],
  "ssmmessages:OpenDataChannel": session,
  "ec2-instance-connect:SendSSHPublicKey": instance,
  "ec2-instance-connect:OpenTunnel": [{ type: "instance-connect-endpoint", from: ["instanceConnectEndpointId"] }],
  ...rows("kms", "GenerateDataKey DescribeKey", [{ type: "key", from: ["KeyId"] }]),
  "servicequotas:GetServiceQuota": "*",
  ...rows("sts", "GetCallerIdentity AssumeRoleWithWebIdentity", "none"),
  "sts:AssumeRole": [{ type: "role", from: ["RoleArn"] }],
  "sts:DecodeAuthorizationMessage": "*",
  ...rows(
    "iam",
    "CreateRole GetRole DeleteRole PutRolePolicy GetRolePolicy DeleteRolePolicy ListRolePolicies AttachRolePolicy DetachRolePolicy ListAttachedRolePolicies TagRole UntagRole ListRoleTags ListInstanceProfilesForRole",
    role,
  ),
  ...rows(
    "iam",
    "CreateInstanceProfile GetInstanceProfile DeleteInstanceProfile AddRoleToInstanceProfile RemoveRoleFromInstanceProfile TagInstanceProfile UntagInstanceProfile ListInstanceProfileTags",
    profile,
  ),
  ...rows("iam", "ListRoles ListInstanceProfiles", "*"),
  ...rows("secretsmanager", "GetSecretValue CreateSecret DescribeSecret DeleteSecret", secret),
  ...rows("autoscaling", "DescribeAutoScalingGroups DescribeLaunchConfigurations", "*"),
  ...rows("servicequotas", "GetServiceQuota GetAWSDefaultServiceQuota ListServiceQuotas", "*"),
};
