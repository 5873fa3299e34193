import { DescribeSecurityGroupsCommand } from "@aws-sdk/client-ec2";
import { beforeEach, describe, expect, test } from "@jest/globals";
import { testCloud } from "../../../support/cloud.js";
import { bake } from "../bake.js";

const cloud = testCloud({ scale: 0 });

beforeEach(() => {
  cloud.endpoint().baseline();
  cloud.endpoint().forget();
});

describe("SSH access is allowed", () => {
  const SSH = { communicator: "ssh", ssh_host: "127.0.0.1", ssh_port: 9, ssh_timeout: "1s" };

  async function ingress(given: Parameters<typeof bake>[1], more: Parameters<typeof bake>[2] = {}) {
    const ended = await bake(cloud, { ...SSH, ami_name: "ssh", ...given }, { ...more, release: false });
    const ec2 = await cloud.session().ec2();
    const { SecurityGroups } = await ec2.send(
      new DescribeSecurityGroupsCommand({ Filters: [{ Name: "tag:bake-ami:owner", Values: ["bake-ami"] }] }),
    );
    const rules = (SecurityGroups ?? []).at(-1)?.IpPermissions ?? [];
    const cidrs = rules.flatMap((rule) => [
      ...(rule.IpRanges ?? []).map((each) => each.CidrIp),
      ...(rule.Ipv6Ranges ?? []).map((each) => each.CidrIpv6),
    ]);
    return { ended, ports: rules.map((rule) => `${rule.FromPort}-${rule.ToPort}`), cidrs };
  }

  test.each<[string, Parameters<typeof bake>[1], Parameters<typeof bake>[2], readonly string[]]>([
    ["from the caller's own address", {}, {}, ["198.51.100.7/32"]],
    ["from an IPv6 caller", {}, { callerAddress: async () => "2001:db8::7" }, ["2001:db8::7/128"]],
    ["from the addresses of the run", {}, { settings: { sshSourceCidrs: ["203.0.113.0/24"] } }, ["203.0.113.0/24"]],
    [
      "from the addresses of the template",
      { temporary_security_group_source_cidrs: ["10.0.0.0/8"] },
      { settings: { sshSourceCidrs: ["203.0.113.0/24"] } },
      ["10.0.0.0/8"],
    ],
  ])("only %s", async (_, given, more, expected) => {
    const seen = await ingress(given, more);
    expect(seen.cidrs).toEqual(expected);
    expect(seen.ports).toEqual(["9-9"]);
    expect(seen.ended.error).toMatchObject({ code: "ssh-timeout", resource: expect.stringMatching(/^i-/) });
  });

  const noLookup = async () => {
    throw new Error("no internet");
  };
  const from = (local: string) => async (remote: string) => ({ local, remote });
  const PRIVATE = { ssh_interface: "private_ip", ssh_host: "" };

  test.each<[string, Parameters<typeof bake>[1], Parameters<typeof bake>[2], readonly string[]]>([
    ["from the runner in the VPC, and its public address", PRIVATE, {}, ["198.51.100.7/32", "10.0.0.7/32"]],
    ["from the runner in a VPC without internet", PRIVATE, { callerAddress: noLookup }, ["10.0.0.7/32"]],
    [
      "from the runner in the VPC to the private name of the instance",
      { ssh_host: "10.0.3.4", ssh_interface: "private_dns" },
      { callerAddress: noLookup },
      ["10.0.0.7/32"],
    ],
    [
      "from the IPv6 address of the runner",
      { ssh_host: "2001:db8::5", ssh_interface: "ipv6" },
      { routeTo: from("2001:db8::9") },
      ["198.51.100.7/32", "2001:db8::9/128"],
    ],
    ["from the public address to a public one", { ssh_host: "203.0.113.5" }, {}, ["198.51.100.7/32"]],
    [
      "from the bastion host in the VPC",
      { ssh_host: "10.0.3.4", ssh_interface: "private_ip", ssh_bastion_host: "10.0.0.99", ssh_bastion_password: "p" },
      {},
      ["198.51.100.7/32", "10.0.0.99/32"],
    ],
  ])("%s", async (_, given, more, expected) => {
    const impatient = { ssh_proxy_host: "", ...given, ssh_timeout: "200ms" };
    expect((await ingress(impatient, more)).cidrs).toEqual(expected);
  });

  test.each<[string, Parameters<typeof bake>[1], Parameters<typeof bake>[2], RegExp]>([
    ["a runner without a private address", {}, { routeTo: from("203.0.113.9") }, /runner has no private address/],
    ["a runner without any route", {}, { routeTo: async () => undefined }, /runner has no private address/],
    [
      "a runner without IPv6",
      { ssh_interface: "ipv6" },
      { routeTo: async () => undefined },
      /runner has no IPv6 address/,
    ],
    [
      "a bastion host with a public address",
      { ssh_bastion_host: "203.0.113.50", ssh_bastion_password: "p" },
      {},
      /SSH comes from "203\.0\.113\.50"/,
    ],
  ])("never from %s with a private interface, and nothing is created", async (_, given, more, message) => {
    const { error } = await bake(cloud, { ...SSH, ...PRIVATE, ami_name: "cannot match", ...given }, more);
    expect(error).toMatchObject({
      code: "no-matching-ingress",
      message: expect.stringMatching(message),
      hint: expect.stringContaining("ssh-source-cidrs"),
    });
    expect(cloud.endpoint().held()).toEqual({});
  });

  test("from nowhere when the caller's address is unknown, and nothing is created", async () => {
    const callerAddress = async () => {
      throw new Error("no route");
    };
    const { error } = await bake(cloud, { ...SSH, ami_name: "unknown" }, { callerAddress });
    expect(error).toMatchObject({ code: "caller-address-unknown", hint: expect.stringMatching(/ssh-source-cidrs/) });
    expect(cloud.endpoint().held()).toEqual({});
  });
});
