import type { Cloud, Region } from "../../cloud.js";
import type { TagMap } from "../../records.js";

/** Where a call is made: the account and the Region. */
export interface ArnScope {
  readonly cloud: Cloud;
  readonly region: Region;
}

/** Values of condition keys by their names as AWS writes them. Undefined values are left out. */
export type Keys = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** What IAM is asked about a call: one action on one resource, and the condition keys as AWS writes them. */
export interface CallRequest {
  readonly action: string;
  readonly resource: string;
  readonly keys: Keys;
}

/** What IAM knows about a resource that exists. */
interface Facts {
  readonly tags?: TagMap | undefined;
  /** ID of the account, or `amazon`; the account's own unless set. */
  readonly owner?: string | undefined;
  readonly keys?: Keys | undefined;
}

/** A type of resource: its ARN and what is known about one with an ID. */
interface ResourceType {
  readonly arn: (scope: ArnScope, id: string) => string;
  readonly facts: (scope: ArnScope, id: string) => Facts | undefined;
}

/** The partition of a Region, as ARNs name it. */
export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  return region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
}

/** An ARN of EC2. Images and snapshots have no account in theirs. */
function ec2Arn(type: string, hasAccount = true): ResourceType["arn"] {
  return ({ cloud, region }, id) =>
    `arn:${partitionOf(region.name)}:ec2:${region.name}:${hasAccount ? cloud.account : ""}:${type}/${id}`;
}

const ssmArn =
  (type: string, hasAccount = true): ResourceType["arn"] =>
  ({ cloud, region }, id) =>
    `arn:${partitionOf(region.name)}:ssm:${region.name}:${hasAccount ? cloud.account : ""}:${type}/${id.replace(/^\//, "")}`;

const vpcArn = (scope: ArnScope): string => ec2Arn("vpc")(scope, scope.region.vpc.vpcId);
const nothing = (): undefined => undefined;

/**
 * The types of resources with their ARNs and condition keys (Service Authorization Reference, "Resource types" and "Condition keys" of each
 * service). The names of EC2's types are those of its tag specifications.
 */
export const RESOURCE_TYPES = {
  image: {
    arn: ec2Arn("image", false),
    facts: ({ region }, id) => {
      const image = region.images.get(id);
      const isPublic = image?.stock === true || image?.permissions.some((each) => "group" in each) === true;
      return (
        image && {
          tags: image.tags,
          owner: image.owner,
          keys: {
            "ec2:ImageID": id,
            "ec2:Owner": image.ownerAlias ?? image.owner,
            "ec2:Public": isPublic,
            "ec2:ImageType": "machine",
            "ec2:RootDeviceType": "ebs",
          },
        }
      );
    },
  },
  snapshot: {
    arn: ec2Arn("snapshot", false),
    facts: (scope, id) => {
      const snapshot = scope.region.snapshots.get(id);
      return (
        snapshot && {
          tags: snapshot.tags,
          keys: {
            "ec2:SnapshotID": id,
            "ec2:Owner": scope.cloud.account,
            "ec2:VolumeSize": snapshot.volumeSize,
            "ec2:Encrypted": snapshot.encrypted,
            "ec2:ParentVolume": ec2Arn("volume")(scope, snapshot.volumeId),
          },
        }
      );
    },
  },
  instance: {
    arn: ec2Arn("instance"),
    facts: ({ region }, id) => {
      const instance = region.instances.get(id);
      return (
        instance && {
          tags: instance.tags,
          keys: {
            "ec2:InstanceID": id,
            "ec2:InstanceType": instance.type,
            "ec2:InstanceProfile": instance.profile?.arn,
            "ec2:AvailabilityZone": instance.subnet.zone.name,
            "ec2:MetadataHttpTokens": instance.metadataOptions.httpTokens,
            "ec2:EbsOptimized": instance.ebsOptimized,
            "ec2:RootDeviceType": "ebs",
            "ec2:Tenancy": "default",
          },
        }
      );
    },
  },
  volume: {
    arn: ec2Arn("volume"),
    facts: (scope, id) => {
      const volume = scope.region.volumes.get(id);
      return (
        volume && {
          tags: volume.tags,
          keys: {
            "ec2:VolumeID": id,
            "ec2:VolumeType": volume.type,
            "ec2:VolumeSize": volume.size,
            "ec2:Encrypted": volume.encrypted,
            "ec2:AvailabilityZone": volume.zone,
            "ec2:ParentSnapshot": ec2Arn("snapshot", false)(scope, volume.snapshotId),
          },
        }
      );
    },
  },
  "network-interface": {
    arn: ec2Arn("network-interface"),
    facts: (scope, id) => {
      const found = [...scope.region.instances.values()].find(({ networkInterface }) => networkInterface.id === id);
      return found && { tags: found.networkInterface.tags, keys: { "ec2:Vpc": vpcArn(scope) } };
    },
  },
  "security-group": {
    arn: ec2Arn("security-group"),
    facts: (scope, id) => {
      const group = scope.region.securityGroups.get(id);
      return group && { tags: group.tags, keys: { "ec2:SecurityGroupID": id, "ec2:Vpc": vpcArn(scope) } };
    },
  },
  "security-group-rule": { arn: ec2Arn("security-group-rule"), facts: nothing },
  subnet: {
    arn: ec2Arn("subnet"),
    facts: (scope, id) => {
      const subnet = scope.region.vpc.subnets.find((each) => each.id === id);
      return (
        subnet && {
          keys: { "ec2:SubnetID": id, "ec2:Vpc": vpcArn(scope), "ec2:AvailabilityZone": subnet.zone.name },
        }
      );
    },
  },
  vpc: { arn: ec2Arn("vpc"), facts: (_scope, id) => ({ keys: { "ec2:VpcID": id, "ec2:Tenancy": "default" } }) },
  "key-pair": {
    arn: ec2Arn("key-pair"),
    facts: ({ region }, name) => {
      const key = region.keyPairs.get(name);
      return key && { tags: key.tags, keys: { "ec2:KeyPairName": name, "ec2:KeyPairType": key.type } };
    },
  },
  "launch-template": {
    arn: ec2Arn("launch-template"),
    facts: ({ region }, id) => ({ tags: region.launchTemplates.get(id)?.tags }),
  },
  fleet: { arn: ec2Arn("fleet"), facts: ({ region }, id) => ({ tags: region.fleets.get(id)?.tags }) },
  "spot-instances-request": { arn: ec2Arn("spot-instances-request"), facts: nothing },
  "elastic-gpu": { arn: ec2Arn("elastic-gpu"), facts: nothing },
  "instance-connect-endpoint": { arn: ec2Arn("instance-connect-endpoint"), facts: nothing },
  parameter: {
    arn: ssmArn("parameter"),
    facts: ({ region }, name) => ({ tags: region.parameters.get(name)?.tags }),
  },
  document: { arn: ssmArn("document", false), facts: nothing },
  session: { arn: ssmArn("session"), facts: nothing },
  servicesetting: { arn: ssmArn("servicesetting"), facts: nothing },
  role: {
    arn: ({ cloud, region }, id) => iamArn(cloud, region, `role${cloud.roles.get(id)?.path ?? "/"}${id}`),
    facts: ({ cloud }, name) => {
      const role = cloud.roles.get(name);
      return role && { tags: role.tags, keys: { "iam:PermissionsBoundary": role.boundary } };
    },
  },
  "instance-profile": {
    arn: ({ cloud, region }, id) =>
      iamArn(cloud, region, `instance-profile${cloud.profiles.get(id)?.path ?? "/"}${id}`),
    facts: ({ cloud }, name) => ({ tags: cloud.profiles.get(name)?.tags }),
  },
  secret: {
    arn: ({ cloud, region }, id) =>
      `arn:${partitionOf(region.name)}:secretsmanager:${region.name}:${cloud.account}:secret:${id}`,
    facts: nothing,
  },
  key: {
    arn: ({ cloud, region }, id) => `arn:${partitionOf(region.name)}:kms:${region.name}:${cloud.account}:key/${id}`,
    facts: nothing,
  },
} as const satisfies Record<string, ResourceType>;

/** A type of resource. */
export type ResourceName = keyof typeof RESOURCE_TYPES;

/** A resource by its type and its ID or name. */
export interface NamedResource {
  readonly type: ResourceName;
  readonly id: string;
}

function iamArn(cloud: Cloud, region: Region, path: string): string {
  return `arn:${partitionOf(region.name)}:iam::${cloud.account}:${path}`;
}

/** Returns whether a name is that of a type of resource. */
export function isResourceName(name: string): name is ResourceName {
  return Object.hasOwn(RESOURCE_TYPES, name);
}

/** Returns the ARN of a resource; that of a new one ends in `*`. */
export function arnOf(scope: ArnScope, type: ResourceName, id: string): string {
  return RESOURCE_TYPES[type].arn(scope, id);
}

/** The keys of tags by the service of the action; `ec2:ResourceTag` for the services of EC2. */
const TAG_KEYS: Readonly<Record<string, string>> = {
  ssm: "ssm:resourceTag",
  iam: "iam:ResourceTag",
  sts: "iam:ResourceTag",
  secretsmanager: "secretsmanager:ResourceTag",
};

/**
 * Returns the condition keys that an action has of a resource that exists: its tags, its owner, and those of its type. Empty for an unknown
 * ID.
 */
export function keysOfResource(scope: ArnScope, { type, id }: NamedResource, action: string): Keys {
  const known: ResourceType = RESOURCE_TYPES[type];
  const facts = known.facts(scope, id);
  if (facts === undefined) return {};
  const own = TAG_KEYS[action.split(":")[0] ?? ""] ?? "ec2:ResourceTag";
  const tags = [...(facts.tags ?? [])].flatMap(([name, value]) => [
    [`aws:ResourceTag/${name}`, value],
    [`${own}/${name}`, value],
  ]);
  return { "aws:ResourceAccount": facts.owner ?? scope.cloud.account, ...Object.fromEntries(tags), ...facts.keys };
}
