import { DescribeAutoScalingGroupsCommand, DescribeLaunchConfigurationsCommand } from "@aws-sdk/client-auto-scaling";
import { CreateSecurityGroupCommand, DescribeRegionsCommand, DescribeSecurityGroupsCommand } from "@aws-sdk/client-ec2";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  DeleteInstanceProfileCommand,
  DeleteRoleCommand,
  DeleteRolePolicyCommand,
  GetInstanceProfileCommand,
  GetRoleCommand,
  ListInstanceProfilesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
  ListRoleTagsCommand,
  PutRolePolicyCommand,
  RemoveRoleFromInstanceProfileCommand,
  TagRoleCommand,
} from "@aws-sdk/client-iam";
import { CreateSecretCommand, DeleteSecretCommand, GetSecretValueCommand } from "@aws-sdk/client-secrets-manager";
import { DescribeParametersCommand } from "@aws-sdk/client-ssm";
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  DecodeAuthorizationMessageCommand,
  GetCallerIdentityCommand,
} from "@aws-sdk/client-sts";
import { describe, expect, test } from "@jest/globals";
import { refused, started, there } from "./started.js";
import { launched } from "./steps.js";

const RoleArn = "arn:aws:iam::123456789012:role/bake";

function token(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "RS256" })}.${part(claims)}.c2ln`;
}

describe("STS", () => {
  test("returns the caller", async () => {
    const cloud = await started();
    expect(await cloud.sts().send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: "123456789012",
      Arn: "arn:aws:iam::123456789012:user/local",
    });
  });

  test("keys with the ID of another account see nothing of this one", async () => {
    const cloud = await started({ scale: 0 });
    const key = "AKIA210987654321";
    expect(await cloud.sts(key).send(new GetCallerIdentityCommand({}))).toMatchObject({
      Account: "210987654321",
      Arn: "arn:aws:iam::210987654321:user/local",
    });
    const { GroupId = "" } = await cloud
      .ec2()
      .send(new CreateSecurityGroupCommand({ GroupName: "g", Description: "d" }));
    const find = (accessKeyId?: string) =>
      cloud.ec2("us-east-1", accessKeyId).send(new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }));
    cloud.pass(2);
    expect((await find()).SecurityGroups).toHaveLength(1);
    expect(await refused(find(key))).toMatchObject({ name: "InvalidGroup.NotFound" });
  });

  test("a session has its own identity and an expiry", async () => {
    const cloud = await started();
    const { Credentials } = await cloud
      .sts()
      .send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "run-1", DurationSeconds: 900 }));
    const keyId = there(Credentials?.AccessKeyId);
    expect(keyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    const who = () => cloud.sts(keyId).send(new GetCallerIdentityCommand({}));
    expect((await who()).Arn).toBe("arn:aws:sts::123456789012:assumed-role/bake/run-1");
    cloud.pass(901);
    expect(await refused(who())).toEqual({
      name: "ExpiredToken",
      message: "The security token included in the request is expired",
    });
    expect((await refused(cloud.ec2("us-east-1", keyId).send(new DescribeRegionsCommand({})))).name).toBe(
      "RequestExpired",
    );
    const ssm = cloud.ssm("us-east-1", keyId).send(new DescribeParametersCommand({}));
    expect((await refused(ssm)).name).toBe("ExpiredTokenException");
  });

  test("sessions can be made short", async () => {
    const cloud = await started();
    cloud.endpoint.seed({ sessionSeconds: 5 });
    const { Credentials } = await cloud.sts().send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "run-1" }));
    cloud.pass(6);
    const who = cloud.sts(there(Credentials?.AccessKeyId)).send(new GetCallerIdentityCommand({}));
    expect((await refused(who)).name).toBe("ExpiredToken");
  });

  test("accepts an identity token without a signature", async () => {
    const cloud = await started();
    const WebIdentityToken = token({ iss: "https://token.example", sub: "repo:a/b", aud: "sts.amazonaws.com" });
    const response = await cloud
      .sts()
      .send(new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: "run-1", WebIdentityToken }));
    expect(response).toMatchObject({ SubjectFromWebIdentityToken: "repo:a/b", Audience: "sts.amazonaws.com" });
    expect(there(response.Credentials?.Expiration).getTime()).toBeGreaterThan(Date.now() + 3_000_000);
  });

  test.each([
    ["a token that is none", { WebIdentityToken: "abcd" }, "InvalidIdentityTokenException"],
    ["a token past its time", { WebIdentityToken: token({ exp: 1 }) }, "ExpiredTokenException"],
    [
      "a role that is none",
      { WebIdentityToken: token({}), RoleArn: "arn:aws:iam::1:role/bake-ami" },
      "ValidationError",
    ],
    ["a session without a name", { WebIdentityToken: token({}), RoleSessionName: "a b" }, "ValidationError"],
    ["too short a session", { WebIdentityToken: token({}), DurationSeconds: 60 }, "ValidationError"],
    ["a policy that is none", { WebIdentityToken: token({}), Policy: "{" }, "MalformedPolicyDocumentException"],
    [
      "too long a policy",
      { WebIdentityToken: token({}), Policy: `{"a":"${"x".repeat(2050)}"}` },
      "PackedPolicyTooLargeException",
    ],
  ])("refuses %s", async (_what, input, code) => {
    const cloud = await started();
    const whole = { RoleArn, RoleSessionName: "run-1", ...input };
    expect((await refused(cloud.sts().send(new AssumeRoleWithWebIdentityCommand(whole)))).name).toBe(code);
  });

  test("decodes only encoded messages", async () => {
    const cloud = await started();
    const decode = (text: string) => cloud.sts().send(new DecodeAuthorizationMessageCommand({ EncodedMessage: text }));
    const response = await decode(Buffer.from('{"allowed":false}').toString("base64"));
    expect(response.DecodedMessage).toBe('{"allowed":false}');
    expect((await refused(decode("hello!"))).name).toBe("InvalidAuthorizationMessageException");
  });
});

describe("callers", () => {
  test.each([
    ["a region that needs an opt-in", "af-south-1"],
    ["a region that is none", "mars-1"],
  ])("%s is refused", async (_what, region) => {
    const cloud = await started();
    const call = cloud.ec2(region).send(new DescribeRegionsCommand({}));
    expect((await refused(call)).name).toBe("AuthFailure");
  });

  test.each([
    ["a region that needs an opt-in", "af-south-1"],
    ["a region of China", "cn-north-1"],
    ["a region of another partition", "us-gov-east-1"],
    ["a region of the sovereign cloud", "eusc-de-east-1"],
    ["a region of a later year", "eu-central-3"],
  ])("of an account that uses every region reach %s", async (_what, region) => {
    const cloud = await started({ everyRegion: true });
    const ec2 = cloud.ec2(region);
    const { Regions } = await ec2.send(new DescribeRegionsCommand({ RegionNames: [region] }));
    expect(Regions).toMatchObject([{ RegionName: region, OptInStatus: "opted-in" }]);
    const all = await ec2.send(new DescribeRegionsCommand({}));
    expect(all.Regions?.map(({ RegionName }) => RegionName)).toEqual(expect.arrayContaining([region, "us-east-1"]));
  });

  test.each(["mars-1", "us-esat-1", "eu-west", "eu-west-0", "*", "us-west-*", "../us-west-1"])(
    "of an account that uses every region do not find %s",
    async (name) => {
      const cloud = await started({ everyRegion: true });
      const Filters = [{ Name: "region-name", Values: [name] }];
      const { Regions } = await cloud.ec2().send(new DescribeRegionsCommand({ AllRegions: true, Filters }));
      expect(Regions?.map(({ RegionName }) => RegionName)).not.toContain(name);
    },
  );

  test("an unsigned call is refused", async () => {
    const cloud = await started();
    const response = await fetch(cloud.endpoint.url, { method: "POST", body: "Action=GetCallerIdentity" });
    expect(response.status).toBe(403);
    expect(await response.text()).toContain("<Code>MissingAuthenticationToken</Code>");
  });
});

describe("IAM", () => {
  const trust = { AssumeRolePolicyDocument: '{"Version":"2012-10-17"}' };

  const POLICY = '{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}';

  test("roles with policies and tags", async () => {
    const cloud = await started();
    const iam = cloud.iam();
    await iam.send(new CreateRoleCommand({ RoleName: "r", ...trust, Tags: [{ Key: "a", Value: "1" }] }));
    expect(await refused(iam.send(new CreateRoleCommand({ RoleName: "r", ...trust })))).toEqual({
      name: "EntityAlreadyExistsException",
      message: "Role with name r already exists.",
    });
    const put = () => iam.send(new PutRolePolicyCommand({ RoleName: "r", PolicyName: "p", PolicyDocument: POLICY }));
    expect((await refused(put())).name).toBe("NoSuchEntityException");
    cloud.pass(2);
    await put();
    await iam.send(new TagRoleCommand({ RoleName: "r", Tags: [{ Key: "b", Value: "2" }] }));
    expect((await iam.send(new ListRolePoliciesCommand({ RoleName: "r" }))).PolicyNames).toEqual(["p"]);
    expect((await iam.send(new ListRoleTagsCommand({ RoleName: "r" }))).Tags).toEqual([
      { Key: "a", Value: "1" },
      { Key: "b", Value: "2" },
    ]);
    expect((await iam.send(new ListRolesCommand({}))).Roles?.map(({ RoleName }) => RoleName)).toEqual(["r"]);
    const { Role } = await iam.send(new GetRoleCommand({ RoleName: "r" }));
    expect(decodeURIComponent(there(Role?.AssumeRolePolicyDocument))).toBe(trust.AssumeRolePolicyDocument);
    expect((await refused(iam.send(new DeleteRoleCommand({ RoleName: "r" })))).name).toBe("DeleteConflictException");
    await iam.send(new DeleteRolePolicyCommand({ RoleName: "r", PolicyName: "p" }));
    await iam.send(new DeleteRoleCommand({ RoleName: "r" }));
    expect((await refused(iam.send(new GetRoleCommand({ RoleName: "r" })))).name).toBe("NoSuchEntityException");
  });

  test("a new instance profile is unknown to RunInstances for a while", async () => {
    const cloud = await started();
    const iam = cloud.iam();
    await iam.send(new CreateRoleCommand({ RoleName: "r", ...trust }));
    await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: "p", Tags: [{ Key: "a", Value: "1" }] }));
    cloud.pass(2);
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: "p", RoleName: "r" }));
    const { InstanceProfile } = await iam.send(new GetInstanceProfileCommand({ InstanceProfileName: "p" }));
    expect(InstanceProfile).toMatchObject({ Roles: [{ RoleName: "r" }], Tags: [{ Key: "a", Value: "1" }] });
    expect((await iam.send(new ListInstanceProfilesCommand({}))).InstanceProfiles).toHaveLength(1);
    const run = () => launched(cloud.ec2(), { IamInstanceProfile: { Name: "p" } });
    expect(await refused(run())).toEqual({
      name: "InvalidParameterValue",
      message: "Value (p) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
    });
    cloud.pass(10);
    expect((await run()).IamInstanceProfile?.Arn).toBe("arn:aws:iam::123456789012:instance-profile/p");
    const drop = () => iam.send(new DeleteInstanceProfileCommand({ InstanceProfileName: "p" }));
    expect((await refused(drop())).name).toBe("DeleteConflictException");
    expect((await refused(iam.send(new DeleteRoleCommand({ RoleName: "r" })))).name).toBe("DeleteConflictException");
    await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName: "p", RoleName: "r" }));
    await drop();
    await iam.send(new DeleteRoleCommand({ RoleName: "r" }));
  });
});

test("every profile that a call names exists for an account that is not known, except those that a bake creates", async () => {
  const cloud = await started({ everyProfile: true });
  const read = (InstanceProfileName: string) =>
    cloud.iam().send(new GetInstanceProfileCommand({ InstanceProfileName }));
  expect(await read("web")).toMatchObject({ InstanceProfile: { Roles: [{ RoleName: "web" }] } });
  const { IamInstanceProfile } = await launched(cloud.ec2(), { IamInstanceProfile: { Name: "db" } });
  expect(IamInstanceProfile?.Arn).toBe("arn:aws:iam::123456789012:instance-profile/db");
  expect((await refused(read("bake-ami-1"))).name).toBe("NoSuchEntityException");
  const usual = (await started()).iam().send(new GetInstanceProfileCommand({ InstanceProfileName: "web" }));
  expect((await refused(usual)).name).toBe("NoSuchEntityException");
});

test("secrets are made, read and marked for deletion", async () => {
  const cloud = await started();
  const secrets = cloud.secrets();
  const { ARN } = await secrets.send(new CreateSecretCommand({ Name: "db/pass", SecretString: "hunter2" }));
  const read = (SecretId: string) => secrets.send(new GetSecretValueCommand({ SecretId }));
  expect(await read(there(ARN))).toMatchObject({
    Name: "db/pass",
    SecretString: "hunter2",
    VersionStages: ["AWSCURRENT"],
  });
  expect((await refused(secrets.send(new CreateSecretCommand({ Name: "db/pass" })))).name).toBe(
    "ResourceExistsException",
  );
  await secrets.send(new DeleteSecretCommand({ SecretId: "db/pass" }));
  expect((await refused(read("db/pass"))).name).toBe("InvalidRequestException");
  expect((await refused(read("none"))).name).toBe("ResourceNotFoundException");
  cloud.endpoint.seed({ regions: { "us-east-1": { secrets: { seeded: "value" } } } });
  expect((await read("seeded")).SecretString).toBe("value");
});

test("returns the seeded Auto Scaling groups", async () => {
  const cloud = await started();
  const describe = () => cloud.autoScaling().send(new DescribeAutoScalingGroupsCommand({}));
  expect((await describe()).AutoScalingGroups).toEqual([]);
  cloud.endpoint.seed({
    regions: {
      "us-east-1": {
        autoScalingGroups: [{ name: "web", launchTemplateId: "lt-1", version: "$Latest", instanceIds: ["i-1"] }],
        launchConfigurations: [{ name: "old", imageId: "ami-1" }],
      },
    },
  });
  expect((await describe()).AutoScalingGroups?.[0]).toMatchObject({
    AutoScalingGroupName: "web",
    LaunchTemplate: { LaunchTemplateId: "lt-1", Version: "$Latest" },
    Instances: [{ InstanceId: "i-1" }],
  });
  const configurations = await cloud.autoScaling().send(new DescribeLaunchConfigurationsCommand({}));
  expect(configurations.LaunchConfigurations?.[0]?.ImageId).toBe("ami-1");
});
