import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DescribeImagesCommand,
  RunInstancesCommand,
  StopInstancesCommand,
} from "@aws-sdk/client-ec2";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  CreateRoleCommand,
  PutRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { DescribeSessionsCommand } from "@aws-sdk/client-ssm";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { loginUserOf, openInstanceShell, type ShellRequest } from "../../../../src/builders/amazon-ebs/shell/shell.js";
import { wayAdmitted } from "../../../../src/builders/amazon-ebs/shell/shell-way.js";
import { sentKeys } from "../../../../src/local/instances/sent-keys.js";
import { generateKeyPair } from "../../../../src/ssh/keys/key-pair.js";
import { type HostMachine, startHostMachine } from "../../../ssh/server/host-machine.js";
import { testCloud } from "../../../support/cloud.js";
import { temporaryFolder } from "../../../support/folder.js";
import { testStreams } from "../../../support/streams.js";
import { sandboxesAt } from "../machine/sandboxes-at.js";

const keys = sentKeys(Date.now);
const lasting = new Set<string>();
let refuses = false;
/** Where the server behind new instances listens. */
const ADDRESS = "127.213.117.9";
let address = "127.0.0.1";
const cloud = testCloud({
  scale: 0,
  sandboxes: sandboxesAt("127.0.0.1", {
    launch: async () => ({ address }),
    sendKey: async (_id, user, key) => keys.send(user, key),
  }),
});
const folder = temporaryFolder("shell");
let server: HostMachine;

beforeAll(async () => {
  server = await startHostMachine(
    (user, key) => !refuses && (keys.accepts(user, key) || lasting.has(`${user} ${key}`)),
  );
  const iam = await cloud.session().iam();
  await iam.send(new CreateRoleCommand({ RoleName: "agent", AssumeRolePolicyDocument: "{}" }));
  const PolicyDocument = JSON.stringify({ Statement: [{ Effect: "Allow", Action: "ssmmessages:*", Resource: "*" }] });
  await iam.send(new PutRolePolicyCommand({ RoleName: "agent", PolicyName: "agent", PolicyDocument }));
  await iam.send(new CreateInstanceProfileCommand({ InstanceProfileName: "agent" }));
  await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: "agent", RoleName: "agent" }));
});
afterAll(() => server.close());
afterEach(() => {
  cloud.endpoint().forget();
  refuses = false;
});

const NAME = "ubuntu/images/*jammy-22.04-amd64*";

/** Launches an instance whose group admits what a bake with this way admits. */
async function kept(admits: "address" | "endpoint" | "nothing", admitted = server.port): Promise<string> {
  const ec2 = await cloud.session().ec2();
  const { Images } = await ec2.send(new DescribeImagesCommand({ Filters: [{ Name: "name", Values: [NAME] }] }));
  const name = `group-${crypto.randomUUID()}`;
  const { GroupId = "" } = await ec2.send(new CreateSecurityGroupCommand({ GroupName: name, Description: "kept" }));
  const port = { IpProtocol: "tcp", FromPort: admitted, ToPort: admitted };
  const from = {
    address: { IpRanges: [{ CidrIp: "198.51.100.7/32" }] },
    endpoint: { UserIdGroupPairs: [{ GroupId }] },
  };
  if (admits !== "nothing") {
    const IpPermissions = [{ ...port, ...from[admits] }];
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }));
  }
  const { Instances } = await ec2.send(
    new RunInstancesCommand({
      ImageId: Images?.[0]?.ImageId,
      InstanceType: "t3.micro",
      MinCount: 1,
      MaxCount: 1,
      SecurityGroupIds: [GroupId],
      IamInstanceProfile: { Name: "agent" },
    }),
  );
  return Instances?.[0]?.InstanceId ?? "";
}

async function opened(instanceId: string, more: Partial<ShellRequest> = {}, signal = new AbortController().signal) {
  const streams = testStreams(false);
  streams.input.end();
  const lines: string[] = [];
  const request: ShellRequest = {
    instanceId,
    access: "auto",
    user: undefined,
    keyFile: undefined,
    port: server.port,
    command: ["echo inside; exit 7"],
    ...more,
  };
  const code = await openInstanceShell({ ...cloud.scope(), signal }, request, streams, (line) => lines.push(line));
  return { code, printed: streams.printed(), lines };
}

const calls = () =>
  cloud
    .endpoint()
    .calls()
    .map(({ action }) => action);

describe("a shell in a kept instance", () => {
  test("connects to the address where the group admits one, with a key that is sent", async () => {
    const id = await kept("address");
    expect(await opened(id)).toEqual({
      code: 7,
      printed: "inside\n",
      lines: [`Connecting to ${id} as ubuntu (127.0.0.1)...`],
    });
    expect(calls()).toContain("SendSSHPublicKey");
    expect(calls()).not.toContain("StartSession");
  });

  test("goes through Session Manager where the group admits nothing, and ends its session", async () => {
    const id = await kept("nothing");
    expect(await opened(id)).toEqual({
      code: 7,
      printed: "inside\n",
      lines: [`Connecting to ${id} as ubuntu through Session Manager...`],
    });
    expect(calls()).toContain("TerminateSession");
    const ssm = await cloud.session().ssm();
    expect((await ssm.send(new DescribeSessionsCommand({ State: "Active" }))).Sessions).toEqual([]);
  });

  test("ends its session also when it is interrupted", async () => {
    const id = await kept("nothing");
    const stop = new AbortController();
    const shell = opened(id, { command: ["sleep 100"] }, stop.signal);
    while (!calls().includes("SendSSHPublicKey")) await new Promise((resolve) => setTimeout(resolve, 5));
    stop.abort(new Error("interrupted"));
    await expect(shell).rejects.toThrow("interrupted");
    const ssm = await cloud.session().ssm();
    expect((await ssm.send(new DescribeSessionsCommand({ State: "Active" }))).Sessions).toEqual([]);
  });

  test("does what -access sets", async () => {
    const id = await kept("nothing");
    expect(await opened(id, { access: "address" })).toMatchObject({ code: 7, printed: "inside\n" });
    expect(calls()).not.toContain("StartSession");
  });

  test("says that there is no endpoint where the group admits one", async () => {
    const network = (connectEndpoint: boolean) =>
      cloud.endpoint().seed({ regions: { "us-east-1": { network: { connectEndpoint } } } });
    network(false);
    await expect(opened(await kept("endpoint"))).rejects.toMatchObject({
      code: "no-connect-endpoint",
      hint: expect.stringContaining("-access=session-manager"),
    });
    network(true);
  });

  test("sends no key where a key file is set", async () => {
    const pair = await generateKeyPair("ed25519", { comment: "own" });
    const keyFile = join(folder(), "own");
    writeFileSync(keyFile, pair.privateKey, { mode: 0o600 });
    lasting.add(`web ${pair.publicKey.split(" ").slice(0, 2).join(" ")}`);
    expect(await opened(await kept("address"), { keyFile, user: "web" })).toMatchObject({ code: 7 });
    expect(calls()).not.toContain("SendSSHPublicKey");
    await expect(opened(await kept("address"), { keyFile, user: "other" })).rejects.toMatchObject({
      code: "ssh-authentication-failed",
      hint: expect.stringContaining("-ssh-username"),
    });
  });

  test("says what to do when the key is not accepted", async () => {
    refuses = true;
    await expect(opened(await kept("address"))).rejects.toMatchObject({
      code: "ssh-authentication-failed",
      hint: expect.stringMatching(/"ec2-instance-connect".*-ssh-username.*-ssh-private-key-file/),
    });
  });

  test("says that the instance does not run, or does not exist", async () => {
    const id = await kept("address");
    const ec2 = await cloud.session().ec2();
    await ec2.send(new StopInstancesCommand({ InstanceIds: [id] }));
    await expect(opened(id)).rejects.toMatchObject({
      code: "instance-not-running",
      hint: expect.stringContaining(`aws ec2 start-instances --instance-ids ${id}`),
    });
    await expect(opened("i-0123456789abcdef0")).rejects.toMatchObject({
      code: "instance-not-found",
      message: 'Instance "i-0123456789abcdef0" does not exist in us-east-1',
    });
    await expect(opened("ami-1")).rejects.toMatchObject({ code: "instance-id-invalid" });
  });
});

/** The port of an endpoint's tunnel is 22. Only root may listen on it, and only Linux has all addresses of 127.0.0.0/8. */
const possible = process.platform === "linux" && process.getuid?.() === 0;

(possible ? test : test.skip)("a shell goes through the endpoint of the VPC where the group admits one", async () => {
  const other = await startHostMachine((user, key) => keys.accepts(user, key), { host: ADDRESS, port: 22 });
  try {
    address = ADDRESS;
    await expect(opened(await kept("endpoint", 22), { port: 22 })).resolves.toMatchObject({
      code: 7,
      printed: "inside\n",
      lines: [expect.stringMatching(/ through endpoint eice-\w+\.\.\.$/)],
    });
  } finally {
    address = "127.0.0.1";
    await other.close();
  }
});

test.each([
  ["a network", [{ fromPort: 22, toPort: 22, cidrs: ["10.0.0.0/8"], groupIds: [] }], "address"],
  ["all ports of a network", [{ fromPort: 0, toPort: 65_535, cidrs: ["::/0"], groupIds: [] }], "address"],
  ["a group", [{ fromPort: 22, toPort: 22, cidrs: [], groupIds: ["sg-1"] }], "instance-connect-endpoint"],
  ["another port", [{ fromPort: 443, toPort: 443, cidrs: ["0.0.0.0/0"], groupIds: [] }], "session-manager"],
  ["nothing", [], "session-manager"],
] as const)("groups that admit %s show how the bake connected", (_, rules, way) => {
  expect(wayAdmitted(rules, 22)).toBe(way);
});

test.each([
  ["ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20260101", "ubuntu"],
  ["debian-12-amd64-20260101-1234", "admin"],
  ["al2023-ami-2023.5.20260101.0-kernel-6.1-x86_64", "ec2-user"],
  ["amzn2-ami-kernel-5.10-hvm-2.0.20260101.0-x86_64-gp2", "ec2-user"],
  ["RHEL-9.4.0_HVM-20260101-x86_64-1-Hourly2-GP3", "ec2-user"],
  ["Rocky-9-EC2-Base-9.4-20260101.0.x86_64", "rocky"],
  ["CentOS Stream 9 x86_64 20260101", "centos"],
  ["Fedora-Cloud-Base-AmazonEC2.x86_64-40", "fedora"],
  ["web-2026-01-01", undefined],
])("the default user of %s is %s", (name, user) => {
  expect(loginUserOf(name)).toBe(user);
});
