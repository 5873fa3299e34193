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

  test("from nowhere when the caller's address is unknown, and nothing is created", async () => {
    const callerAddress = async () => {
      throw new Error("no route");
    };
    const { error } = await bake(cloud, { ...SSH, ami_name: "unknown" }, { callerAddress });
    expect(error).toMatchObject({ code: "caller-address-unknown", hint: expect.stringMatching(/ssh-source-cidrs/) });
    expect(cloud.endpoint().held()).toEqual({});
  });
});
