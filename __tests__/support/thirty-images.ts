import {
  CreateLaunchTemplateCommand,
  CreateLaunchTemplateVersionCommand,
  DescribeSnapshotsCommand,
  EnableImageDeregistrationProtectionCommand,
  ModifyImageAttributeCommand,
  RegisterImageCommand,
  RunInstancesCommand,
  StopInstancesCommand,
} from "@aws-sdk/client-ec2";
import { LabelParameterVersionCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import { describeOwnImages } from "../../src/aws/image.js";
import { TAG } from "../../src/core/ownership.js";
import type { TestCloud } from "./cloud.js";
import { makeImage } from "./images.js";

export const REGIONS = ["us-east-1", "eu-west-1", "ap-northeast-1"] as const;
export type RegionName = (typeof REGIONS)[number];

export const DAY = 86_400_000;

/** The clock of the cloud; tests change it. */
export const time = { now: Date.parse("2026-01-01T00:00:00Z") };

/** Tags of a finished image of the build `web`. */
export const TAGS = { [TAG.owner]: "bake-ami", [TAG.build]: "web", [TAG.names]: "web-*" };

/** Ids by region and release, 1 the oldest. */
export type Ids = ReadonlyMap<string, string>;
export const idOf = (ids: Ids, region: RegionName, release: number) => ids.get(`${region} ${release}`) ?? "";

/** Makes ten releases in three regions, a day apart. */
export async function makeThirty(cloud: TestCloud, tags: Readonly<Record<string, string>> = TAGS): Promise<Ids> {
  const ids = new Map<string, string>();
  for (let release = 1; release <= 10; release++) {
    time.now += DAY;
    for (const region of REGIONS) {
      ids.set(`${region} ${release}`, await makeImage(cloud, `web-${release}`, region, tags));
    }
  }
  return ids;
}

/** Puts images to use in each way that keeps them. The images differ by region, so that a release is in use in some regions only. */
export async function useSome(cloud: TestCloud, ids: Ids): Promise<void> {
  await inUsEast(cloud, ids);
  await inEuWest(cloud, ids);
  await inTokyo(cloud, ids);
}

/** The images that remain of `makeThirty` and `useSome` when the newest three are kept. */
export const STAYING: Readonly<Record<RegionName, readonly string[]>> = {
  "us-east-1": ["web-1", "web-10", "web-2", "web-3", "web-5", "web-6", "web-8", "web-9"],
  "eu-west-1": ["web-10", "web-2", "web-4", "web-6", "web-7", "web-8", "web-9"],
  "ap-northeast-1": ["another's", "kept-too", "unfinished", "web-10", "web-3", "web-8", "web-9"],
};

async function inUsEast(cloud: TestCloud, ids: Ids): Promise<void> {
  const region = "us-east-1";
  const ec2 = await cloud.session(region).ec2();
  const ssm = await cloud.session(region).ssm();
  const id = (release: number) => idOf(ids, region, release);
  await ec2.send(new RunInstancesCommand({ ImageId: id(1), MinCount: 1, MaxCount: 1, InstanceType: "t3.micro" }));
  // A version that is neither the default nor the latest one.
  const first = { LaunchTemplateName: "web", LaunchTemplateData: { ImageId: id(10) } };
  const made = await ec2.send(new CreateLaunchTemplateCommand(first));
  for (const release of [2, 9]) {
    const LaunchTemplateId = made.LaunchTemplate?.LaunchTemplateId;
    const next = { LaunchTemplateId, LaunchTemplateData: { ImageId: id(release) } };
    await ec2.send(new CreateLaunchTemplateVersionCommand(next));
  }
  const image = { Name: "/images/web/latest", Type: "String", DataType: "aws:ec2:image" } as const;
  // A label on a version that is not the current one; a version without a label keeps nothing.
  for (const release of [3, 4, 5])
    await ssm.send(new PutParameterCommand({ ...image, Value: id(release), Overwrite: true }));
  await ssm.send(new LabelParameterVersionCommand({ Name: image.Name, ParameterVersion: 1, Labels: ["prod"] }));
  await cloud.endpoint().seed({
    regions: { [region]: { launchConfigurations: [{ name: "old-web", imageId: id(6) }] } },
  });
}

async function inEuWest(cloud: TestCloud, ids: Ids): Promise<void> {
  const region = "eu-west-1";
  const ec2 = await cloud.session(region).ec2();
  const ssm = await cloud.session(region).ssm();
  const id = (release: number) => idOf(ids, region, release);
  const { Instances } = await ec2.send(
    new RunInstancesCommand({ ImageId: id(2), MinCount: 1, MaxCount: 1, InstanceType: "t3.micro" }),
  );
  await ec2.send(
    new StopInstancesCommand({ InstanceIds: (Instances ?? []).flatMap(({ InstanceId }) => InstanceId ?? []) }),
  );
  await ssm.send(new PutParameterCommand({ Name: "/deploy", Type: "String", Value: `{"image":"${id(4)}"}` }));
  const permission = { LaunchPermission: { Add: [{ UserId: "210987654321" }] } };
  await ec2.send(new ModifyImageAttributeCommand({ ImageId: id(6), ...permission }));
  await ec2.send(new EnableImageDeregistrationProtectionCommand({ ImageId: id(7) }));
}

async function inTokyo(cloud: TestCloud, ids: Ids): Promise<void> {
  const region = "ap-northeast-1";
  const ec2 = await cloud.session(region).ec2();
  const ssm = await cloud.session(region).ssm();
  const named = { Name: "/web/base", Type: "String", DataType: "aws:ec2:image" } as const;
  await ssm.send(new PutParameterCommand({ ...named, Value: idOf(ids, region, 3) }));
  const data = { LaunchTemplateName: "by-name", LaunchTemplateData: { ImageId: "resolve:ssm:/web/base" } };
  await ec2.send(new CreateLaunchTemplateCommand(data));
  await makeImage(cloud, "another's", region);
  await makeImage(cloud, "unfinished", region, { ...TAGS, [TAG.unfinished]: "finish" });
  // Another image of the snapshot of an image that is removed.
  const [old] = await describeOwnImages(cloud.scope(region), [{ Name: "image-id", Values: [idOf(ids, region, 1)] }]);
  const mapping = { DeviceName: "/dev/sda1", Ebs: { SnapshotId: old?.snapshotIds[0] } };
  await ec2.send(
    new RegisterImageCommand({ Name: "kept-too", RootDeviceName: "/dev/sda1", BlockDeviceMappings: [mapping] }),
  );
}

/** Returns the names of the images of a region, sorted. */
export async function namesIn(cloud: TestCloud, region: RegionName): Promise<readonly string[]> {
  return (await describeOwnImages(cloud.scope(region), [], "with disabled ones")).map(({ name }) => name).sort();
}

/** Returns the snapshots of a region, and the snapshots that its images use; tests expect both to be equal. */
export async function snapshotsIn(cloud: TestCloud, region: RegionName) {
  const ec2 = await cloud.session(region).ec2();
  const { Snapshots } = await ec2.send(new DescribeSnapshotsCommand({ OwnerIds: ["self"] }));
  const images = await describeOwnImages(cloud.scope(region), [], "with disabled ones");
  return {
    existing: (Snapshots ?? []).map(({ SnapshotId }) => SnapshotId).sort(),
    used: [...new Set(images.flatMap(({ snapshotIds }) => snapshotIds))].sort(),
  };
}
