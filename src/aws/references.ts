import { DescribeAutoScalingGroupsCommand, DescribeLaunchConfigurationsCommand } from "@aws-sdk/client-auto-scaling";
import {
  DescribeImageReferencesCommand,
  DescribeInstancesCommand,
  type ResourceTypeRequest,
} from "@aws-sdk/client-ec2";
import { allEnded } from "../core/all-ended.js";
import { failedAs } from "./client/errors.js";
import { PAGE_SIZE, readPages } from "./client/pages.js";
import type { CallScope } from "./client/session.js";
import { describeLaunchTemplateIds, describeTemplateVersions } from "./launch-template.js";

/** A resource of the account that uses an image. */
export interface ImageReference {
  readonly imageId: string;
  /** For people, e.g. `instance i-0abc` or `launch template lt-0abc`. */
  readonly user: string;
}

/** Images in one call. Only the response is paged. */
const BATCH = 10;

/** States of instances that still have their image's volumes, or may start again. */
const LIVE_STATES = ["pending", "running", "shutting-down", "stopping", "stopped"];

/** All versions of a launch template, because a group or fleet can use any of them (the API's default is the newest 10). */
const EVERY_VERSION = "10000";

const RESOURCE_TYPES: ResourceTypeRequest[] = [
  {
    ResourceType: "ec2:Instance",
    ResourceTypeOptions: [{ OptionName: "state-name", OptionValues: LIVE_STATES }],
  },
  {
    ResourceType: "ec2:LaunchTemplate",
    ResourceTypeOptions: [{ OptionName: "version-depth", OptionValues: [EVERY_VERSION] }],
  },
  { ResourceType: "ssm:Parameter" },
  { ResourceType: "imagebuilder:ImageRecipe" },
  { ResourceType: "imagebuilder:ContainerRecipe" },
];

/**
 * Returns the instances, launch templates, parameters and Image Builder recipes of the account that use these images (EC2
 * DescribeImageReferences). If that call is denied or the endpoint does not have it, instances and all versions of all launch templates
 * are read instead; `parameterReferences` reads parameters. Rejects when these cannot be read either.
 */
export async function findImageReferences(
  scope: CallScope,
  imageIds: readonly string[],
): Promise<readonly ImageReference[]> {
  try {
    const found: ImageReference[] = [];
    for (let at = 0; at < imageIds.length; at += BATCH) {
      found.push(...(await describeReferences(scope, imageIds.slice(at, at + BATCH))));
    }
    return found;
  } catch (error) {
    if (!failedAs(error, "denied", "invalid", "not-found")) throw error;
    return readReferences(scope, imageIds);
  }
}

async function describeReferences(scope: CallScope, ImageIds: string[]): Promise<readonly ImageReference[]> {
  const ec2 = await scope.session.ec2(scope.region);
  const input = { ImageIds, ResourceTypes: RESOURCE_TYPES };
  const references = await readPages(
    (NextToken) => ec2.send(new DescribeImageReferencesCommand({ ...input, NextToken }), scope.signal),
    ({ ImageReferences }) => ImageReferences,
  );
  return references.flatMap(({ ImageId, ResourceType, Arn }) =>
    ImageId ? [{ imageId: ImageId, user: userText(ResourceType ?? "", Arn ?? "") }] : [],
  );
}

const KINDS: Readonly<Record<string, string>> = {
  "ec2:Instance": "instance",
  "ec2:LaunchTemplate": "launch template",
  "ssm:Parameter": "parameter",
  "imagebuilder:ImageRecipe": "image recipe",
  "imagebuilder:ContainerRecipe": "container recipe",
};

/** Returns `instance i-0abc` for an ARN. A parameter's name keeps its slashes. */
function userText(type: string, arn: string): string {
  const resource = arn.split(":").slice(5).join(":");
  const name = resource.slice(resource.indexOf("/") + 1);
  const isPath = type === "ssm:Parameter" && name.includes("/");
  return `${KINDS[type] ?? type} ${isPath ? `/${name}` : name}`;
}

async function readReferences(scope: CallScope, imageIds: readonly string[]): Promise<readonly ImageReference[]> {
  const [instances, templates] = await allEnded([
    instanceReferences(scope, imageIds),
    templateReferences(scope, imageIds),
  ]);
  return [...instances, ...templates];
}

/** Maximum number of values of one filter (EC2 API). */
const FILTER_VALUES = 200;

/** Returns the account's instances of these images that are not terminated. */
async function instanceReferences(scope: CallScope, imageIds: readonly string[]): Promise<readonly ImageReference[]> {
  const ec2 = await scope.session.ec2(scope.region);
  const found: ImageReference[] = [];
  for (let at = 0; at < imageIds.length; at += FILTER_VALUES) {
    const Filters = [
      { Name: "image-id", Values: imageIds.slice(at, at + FILTER_VALUES) },
      { Name: "instance-state-name", Values: LIVE_STATES },
    ];
    const instances = await readPages(
      (NextToken) =>
        ec2.send(new DescribeInstancesCommand({ Filters, NextToken, MaxResults: PAGE_SIZE }), scope.signal),
      ({ Reservations }) => Reservations?.flatMap(({ Instances }) => Instances ?? []),
    );
    for (const { ImageId, InstanceId } of instances) {
      if (ImageId) found.push({ imageId: ImageId, user: `instance ${InstanceId}` });
    }
  }
  return found;
}

/** Returns the launch template versions that use these images, directly or by a parameter (`resolve:ssm:…`). */
async function templateReferences(scope: CallScope, imageIds: readonly string[]): Promise<readonly ImageReference[]> {
  const ids = new Set(imageIds);
  const found: ImageReference[] = [];
  for (const id of await describeLaunchTemplateIds(scope)) {
    for (const { imageId, version } of await resolvedVersions(scope, id)) {
      if (imageId !== undefined && ids.has(imageId)) {
        found.push({ imageId, user: `launch template ${id} (version ${version})` });
      }
    }
  }
  return found;
}

/**
 * Returns the versions with their parameters resolved. The call fails if one version uses a parameter that does not exist. Then the
 * versions are read unresolved: such a version cannot launch anything, and parameters are read separately.
 */
async function resolvedVersions(scope: CallScope, id: string) {
  try {
    return await describeTemplateVersions(scope, id, true);
  } catch (error) {
    if (failedAs(error, "not-found")) return [];
    if (!failedAs(error, "invalid")) throw error;
    return describeTemplateVersions(scope, id);
  }
}

/**
 * Returns the launch configurations that use one of these images, with their Auto Scaling groups. `findImageReferences` finds the launch
 * templates and instances of groups.
 */
export async function findLaunchConfigurationReferences(
  scope: CallScope,
  imageIds: readonly string[],
): Promise<readonly ImageReference[]> {
  const ids = new Set(imageIds);
  const found = (await launchConfigurations(scope)).filter(({ imageId }) => ids.has(imageId));
  if (found.length === 0) return [];
  const groups = await groupsByConfiguration(scope);
  return found.map(({ name, imageId }) => {
    const users = groups.get(name) ?? [];
    const by = users.length > 0 ? ` (Auto Scaling group ${users.join(", ")})` : "";
    return { imageId, user: `launch configuration ${name}${by}` };
  });
}

interface LaunchConfiguration {
  readonly name: string;
  readonly imageId: string;
}

async function launchConfigurations(scope: CallScope): Promise<readonly LaunchConfiguration[]> {
  const client = await scope.session.autoScaling(scope.region);
  const found = await readPages(
    (NextToken) => client.send(new DescribeLaunchConfigurationsCommand({ NextToken }), scope.signal),
    ({ LaunchConfigurations }) => LaunchConfigurations,
  );
  return found.map(({ LaunchConfigurationName: name = "", ImageId: imageId = "" }) => ({ name, imageId }));
}

async function groupsByConfiguration(scope: CallScope): Promise<ReadonlyMap<string, readonly string[]>> {
  const client = await scope.session.autoScaling(scope.region);
  const found = await readPages(
    (NextToken) => client.send(new DescribeAutoScalingGroupsCommand({ NextToken }), scope.signal),
    ({ AutoScalingGroups }) => AutoScalingGroups,
  );
  const groups = new Map<string, string[]>();
  for (const { LaunchConfigurationName: by, AutoScalingGroupName: name = "" } of found) {
    if (by) groups.set(by, [...(groups.get(by) ?? []), name]);
  }
  return groups;
}
