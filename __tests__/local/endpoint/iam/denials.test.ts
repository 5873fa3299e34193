import {
  CopyImageCommand,
  DescribeImagesCommand,
  RunInstancesCommand,
  StopInstancesCommand,
} from "@aws-sdk/client-ec2";
import { GetRoleCommand } from "@aws-sdk/client-iam";
import { GetParameterCommand } from "@aws-sdk/client-ssm";
import { AssumeRoleCommand, DecodeAuthorizationMessageCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { describe, expect, test } from "@jest/globals";
import { refused, type Started, started, there } from "../started.js";
import { baked, image, launched, sourceImage } from "../steps.js";

const USER = "arn:aws:iam::123456789012:user/local";
const RoleArn = "arn:aws:iam::123456789012:role/bake";
const allow = (...Action: readonly string[]) => ({ Effect: "Allow", Action, Resource: "*" });
const deny = (...Action: readonly string[]) => ({ Sid: "No", Effect: "Deny", Action, Resource: "*" });
const ENCODED = /\. Encoded authorization failure message: ([\w-]{200,})$/;

describe("the message of a denied call", () => {
  test.each<[string, object, (cloud: Started) => Promise<unknown>, string, string]>([
    [
      "of EC2 without resources has nothing encoded",
      { policy: { Statement: allow("s3:*") } },
      ({ ec2 }) => ec2().send(new DescribeImagesCommand({})),
      "UnauthorizedOperation",
      `You are not authorized to perform this operation. User: ${USER} is not authorized to perform: ec2:DescribeImages because no identity-based policy allows the ec2:DescribeImages action`,
    ],
    [
      "of EC2 on a resource",
      { policy: { Statement: [] } },
      ({ ec2 }) => ec2().send(new StopInstancesCommand({ InstanceIds: ["i-0123456789abcdef0"] })),
      "UnauthorizedOperation",
      `You are not authorized to perform this operation. User: ${USER} is not authorized to perform: ec2:StopInstances on resource: arn:aws:ec2:us-east-1:123456789012:instance/i-0123456789abcdef0 because no identity-based policy allows the ec2:StopInstances action`,
    ],
    [
      "with an explicit deny",
      { policy: { Statement: [allow("*"), deny("ec2:Stop*")] } },
      ({ ec2 }) => ec2().send(new StopInstancesCommand({ InstanceIds: ["i-0123456789abcdef0"] })),
      "UnauthorizedOperation",
      `You are not authorized to perform this operation. User: ${USER} is not authorized to perform: ec2:StopInstances on resource: arn:aws:ec2:us-east-1:123456789012:instance/i-0123456789abcdef0 with an explicit deny in an identity-based policy`,
    ],
    [
      "of a boundary",
      { policy: { Statement: allow("*") }, boundary: { Statement: allow("ec2:*") } },
      ({ ssm }) => ssm().send(new GetParameterCommand({ Name: "/images/web" })),
      "AccessDeniedException",
      `User: ${USER} is not authorized to perform: ssm:GetParameter on resource: arn:aws:ssm:us-east-1:123456789012:parameter/images/web because no permissions boundary allows the ssm:GetParameter action`,
    ],
    [
      "of a service with queries",
      { policy: { Statement: [] } },
      ({ iam }) => iam().send(new GetRoleCommand({ RoleName: "web" })),
      "AccessDenied",
      `User: ${USER} is not authorized to perform: iam:GetRole on resource: arn:aws:iam::123456789012:role/web because no identity-based policy allows the iam:GetRole action`,
    ],
    [
      "of STS",
      { policy: { Statement: [] } },
      ({ sts }) => sts().send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "run-1" })),
      "AccessDenied",
      `User: ${USER} is not authorized to perform: sts:AssumeRole on resource: ${RoleArn} because no identity-based policy allows the sts:AssumeRole action`,
    ],
  ])("%s", async (_what, rule, call, name, message) => {
    const cloud = await started({ scale: 0 });
    cloud.endpoint.policy({ policy: undefined, ...rule });
    const found = await refused(call(cloud));
    expect({ name: found.name, message: found.message.replace(ENCODED, "") }).toEqual({ name, message });
    expect(ENCODED.test(found.message)).toBe(name === "UnauthorizedOperation" && message.includes("on resource"));
  });

  test("is decoded by whoever may decode: the statement, the action, the resource and the keys", async () => {
    const cloud = await started({ scale: 0 });
    const statement = { ...deny("ec2:RunInstances"), Condition: { StringLike: { "ec2:InstanceType": "t3.*" } } };
    const policy = (...Action: readonly string[]) => ({ policy: { Statement: [allow(...Action), statement] } });
    const { ImageId } = await sourceImage(cloud.ec2());
    cloud.endpoint.policy(policy("ec2:*"));
    const run = new RunInstancesCommand({ ImageId, InstanceType: "t3.micro", MinCount: 1, MaxCount: 1 });
    const { message } = await refused(cloud.ec2().send(run));
    const decode = () =>
      cloud.sts().send(new DecodeAuthorizationMessageCommand({ EncodedMessage: ENCODED.exec(message)?.[1] }));
    expect((await refused(decode())).message).toContain("perform: sts:DecodeAuthorizationMessage because no");
    cloud.endpoint.policy(policy("sts:DecodeAuthorizationMessage"));
    const { DecodedMessage = "" } = await decode();
    expect(JSON.parse(DecodedMessage)).toMatchObject({
      allowed: false,
      explicitDeny: true,
      matchedStatements: {
        items: [{ statementId: "No", effect: "DENY", actions: { items: [{ value: "ec2:RunInstances" }] } }],
      },
      context: {
        principal: { name: "local", arn: USER },
        action: "ec2:RunInstances",
        resource: "arn:aws:ec2:us-east-1:123456789012:instance/*",
        conditions: {
          items: expect.arrayContaining([{ key: "ec2:InstanceType", values: { items: [{ value: "t3.micro" }] } }]),
        },
      },
    });
  });
});

describe("a dry run", () => {
  test.each([
    ["of a call that is not allowed", "s3:*", "UnauthorizedOperation"],
    ["of a call that is allowed", "ec2:*", "DryRunOperation"],
  ])("%s says so, and changes nothing", async (_what, action, name) => {
    const cloud = await started({ scale: 0 });
    const { ImageId } = await sourceImage(cloud.ec2());
    cloud.endpoint.policy({ policy: { Statement: allow(action) } });
    const run = { ImageId, InstanceType: "t3.micro", MinCount: 1, MaxCount: 1, DryRun: true } as const;
    expect((await refused(cloud.ec2().send(new RunInstancesCommand(run)))).name).toBe(name);
    expect(cloud.endpoint.held()).toEqual({});
  });

  test("of a call that is not allowed and not valid reports the permission first", async () => {
    const cloud = await started({ scale: 0 });
    cloud.endpoint.policy({ policy: { Statement: [] } });
    const run = { ImageId: "ami-0123456789abcdef0", InstanceType: "none", MinCount: 1, MaxCount: 1, DryRun: true };
    const call = cloud.ec2().send(new RunInstancesCommand({ ...run, InstanceType: "t3.micro" }));
    expect((await refused(call)).name).toBe("UnauthorizedOperation");
  });
});

describe("the session of a role", () => {
  const open = async (cloud: Started, policy?: object) => {
    const Policy = policy && JSON.stringify({ Version: "2012-10-17", Statement: policy });
    const { Credentials } = await cloud
      .sts()
      .send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "run-1", Policy }));
    return there(Credentials?.AccessKeyId);
  };
  const describeWith = async (cloud: Started, key: string) => {
    const call = cloud.ec2("us-east-1", key).send(new DescribeImagesCommand({ ImageIds: [] }));
    return call.then(
      () => "allowed",
      (error: Error) => /(because no|with an explicit) .*/.exec(error.message)?.[0],
    );
  };
  const NO_SESSION = "because no session policy allows the ec2:DescribeImages action";
  const NO_IDENTITY = "because no identity-based policy allows the ec2:DescribeImages action";

  test.each<[string, object | undefined, object | undefined, string]>([
    ["of a role without a policy", undefined, undefined, "allowed"],
    ["with a policy of its own", undefined, allow("ec2:Describe*"), "allowed"],
    ["with a policy of its own that does not allow", undefined, allow("s3:*"), NO_SESSION],
    ["of a role that allows", allow("ec2:*"), undefined, "allowed"],
    ["of a role that does not allow", allow("s3:*"), undefined, NO_IDENTITY],
    ["with a policy that allows more than the role", allow("s3:*"), allow("*"), NO_IDENTITY],
    ["with a policy that allows less than the role", allow("*"), allow("s3:*"), NO_SESSION],
    ["with a policy that denies", allow("*"), [allow("*"), deny("ec2:*")], "with an explicit deny in a session policy"],
  ])("%s", async (_what, role, session, expected) => {
    const cloud = await started({ scale: 0 });
    cloud.endpoint.policy({ policy: { Statement: allow("*") } });
    if (role) cloud.endpoint.policy({ role: RoleArn, policy: { Statement: role } });
    expect(await describeWith(cloud, await open(cloud, session))).toBe(expected);
    expect(await describeWith(cloud, "AKIATEST")).toBe("allowed");
  });

  test("with a policy is not limited on a cloud that has no policy", async () => {
    const cloud = await started({ scale: 0 });
    expect(await describeWith(cloud, await open(cloud, deny("*")))).toBe("allowed");
  });

  test("opens only with a valid policy, and the refusal names the place", async () => {
    const cloud = await started({ scale: 0 });
    expect(await refused(open(cloud, { Effect: "Allow", Action: "RunInstances", Resource: "*" }))).toMatchObject({
      name: "MalformedPolicyDocumentException",
      message: 'Statement.Action: "RunInstances" must be "*" or SERVICE:ACTION',
    });
  });
});

describe("a KMS key", () => {
  const KmsKeyId = "arn:aws:kms:eu-west-1:123456789012:key/0123abcd";
  const USES = ["CreateGrant", "Decrypt", "DescribeKey", "GenerateDataKeyWithoutPlaintext", "ReEncrypt*"];
  const via = { StringEquals: { "kms:ViaService": "ec2.eu-west-1.amazonaws.com" } };

  test.each<[string, readonly string[], object, string]>([
    ["that the caller may use encrypts a copy", USES, via, "available"],
    [
      "that the caller may use in another Region makes the copy fail",
      USES,
      { StringEquals: { "kms:ViaService": "ec2.us-east-1.amazonaws.com" } },
      "failed",
    ],
    ...USES.map((use): [string, readonly string[], object, string] => [
      `makes the copy fail without kms:${use}`,
      USES.filter((each) => each !== use),
      via,
      "failed",
    ]),
  ])("%s", async (_what, uses, Condition, state) => {
    const cloud = await started({ scale: 0 });
    cloud.endpoint.seed({ regions: { "eu-west-1": { kmsKeys: [KmsKeyId] } } });
    const { ImageId: SourceImageId } = await baked(cloud, "web");
    const use = { Effect: "Allow", Action: uses.map((each) => `kms:${each}`), Resource: KmsKeyId, Condition };
    cloud.endpoint.policy({ policy: { Statement: [allow("ec2:*"), use] } });
    const copy = { SourceImageId, SourceRegion: "us-east-1", Name: "web", Encrypted: true, KmsKeyId };
    const { ImageId } = await cloud.ec2("eu-west-1").send(new CopyImageCommand(copy));
    expect((await image(cloud.ec2("eu-west-1"), there(ImageId))).State).toBe(state);
  });

  test("that the caller may not use makes an instance fail", async () => {
    const cloud = await started({ scale: 0 });
    cloud.endpoint.seed({ regions: { "us-east-1": { kmsKeys: [KmsKeyId] } } });
    cloud.endpoint.policy({ policy: { Statement: [allow("ec2:*")] } });
    const BlockDeviceMappings = [{ DeviceName: "/dev/sda1", Ebs: { Encrypted: true, KmsKeyId } }];
    const { InstanceId } = await launched(cloud.ec2(), { BlockDeviceMappings });
    expect(InstanceId).toMatch(/^i-/);
    expect(cloud.endpoint.held().instances ?? []).toEqual([]);
  });
});

describe("the control call policy", () => {
  const post = async (cloud: Started, body: unknown) => {
    const response = await fetch(`${cloud.endpoint.url}/_local/policy`, { method: "POST", body: JSON.stringify(body) });
    return { status: response.status, body: await response.text() };
  };

  test("limits the user until it is removed, but never who asks for its identity", async () => {
    const cloud = await started({ scale: 0 });
    const look = () => cloud.ec2().send(new DescribeImagesCommand({ ImageIds: [] }));
    expect((await post(cloud, { policy: { Statement: [deny("*")] } })).status).toBe(200);
    expect((await refused(look())).name).toBe("UnauthorizedOperation");
    expect((await cloud.sts().send(new GetCallerIdentityCommand({}))).Arn).toBe(USER);
    expect((await post(cloud, { policy: null })).status).toBe(200);
    await look();
  });

  test("takes several policies, as a role has them", async () => {
    const cloud = await started({ scale: 0 });
    await post(cloud, { policy: [{ Statement: allow("ssm:*") }, { Statement: allow("ec2:*") }] });
    await cloud.ec2().send(new DescribeImagesCommand({ ImageIds: [] }));
  });

  test.each<[unknown, string]>([
    [{ policy: { Statement: { Effect: "Allow" } } }, "/_local/policy: Statement: has neither Action nor NotAction"],
    [{}, '/_local/policy: a rule is {\\"policy\\": {…} or null, \\"role\\": NAME, \\"boundary\\": {…}}'],
    [{ policy: null, role: 1 }, '/_local/policy: \\"role\\" must be the name or ARN of a role'],
  ])("refuses %j", async (body, error) => {
    const cloud = await started({ scale: 0 });
    expect(await post(cloud, body)).toEqual({ status: 400, body: `{"error":"${error}"}` });
  });
});
