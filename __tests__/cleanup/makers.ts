import {
  CreateLaunchTemplateCommand,
  CreateSecurityGroupCommand,
  CreateVolumeCommand,
  DescribeImagesCommand,
  ImportKeyPairCommand,
  type ResourceType,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import type { Intent } from "../../src/core/ledger.js";
import { TAG } from "../../src/core/ownership.js";
import type { TestCloud } from "../support/cloud.js";

const PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGk7jSl8C3DgJpXh9sYJsZ1bqHq3m0ZkRj0m1wB1xV2y test";

/** A policy of a role. */
const POLICY = JSON.stringify({ Statement: { Effect: "Allow", Action: "s3:GetObject", Resource: "*" } });

/** Tags of ours; without a time they expired an hour ago. */
export const tagsOf = (key: string, expires = new Date(Date.now() - 3_600_000).toISOString()) => [
  { Key: TAG.owner, Value: "bake-ami" },
  { Key: TAG.key, Value: key },
  { Key: TAG.expires, Value: expires },
];

/** `tagsOf` as a create call takes them. */
export const specification = (type: ResourceType, key: string) => [{ ResourceType: type, Tags: tagsOf(key) }];

/** The id of an image that instances can be launched from. */
export async function stockImage(cloud: TestCloud): Promise<string> {
  const ec2 = await cloud.session().ec2();
  const filters = [{ Name: "name", Values: ["ubuntu/images/*jammy-22.04-amd64*"] }];
  const { Images } = await ec2.send(new DescribeImagesCommand({ Owners: ["099720109477"], Filters: filters }));
  return Images?.[0]?.ImageId ?? "";
}

/** By name: creates one resource of a kind, like a run, and returns its intent. */
export const makersOn = (cloud: TestCloud): Record<string, (key: string) => Promise<Intent>> => ({
  "instance by token": async (key) => {
    const ec2 = await cloud.session().ec2();
    await ec2.send(
      new RunInstancesCommand({
        ImageId: await stockImage(cloud),
        MinCount: 1,
        MaxCount: 1,
        InstanceType: "t3.micro",
        ClientToken: key,
        TagSpecifications: specification("instance", key),
      }),
    );
    return { key, kind: "instance", build: "web", token: key };
  },
  "key-pair by name": async (key) => {
    const ec2 = await cloud.session().ec2();
    await ec2.send(
      new ImportKeyPairCommand({
        KeyName: `packer_${key}`,
        PublicKeyMaterial: Buffer.from(PUBLIC_KEY),
        TagSpecifications: specification("key-pair", key),
      }),
    );
    return { key, kind: "key-pair", build: "web", name: `packer_${key}` };
  },
  "security-group by key": async (key) => {
    const ec2 = await cloud.session().ec2();
    await ec2.send(
      new CreateSecurityGroupCommand({
        GroupName: `packer_${key}`,
        Description: "test",
        TagSpecifications: specification("security-group", key),
      }),
    );
    return { key, kind: "security-group", build: "web", name: `packer_${key}` };
  },
  "volume by key": async (key) => {
    const ec2 = await cloud.session().ec2();
    await ec2.send(
      new CreateVolumeCommand({
        AvailabilityZone: "us-east-1a",
        Size: 1,
        TagSpecifications: specification("volume", key),
      }),
    );
    return { key, kind: "volume", build: "web" };
  },
  "launch-template by key": async (key) => {
    const ec2 = await cloud.session().ec2();
    await ec2.send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: `lt-${key}`,
        LaunchTemplateData: { InstanceType: "t3.micro" },
        TagSpecifications: specification("launch-template", key),
      }),
    );
    return { key, kind: "launch-template", build: "web", name: `lt-${key}` };
  },
  "role and its profile": async (key) => {
    const iam = await cloud.session().iam();
    const name = `bake-ami-${key}`;
    await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: "{}", Tags: tagsOf(key) }));
    await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: "p", PolicyDocument: POLICY }));
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: name, Tags: tagsOf(`${key}-profile`) }));
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName: name }));
    return { key, kind: "role", build: "web", name };
  },
});
