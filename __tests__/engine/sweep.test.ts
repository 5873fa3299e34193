import { CreateSecurityGroupCommand, DescribeImagesCommand, RunInstancesCommand } from "@aws-sdk/client-ec2";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { DescribeSessionsCommand, StartSessionCommand } from "@aws-sdk/client-ssm";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { TAG } from "../../src/core/ownership.js";
import { testCloud } from "../support/cloud.js";
import { runReally } from "./running.js";

const cloud = testCloud({ scale: 0 });

const EXPIRED = [
  { Key: TAG.owner, Value: "bake-ami" },
  { Key: TAG.expires, Value: "2020-01-01T00:00:00Z" },
];

beforeEach(async () => {
  cloud.endpoint().baseline();
  const ec2 = await cloud.session().ec2();
  const TagSpecifications = [{ ResourceType: "security-group" as const, Tags: EXPIRED }];
  const name = `expired-${crypto.randomUUID()}`;
  await ec2.send(new CreateSecurityGroupCommand({ GroupName: name, Description: "test", TagSpecifications }));
  cloud.endpoint().forget();
});

const sweep = (keys: string, ...flags: readonly string[]) =>
  runReally(["sweep", "-remove", "-regions=us-east-1", ...flags], {
    env: { ...cloud.env(), AWS_ACCESS_KEY_ID: keys, AWS_SECRET_ACCESS_KEY: "secret" },
  });

/** Launches an expired instance with an agent, with two sessions: one of a bake, one of an administrator. */
async function expiredWithSessions(): Promise<string> {
  const [ec2, ssm, iam] = await Promise.all([cloud.session().ec2(), cloud.session().ssm(), cloud.session().iam()]);
  const name = `ssm-${crypto.randomUUID()}`;
  await iam.send(new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: "{}" }));
  const PolicyDocument = JSON.stringify({ Statement: [{ Effect: "Allow", Action: "ssmmessages:*", Resource: "*" }] });
  await iam.send(new PutRolePolicyCommand({ RoleName: name, PolicyName: "agent", PolicyDocument }));
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: name }));
  await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName: name }));
  const { Images } = await ec2.send(
    new DescribeImagesCommand({ Filters: [{ Name: "name", Values: ["ubuntu/images/*jammy-22.04-amd64*"] }] }),
  );
  const { Instances } = await ec2.send(
    new RunInstancesCommand({
      ImageId: Images?.[0]?.ImageId,
      InstanceType: "t3.micro",
      MinCount: 1,
      MaxCount: 1,
      IamInstanceProfile: { Name: name },
      // Retired: its expiry counts although it is new.
      TagSpecifications: [{ ResourceType: "instance", Tags: [...EXPIRED, { Key: TAG.retired, Value: "2020-01-01" }] }],
    }),
  );
  const Target = Instances?.[0]?.InstanceId ?? "";
  const DocumentName = "AWS-StartPortForwardingSession";
  for (const Reason of ["bake-ami 4711/amazon-ebs.web/session/0a1b", "an administrator"])
    await ssm.send(new StartSessionCommand({ Target, DocumentName, Reason }));
  return Target;
}

async function activeSessions(): Promise<readonly (string | undefined)[]> {
  const ssm = await cloud.session().ssm();
  const { Sessions } = await ssm.send(new DescribeSessionsCommand({ State: "Active" }));
  return (Sessions ?? []).map(({ Reason }) => Reason);
}

describe("sessions of Session Manager on an expired instance", () => {
  test("are listed by a dry run, and nothing is changed", async () => {
    const id = await expiredWithSessions();
    const { out } = await runReally(["sweep", "-regions=us-east-1"], { env: cloud.env() });
    expect(out).toMatch(new RegExp(`^would remove: session local-\\w+ in us-east-1 \\(${id} has expired\\)$`, "m"));
    expect(await activeSessions()).toHaveLength(2);
    await sweep("test");
  });

  test("are ended if a bake started them", async () => {
    await expiredWithSessions();
    const { code, out } = await sweep("test");
    expect([code, out]).toEqual([0, expect.stringMatching(/^removed: session local-\w+ in us-east-1$/m)]);
    expect((await activeSessions()).filter((reason) => reason?.startsWith("bake-ami"))).toEqual([]);
  });

  test.each([
    ["DescribeSessions", "AccessDeniedException", 400],
    ["DescribeSessions", "UnknownOperationException", 400],
    ["TerminateSession", "AccessDeniedException", 400],
    ["TerminateSession", "ValidationException", 400],
  ])("end with it where %s fails with %s", async (action, code, status) => {
    await expiredWithSessions();
    cloud.endpoint().forget();
    cloud.endpoint().faults([{ action, do: "error", code, message: `cannot ssm:${action}`, status, times: 9 }]);
    const { code: exitCode, out } = await sweep("test");
    expect([exitCode, out]).toEqual([0, expect.stringMatching(/^removed: instance/m)]);
  });
});

describe("a sweep", () => {
  test("with credentials of an account that is not allowed searches nothing, and has both IDs in its error", async () => {
    const swept = sweep("AKIA210987654321", "-allowed-account-ids=123456789012,111122223333");
    await expect(swept).rejects.toMatchObject({
      code: "account-not-allowed",
      message:
        "The credentials are of AWS account 210987654321, and the allowed accounts are: 123456789012, 111122223333",
    });
    const calls = cloud.endpoint().calls();
    expect(calls.map(({ action }) => action)).toEqual(["GetCallerIdentity"]);
  });

  test("with credentials of an allowed account removes what has expired", async () => {
    const { code, out } = await sweep("AKIAOWN", "-allowed-account-ids=123456789012");
    expect([code, out]).toEqual([0, expect.stringMatching(/^removed: security-group sg-\w+ in us-east-1/)]);
    expect(cloud.endpoint().held()).toEqual({});
  });

  test("that finds nothing says in which account", async () => {
    const { code, out } = await sweep("AKIA210987654321");
    expect([code, out]).toEqual([0, "No resources of bake-ami found in account 210987654321."]);
  });
});
