import { DescribeAutoScalingGroupsCommand, DescribeLaunchConfigurationsCommand } from "@aws-sdk/client-auto-scaling";
import type { CallScope } from "./client/session.js";
import type { ImageReference } from "./references.js";

/**
 * Launch configurations that name one of these images, with the auto scaling groups that launch by them. What groups launch by
 * launch templates, and their instances, is told by `imageReferences`.
 */
export async function launchConfigurationReferences(
  scope: CallScope,
  imageIds: readonly string[],
): Promise<readonly ImageReference[]> {
  const wanted = new Set(imageIds);
  const found = (await launchConfigurations(scope)).filter(({ imageId }) => wanted.has(imageId));
  if (found.length === 0) return [];
  const groups = await groupsByConfiguration(scope);
  return found.map(({ name, imageId }) => {
    const users = groups.get(name) ?? [];
    const by = users.length > 0 ? ` (auto scaling group ${users.join(", ")})` : "";
    return { imageId, user: `launch configuration ${name}${by}` };
  });
}

interface LaunchConfiguration {
  readonly name: string;
  readonly imageId: string;
}

async function launchConfigurations(scope: CallScope): Promise<readonly LaunchConfiguration[]> {
  const client = await scope.session.autoScaling(scope.region);
  const found: LaunchConfiguration[] = [];
  let next: string | undefined;
  do {
    const answer = await client.send(new DescribeLaunchConfigurationsCommand({ NextToken: next }), scope.signal);
    for (const { LaunchConfigurationName: name = "", ImageId: imageId = "" } of answer.LaunchConfigurations ?? []) {
      found.push({ name, imageId });
    }
    next = answer.NextToken;
  } while (next);
  return found;
}

async function groupsByConfiguration(scope: CallScope): Promise<ReadonlyMap<string, readonly string[]>> {
  const client = await scope.session.autoScaling(scope.region);
  const groups = new Map<string, string[]>();
  let next: string | undefined;
  do {
    const answer = await client.send(new DescribeAutoScalingGroupsCommand({ NextToken: next }), scope.signal);
    for (const { LaunchConfigurationName: by, AutoScalingGroupName: name = "" } of answer.AutoScalingGroups ?? []) {
      if (by) groups.set(by, [...(groups.get(by) ?? []), name]);
    }
    next = answer.NextToken;
  } while (next);
  return groups;
}
