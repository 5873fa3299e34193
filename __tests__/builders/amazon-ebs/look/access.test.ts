import { DescribeSubnetsCommand } from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, test } from "@jest/globals";
import type { Seed } from "../../../../src/local/endpoint/seed.js";
import type { Json } from "../../../../src/options/collections.js";
import { testCloud } from "../../../support/cloud.js";
import { bake, type Circumstances } from "../bake.js";

const cloud = testCloud({ scale: 0 });

type Given = Readonly<Record<string, Json>>;
type Network = NonNullable<NonNullable<Seed["regions"]>[string]["network"]>;

/** Sets the network of the Region; what is not set is as usual. */
const inNetwork = (network: Network) => cloud.endpoint().seed({ regions: { "us-east-1": { network } } });

beforeEach(async () => {
  await inNetwork({});
  cloud.endpoint().baseline();
  cloud.endpoint().forget();
});

/** Nothing listens, so that each bake ends when its ways have been tried. */
const SSH: Given = { communicator: "ssh", ssh_timeout: "100ms", skip_create_ami: true };
const PROFILE: Given = {
  temporary_iam_instance_profile_policy_document: {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: ["ssmmessages:*"], Resource: ["*"] }],
  },
};
const PRIVATE: Network = { publicAddresses: false, internetGateway: false };
const NO_ENDPOINT: Network = { ...PRIVATE, connectEndpoint: false };
const AUTO: Circumstances = { settings: { access: "auto" } };

/** The calls of `auto` that a bake as the template sets it does not make. */
const LOOKUPS = [
  "DescribeRouteTables",
  "DescribeNetworkInterfaces",
  "DescribeInstanceConnectEndpoints",
  "GetServiceSetting",
];

let count = 0;

/** Bakes, and returns what a reader sees of how it connects. */
async function connect(given: Given, more: Circumstances = AUTO) {
  const ended = await bake(cloud, { ...SSH, ami_name: `access ${++count}`, ...given }, more);
  const calls = cloud.endpoint().calls();
  const [launch] = calls.filter(({ action }) => action === "RunInstances");
  const cards = Object(launch?.params).NetworkInterface;
  const rules = calls.filter(({ action }) => action === "AuthorizeSecurityGroupIngress");
  return {
    error: ended.error,
    choice: ended.events.find((event) => event.type === "access"),
    started: calls.some(({ action }) => action === "StartSession"),
    rules: rules.map(({ params }) => (/"CidrIp"/.test(JSON.stringify(params)) ? "caller" : "endpoint")),
    launched: launch !== undefined,
    publicAddress: Array.isArray(cards) ? cards.map((card) => Object(card).AssociatePublicIpAddress)[0] : undefined,
    lookups: LOOKUPS.filter((name) => calls.some(({ action }) => action === name)),
  };
}

const message = (error: unknown) => (error instanceof Error ? error.message : "");

const WINRM: Given = {
  communicator: "winrm",
  winrm_username: "Administrator",
  winrm_password: "secret",
  winrm_timeout: "100ms",
};

describe("auto: what is called", () => {
  const ASKS: Given = { associate_public_ip_address: true };
  test.each<[string, Network, Given, object]>([
    ["a public subnet", {}, {}, { way: "public address", rules: ["caller"], publicAddress: undefined }],
    ["a public subnet and an address", {}, ASKS, { way: "public address", rules: ["caller"], publicAddress: "true" }],
    [
      "a subnet that assigns no addresses, and an address",
      { publicAddresses: false },
      ASKS,
      { way: "public address", rules: ["caller"], publicAddress: "true" },
    ],
    ["a private subnet", PRIVATE, {}, { way: /^EC2 Instance Connect Endpoint eice-/, rules: ["endpoint"] }],
    [
      "a private subnet and an address",
      PRIVATE,
      ASKS,
      { way: /^EC2 Instance Connect Endpoint eice-/, rules: ["endpoint"], publicAddress: "false" },
    ],
    [
      "blocked public access and an address",
      { blockMode: "block-bidirectional" },
      ASKS,
      { way: /^EC2 Instance Connect Endpoint eice-/, rules: ["endpoint"], publicAddress: "false" },
    ],
    ["a private subnet without an endpoint", NO_ENDPOINT, PROFILE, { way: "Session Manager", rules: [] }],
    [
      "a private subnet without an endpoint, and an address",
      NO_ENDPOINT,
      { ...PROFILE, ...ASKS },
      { way: "Session Manager", rules: [], publicAddress: "false" },
    ],
    [
      "an SSH port that no endpoint connects to",
      PRIVATE,
      { ...PROFILE, ssh_port: 2222 },
      { way: "Session Manager", rules: [], publicAddress: undefined },
    ],
    [
      "WinRM in a public subnet",
      {},
      { ...WINRM, ssh_bastion_host: "192.0.2.1", ssh_bastion_password: "has no effect" },
      { way: "public address", rules: ["caller"], publicAddress: undefined },
    ],
    [
      "WinRM in a private subnet: no endpoint connects to its port",
      PRIVATE,
      { ...PROFILE, ...WINRM },
      { way: "Session Manager", rules: [], publicAddress: undefined },
    ],
    [
      "default host management instead of a profile",
      { ...NO_ENDPOINT, managementRole: "service-role/AWSSystemsManagerDefaultEC2InstanceManagementRole" },
      {},
      { way: "Session Manager", rules: [] },
    ],
    [
      "an interface of the VPC with the runner's address",
      { ...PRIVATE, otherAddresses: ["198.51.100.7"] },
      {},
      { way: "private address", rules: ["caller", "caller"] },
    ],
  ])("%s", async (_, network, given, { way, ...expected }: { way?: string | RegExp }) => {
    await inNetwork(network);
    const seen = await connect(given);
    expect(seen).toMatchObject({ launched: true, started: way === "Session Manager", ...expected });
    expect(seen.choice).toMatchObject({ way: way instanceof RegExp ? expect.stringMatching(way) : way });
  });
});

describe("as the template sets it", () => {
  const TUNNELS: Given = { ...PROFILE, ssh_interface: "session_manager" };
  test.each<[string, Given, object]>([
    ["a public address", {}, { rules: ["caller"], lookups: [] }],
    ["Session Manager", TUNNELS, { rules: [], started: true, lookups: [] }],
    [
      "Session Manager, and an address as in Packer: without a NAT gateway, the agent needs it",
      { ...TUNNELS, associate_public_ip_address: true },
      { rules: [], publicAddress: "true", lookups: [] },
    ],
    [
      "an endpoint",
      { ssh_interface: "instance_connect_endpoint" },
      { rules: ["endpoint"], lookups: ["DescribeInstanceConnectEndpoints"] },
    ],
  ])("%s: no other call, and nothing is printed", async (_, given, expected) => {
    const seen = await connect(given, {});
    expect(seen).toMatchObject({ launched: true, choice: undefined, ...expected });
  });

  test.each<[string, Given]>([
    ["ssh_interface", { ssh_interface: "private_ip" }],
    ["ssh_private_ip", { ssh_private_ip: true }],
    ["ssh_host", { ssh_host: "192.0.2.1" }],
    ["ssh_bastion_host", { ssh_bastion_host: "192.0.2.1", ssh_bastion_password: "p" }],
    ["winrm_host", { ...WINRM, winrm_host: "192.0.2.1" }],
    ["ssh_proxy_host", { ssh_proxy_host: "192.0.2.1" }],
  ])("%s of the template wins over auto, and this is printed", async (name, given) => {
    await inNetwork(NO_ENDPOINT);
    const { choice, lookups } = await connect(given);
    expect(choice).toMatchObject({ way: "as the template sets it", why: `"${name}" is set` });
    expect(lookups).toEqual([]);
  });

  test("a build without a communicator looks nothing up", async () => {
    expect(await connect({ communicator: "none" })).toMatchObject({ error: undefined, choice: undefined, lookups: [] });
  });
});

describe("auto without a way", () => {
  test("says every reason, and creates nothing", async () => {
    await inNetwork(NO_ENDPOINT);
    const { error, launched } = await connect({});
    expect(launched).toBe(false);
    expect(cloud.endpoint().held()).toEqual({});
    expect(error).toMatchObject({
      code: "no-access",
      message: expect.stringMatching(
        /^There is no way to connect to the instance: subnet-\w+ has no default route to an internet gateway, an EC2 Instance Connect Endpoint of vpc-\w+ does not exist, and Session Manager needs an instance profile/,
      ),
      hint: expect.stringMatching(/"iam_instance_profile".*‹access› to "template".*Nothing was created\.$/),
    });
  });

  test("uses the unknown address of the runner for nothing", async () => {
    const callerAddress = () => Promise.reject(new Error("no internet"));
    const { choice, rules } = await connect({}, { ...AUTO, callerAddress });
    expect(choice).toMatchObject({ why: "the runner's public IP address is not known" });
    expect(rules).toEqual(["endpoint"]);
  });
});

describe("auto where AWS denies to read", () => {
  const deny = (action: string) =>
    cloud
      .endpoint()
      .faults([{ action, do: "error", code: "UnauthorizedOperation", message: `no ${action}`, status: 403 }]);

  test.each<[string, Network, RegExp]>([
    ["DescribeRouteTables", {}, /AWS denied reading the route tables \(.*no DescribeRouteTables/],
    ["DescribeSubnets", {}, /AWS denied reading the subnets \(.*no DescribeSubnets/],
    ["DescribeNetworkInterfaces", {}, /assign public addresses/],
    [
      "DescribeInstanceConnectEndpoints",
      PRIVATE,
      /AWS denied reading the EC2 Instance Connect Endpoints \(.*no DescribeInstanceConnectEndpoints/,
    ],
    ["GetServiceSetting", NO_ENDPOINT, /so the default host management is assumed to be on/],
  ])("%s: another way is chosen, with the reason", async (action, network, why) => {
    await inNetwork(network);
    deny(action);
    const { choice } = await connect(action === "GetServiceSetting" ? {} : PROFILE);
    expect(choice).toMatchObject({ why: expect.stringMatching(why) });
  });
});

test("the subnets of the template are those that are checked", async () => {
  const ec2 = await cloud.session().ec2();
  const { Subnets } = await ec2.send(new DescribeSubnetsCommand({}));
  const id = Subnets?.[1]?.SubnetId ?? "";
  await inNetwork(PRIVATE);
  const { choice, error } = await connect({ subnet_id: id });
  expect(choice).toMatchObject({ why: expect.stringMatching(`^${id} `) });
  expect(message(error)).not.toBe("");
});
