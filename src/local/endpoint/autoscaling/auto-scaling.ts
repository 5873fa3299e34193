import type { Actions, Handler } from "../call.js";
import { ACCOUNT } from "../records.js";
import { texts } from "../wire/query.js";
import type { Members } from "../wire/xml.js";
import type { SeededGroup } from "./model.js";

const MADE = "2026-01-01T00:00:00.000Z";

function templateOf(group: SeededGroup): Members | undefined {
  if (group.launchTemplateId === undefined && group.launchTemplateName === undefined) return undefined;
  return {
    LaunchTemplateId: group.launchTemplateId,
    LaunchTemplateName: group.launchTemplateName,
    Version: group.version ?? "$Default",
  };
}

const describeGroups: Handler = ({ region, params }) => {
  const names = texts(params, "AutoScalingGroupNames");
  const rows = region.autoScalingGroups.filter(({ name }) => names.length === 0 || names.includes(name));
  return {
    AutoScalingGroups: rows.map((group) => ({
      AutoScalingGroupName: group.name,
      AutoScalingGroupARN: `arn:aws:autoscaling:${region.name}:${ACCOUNT}:autoScalingGroup:local:autoScalingGroupName/${group.name}`,
      LaunchConfigurationName: group.launchConfiguration,
      LaunchTemplate: templateOf(group),
      MinSize: 0,
      MaxSize: 1,
      DesiredCapacity: group.instanceIds?.length ?? 0,
      DefaultCooldown: 300,
      AvailabilityZones: region.vpc.subnets.map(({ zone }) => zone.name),
      HealthCheckType: "EC2",
      CreatedTime: MADE,
      Instances: (group.instanceIds ?? []).map((id) => ({
        InstanceId: id,
        AvailabilityZone: region.vpc.subnets[0]?.zone.name,
        LifecycleState: "InService",
        HealthStatus: "Healthy",
        ProtectedFromScaleIn: false,
        LaunchTemplate: templateOf(group),
      })),
    })),
  };
};

const describeConfigurations: Handler = ({ region, params }) => {
  const names = texts(params, "LaunchConfigurationNames");
  const rows = region.launchConfigurations.filter(({ name }) => names.length === 0 || names.includes(name));
  return {
    LaunchConfigurations: rows.map(({ name, imageId }) => ({
      LaunchConfigurationName: name,
      LaunchConfigurationARN: `arn:aws:autoscaling:${region.name}:${ACCOUNT}:launchConfiguration:local:launchConfigurationName/${name}`,
      ImageId: imageId,
      InstanceType: "t3.micro",
      CreatedTime: MADE,
    })),
  };
};

/** Handlers of the calls of Auto Scaling. */
export const autoScalingActions: Actions = {
  DescribeAutoScalingGroups: describeGroups,
  DescribeLaunchConfigurations: describeConfigurations,
};
