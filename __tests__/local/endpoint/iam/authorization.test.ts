import {
  CopyImageCommand,
  CreateFleetCommand,
  CreateImageCommand,
  CreateLaunchTemplateCommand,
  CreateSecurityGroupCommand,
  CreateTagsCommand,
  DeregisterImageCommand,
  ImportKeyPairCommand,
  ModifyImageAttributeCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { AddRoleToInstanceProfileCommand, CreateInstanceProfileCommand, CreateRoleCommand } from "@aws-sdk/client-iam";
import { GetParametersCommand, LabelParameterVersionCommand, PutParameterCommand } from "@aws-sdk/client-ssm";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { expect, test } from "@jest/globals";
import { AUTHORIZATION } from "../../../../src/local/endpoint/iam/authorization/table.js";
import { SERVICES } from "../../../../src/local/endpoint/services.js";
import { refused, type Started, started, there } from "../started.js";
import { baked, launched, sourceImage } from "../steps.js";

test("every action of the endpoint has a row that says what it is authorized on", () => {
  const actions = SERVICES.flatMap(({ name, actions: all }) => Object.keys(all).map((action) => `${name}:${action}`));
  expect(actions.length).toBeGreaterThan(100);
  expect(actions.filter((action) => !Object.hasOwn(AUTHORIZATION, action))).toEqual([]);
});

const DENIED =
  /is not authorized to perform: (\S+)(?: on resource: (\S+))? because no identity-based policy allows the (\S+) action/;

/** Makes a call with an empty policy, and adds what each denial names until the call passes. Returns what was added, without IDs. */
async function learned(cloud: Started, call: () => Promise<unknown>): Promise<readonly string[]> {
  const statements: object[] = [];
  const found: string[] = [];
  for (let tries = 0; tries < 30; tries += 1) {
    cloud.endpoint.policy({ policy: { Version: "2012-10-17", Statement: statements } });
    const denied = DENIED.exec((await refused(call().then(() => Promise.reject(new Error("passed"))))).message);
    if (denied === null) break;
    const [, action = "", resource = "*", again] = denied;
    expect(again).toBe(action);
    statements.push({
      Effect: "Allow",
      Action: action,
      Resource: resource === "*" ? "*" : resource.replaceAll("*", "$" + "{*}"),
    });
    found.push(`${action} ${resource.replace(/^arn:aws:/, "").replace(/-0?[0-9a-f]{16,17}\b/, "-ID")}`);
  }
  cloud.endpoint.policy({ policy: null });
  return found;
}

const tagged = (...types: readonly string[]) =>
  types.map((ResourceType) => ({ ResourceType: ResourceType as "instance", Tags: [{ Key: "a", Value: "1" }] }));
const EC2 = "ec2:us-east-1:123456789012:";
const RoleArn = "arn:aws:iam::123456789012:role/bake";

test.each<[string, (cloud: Started) => Promise<() => Promise<unknown>>, readonly string[]]>([
  [
    "RunInstances",
    async ({ ec2 }) => {
      const { ImageId } = await sourceImage(ec2());
      const of = { ImageId, InstanceType: "t3.micro", MinCount: 1, MaxCount: 1 } as const;
      return () => ec2().send(new RunInstancesCommand(of));
    },
    [
      "ec2:RunInstances ec2:us-east-1::image/ami-ID",
      `ec2:RunInstances ${EC2}instance/*`,
      `ec2:RunInstances ${EC2}subnet/subnet-ID`,
      `ec2:RunInstances ${EC2}security-group/sg-ID`,
      `ec2:RunInstances ${EC2}network-interface/*`,
      `ec2:RunInstances ${EC2}volume/*`,
    ],
  ],
  [
    "RunInstances with a key pair, a profile, tags and an image by its parameter",
    async ({ ec2, iam, pass }) => {
      await iam().send(new CreateRoleCommand({ RoleName: "web", AssumeRolePolicyDocument: "{}" }));
      await iam().send(new CreateInstanceProfileCommand({ InstanceProfileName: "web-profile" }));
      pass(60);
      await iam().send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: "web-profile", RoleName: "web" }));
      const PublicKeyMaterial = Buffer.from("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA== x");
      await ec2().send(new ImportKeyPairCommand({ KeyName: "k", PublicKeyMaterial }));
      pass(60);
      const run = new RunInstancesCommand({
        ...{ InstanceType: "t3.micro", MinCount: 1, MaxCount: 1, KeyName: "k" },
        ImageId: "resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
        IamInstanceProfile: { Name: "web-profile" },
        TagSpecifications: tagged("instance", "volume"),
      });
      return () => ec2().send(run);
    },
    [
      "ec2:RunInstances ec2:us-east-1::image/ami-ID",
      `ec2:RunInstances ${EC2}instance/*`,
      `ec2:RunInstances ${EC2}subnet/subnet-ID`,
      `ec2:RunInstances ${EC2}security-group/sg-ID`,
      `ec2:RunInstances ${EC2}network-interface/*`,
      `ec2:RunInstances ${EC2}key-pair/k`,
      `ec2:RunInstances ${EC2}volume/*`,
      "ssm:GetParameters ssm:us-east-1:123456789012:parameter/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-x86_64",
      "iam:PassRole iam::123456789012:role/web",
      `ec2:CreateTags ${EC2}instance/*`,
      `ec2:CreateTags ${EC2}volume/*`,
    ],
  ],
  [
    "CreateImage",
    async (cloud) => {
      const { InstanceId } = await launched(cloud.ec2());
      cloud.pass(60);
      const create = { InstanceId, Name: "web", TagSpecifications: tagged("image", "snapshot") };
      return () => cloud.ec2().send(new CreateImageCommand(create));
    },
    [
      `ec2:CreateImage ${EC2}instance/i-ID`,
      "ec2:CreateImage ec2:us-east-1::image/*",
      "ec2:CreateImage ec2:us-east-1::snapshot/*",
      "ec2:CreateTags ec2:us-east-1::image/*",
      "ec2:CreateTags ec2:us-east-1::snapshot/*",
    ],
  ],
  [
    "CopyImage, also of the source image in its Region",
    async (cloud) => {
      const { ImageId: SourceImageId } = await baked(cloud, "web");
      const copy = { SourceImageId, SourceRegion: "us-east-1", Name: "web", TagSpecifications: tagged("image") };
      return () => cloud.ec2("eu-west-1").send(new CopyImageCommand(copy));
    },
    [
      "ec2:CopyImage ec2:us-east-1::image/ami-ID",
      "ec2:CopyImage ec2:eu-west-1::image/*",
      "ec2:CopyImage ec2:eu-west-1::snapshot/*",
      "ec2:CreateTags ec2:eu-west-1::image/*",
    ],
  ],
  [
    "CreateSecurityGroup, also in the default VPC",
    async ({ ec2 }) => {
      const group = { GroupName: "g", Description: "d" };
      return () => ec2().send(new CreateSecurityGroupCommand(group));
    },
    [`ec2:CreateSecurityGroup ${EC2}security-group/*`, `ec2:CreateSecurityGroup ${EC2}vpc/vpc-ID`],
  ],
  [
    "ImportKeyPair, by the name of the key pair",
    async ({ ec2 }) => {
      const PublicKeyMaterial = Buffer.from("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA== x");
      const key = { KeyName: "k", PublicKeyMaterial, TagSpecifications: tagged("key-pair") };
      return () => ec2().send(new ImportKeyPairCommand(key));
    },
    [`ec2:ImportKeyPair ${EC2}key-pair/k`, `ec2:CreateTags ${EC2}key-pair/k`],
  ],
  [
    "CreateTags of any kind",
    async (cloud) => {
      const { ImageId } = await baked(cloud, "web");
      return () => cloud.ec2().send(new CreateTagsCommand({ Resources: [there(ImageId)], Tags: [{ Key: "a" }] }));
    },
    ["ec2:CreateTags ec2:us-east-1::image/ami-ID"],
  ],
  [
    "ModifyImageAttribute",
    async (cloud) => {
      const { ImageId } = await baked(cloud, "web");
      return () => cloud.ec2().send(new ModifyImageAttributeCommand({ ImageId, Description: { Value: "d" } }));
    },
    ["ec2:ModifyImageAttribute ec2:us-east-1::image/ami-ID"],
  ],
  [
    "PutParameter of an image with tags",
    async (cloud) => {
      const { ImageId: Value } = await baked(cloud, "web");
      const put = { Name: "/images/web", Value, Type: "String", DataType: "aws:ec2:image" } as const;
      return () => cloud.ssm().send(new PutParameterCommand({ ...put, Tags: [{ Key: "a", Value: "1" }] }));
    },
    [
      "ssm:PutParameter ssm:us-east-1:123456789012:parameter/images/web",
      "ssm:AddTagsToResource ssm:us-east-1:123456789012:parameter/images/web",
      "ec2:DescribeImages *",
    ],
  ],
  [
    "GetParameters, each by its name without a version or label",
    async ({ ssm }) =>
      () =>
        ssm().send(new GetParametersCommand({ Names: ["/a/b:live", "c:3"] })),
    [
      "ssm:GetParameters ssm:us-east-1:123456789012:parameter/a/b",
      "ssm:GetParameters ssm:us-east-1:123456789012:parameter/c",
    ],
  ],
  [
    "a call for a resource that does not exist: the permission counts first",
    async ({ ssm }) =>
      () =>
        ssm().send(new LabelParameterVersionCommand({ Name: "/none", Labels: ["a"] })),
    ["ssm:LabelParameterVersion ssm:us-east-1:123456789012:parameter/none"],
  ],
  [
    "AssumeRole with tags",
    async ({ sts }) => {
      const assume = { RoleArn, RoleSessionName: "run", Tags: [{ Key: "a", Value: "1" }] };
      return () => sts().send(new AssumeRoleCommand(assume));
    },
    ["sts:AssumeRole iam::123456789012:role/bake", "sts:TagSession iam::123456789012:role/bake"],
  ],
])("%s is authorized on", async (_what, prepare, expected) => {
  const cloud = await started({ scale: 0 });
  const call = await prepare(cloud);
  expect(await learned(cloud, call)).toEqual(expected);
});

test("a role is created, tagged, and passed to EC2 by each with its own action", async () => {
  const cloud = await started({ scale: 0 });
  const { iam } = cloud;
  const role = {
    RoleName: "bake-ami-1",
    Path: "/ci/",
    AssumeRolePolicyDocument: "{}",
    Tags: [{ Key: "a", Value: "1" }],
  };
  expect(await learned(cloud, () => iam().send(new CreateRoleCommand(role)))).toEqual([
    "iam:CreateRole iam::123456789012:role/ci/bake-ami-1",
    "iam:TagRole iam::123456789012:role/ci/bake-ami-1",
  ]);
  await iam().send(new CreateInstanceProfileCommand({ InstanceProfileName: "p" }));
  const add = { InstanceProfileName: "p", RoleName: "bake-ami-1" };
  expect(await learned(cloud, () => iam().send(new AddRoleToInstanceProfileCommand(add)))).toEqual([
    "iam:AddRoleToInstanceProfile iam::123456789012:instance-profile/p",
    "iam:PassRole iam::123456789012:role/ci/bake-ami-1",
  ]);
});

test("an offer of a fleet that may not be launched is an error of the fleet", async () => {
  const cloud = await started({ scale: 0 });
  const { ImageId } = await sourceImage(cloud.ec2());
  const LaunchTemplateName = "tiny";
  const data = { ImageId, InstanceType: "t3.micro" } as const;
  await cloud.ec2().send(new CreateLaunchTemplateCommand({ LaunchTemplateName, LaunchTemplateData: data }));
  const Action = ["ec2:CreateFleet"];
  cloud.endpoint.policy({ policy: { Statement: { Effect: "Allow", Action, Resource: "*" } } });
  const { Errors, Instances } = await cloud.ec2().send(
    new CreateFleetCommand({
      Type: "instant",
      TargetCapacitySpecification: { TotalTargetCapacity: 1, DefaultTargetCapacityType: "on-demand" },
      LaunchTemplateConfigs: [{ LaunchTemplateSpecification: { LaunchTemplateName, Version: "$Latest" } }],
    }),
  );
  expect(Errors?.map(({ ErrorCode }) => ErrorCode)).toEqual(["UnauthorizedOperation"]);
  expect(Instances ?? []).toEqual([]);
});

test("the snapshots of an image stay where only the image may be removed", async () => {
  const cloud = await started({ scale: 0 });
  const { ImageId } = await baked(cloud, "web");
  cloud.endpoint.policy({
    policy: { Statement: { Effect: "Allow", Action: "ec2:DeregisterImage", Resource: "*" } },
  });
  const remove = new DeregisterImageCommand({ ImageId, DeleteAssociatedSnapshots: true });
  const { DeleteSnapshotResults } = await cloud.ec2().send(remove);
  expect(DeleteSnapshotResults?.map(({ ReturnCode }) => ReturnCode)).toEqual(["missing-permissions"]);
  expect(cloud.endpoint.held().snapshots).toHaveLength(1);
});

test.each<[string, object, Readonly<Record<string, string>>, boolean]>([
  [
    "the tags of the instance",
    { "aws:ResourceTag/bake-ami:owner": "bake-ami" },
    { "bake-ami:owner": "bake-ami" },
    true,
  ],
  ["the tags by the key of EC2", { "ec2:ResourceTag/a": "1" }, { a: "1" }, true],
  ["tags of another value", { "aws:ResourceTag/bake-ami:owner": "bake-ami" }, { "bake-ami:owner": "x" }, false],
  ["the Region", { "aws:RequestedRegion": "us-east-1", "ec2:Region": "us-east-1" }, {}, true],
  ["another Region", { "aws:RequestedRegion": "eu-west-1" }, {}, false],
  ["the instance type", { "ec2:InstanceType": "t3.micro" }, {}, true],
  ["the caller", { "aws:PrincipalAccount": "123456789012", "aws:username": "local" }, {}, true],
  ["another caller", { "aws:PrincipalType": "AssumedRole" }, {}, false],
  ["TLS", { "aws:SecureTransport": "true" }, {}, true],
])("a call has a key of %s", async (_what, keys, tags, expected) => {
  const cloud = await started({ scale: 0 });
  const TagSpecifications = [
    { ResourceType: "instance" as const, Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) },
  ];
  const { InstanceId } = await launched(cloud.ec2(), { TagSpecifications });
  const statement = { Effect: "Allow", Action: "ec2:TerminateInstances", Resource: "*" };
  cloud.endpoint.policy({ policy: { Statement: { ...statement, Condition: { StringEquals: keys } } } });
  const call = cloud.ec2().send(new TerminateInstancesCommand({ InstanceIds: [there(InstanceId)] }));
  if (expected) await call;
  else expect((await refused(call)).name).toBe("UnauthorizedOperation");
});
