import { generateKeyPairSync } from "node:crypto";
import {
  AuthorizeSecurityGroupIngressCommand,
  CreateKeyPairCommand,
  CreateSecurityGroupCommand,
  DeleteKeyPairCommand,
  DeleteSecurityGroupCommand,
  DescribeKeyPairsCommand,
  DescribeSecurityGroupsCommand,
  ImportKeyPairCommand,
  type IpPermission,
  RevokeSecurityGroupIngressCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { describe, expect, test } from "@jest/globals";
import ssh2 from "ssh2";
import { openSshPublicKey } from "../../../../src/local/endpoint/ec2/open-ssh-key.js";
import { refused, type Started, started, there } from "../started.js";
import { launched } from "../steps.js";

describe("key pairs", () => {
  test.each(["rsa", "ed25519"] as const)("a created %s key works for SSH", async (KeyType) => {
    const cloud = await started();
    const ec2 = cloud.ec2();
    const made = await ec2.send(new CreateKeyPairCommand({ KeyName: "k", KeyType }));
    const parsed = ssh2.utils.parseKey(there(made.KeyMaterial));
    if (parsed instanceof Error) throw parsed;
    const { KeyPairs } = await ec2.send(new DescribeKeyPairsCommand({ IncludePublicKey: true }));
    const line = there(KeyPairs?.[0]?.PublicKey);
    expect(line.split(" ")[1]).toBe(parsed.getPublicSSH().toString("base64"));
    expect(KeyPairs?.[0]).toMatchObject({ KeyName: "k", KeyType, KeyFingerprint: made.KeyFingerprint });
  });

  test.each(["rsa", "ed25519"] as const)("an imported %s key keeps its line", async (type) => {
    const cloud = await started();
    const ec2 = cloud.ec2();
    const { publicKey } =
      type === "rsa" ? generateKeyPairSync("rsa", { modulusLength: 2048 }) : generateKeyPairSync("ed25519");
    const line = `${openSshPublicKey(publicKey)} me@here`;
    await ec2.send(new ImportKeyPairCommand({ KeyName: "k", PublicKeyMaterial: Buffer.from(line) }));
    const { KeyPairs } = await ec2.send(new DescribeKeyPairsCommand({ KeyNames: ["k"], IncludePublicKey: true }));
    expect(KeyPairs?.[0]).toMatchObject({ PublicKey: line, KeyType: type });
    const again = ec2.send(new ImportKeyPairCommand({ KeyName: "k", PublicKeyMaterial: Buffer.from(line) }));
    expect(await refused(again)).toEqual({
      name: "InvalidKeyPair.Duplicate",
      message: "The keypair 'k' already exists.",
    });
    const none = ec2.send(new ImportKeyPairCommand({ KeyName: "n", PublicKeyMaterial: Buffer.from("hello") }));
    expect((await refused(none)).name).toBe("InvalidKey.Format");
  });

  test("deleting an unknown name succeeds, describing it fails", async () => {
    const cloud = await started();
    const ec2 = cloud.ec2();
    await ec2.send(new DeleteKeyPairCommand({ KeyName: "none" }));
    expect((await refused(ec2.send(new DescribeKeyPairsCommand({ KeyNames: ["none"] })))).name).toBe(
      "InvalidKeyPair.NotFound",
    );
    const { KeyPairId } = await ec2.send(new CreateKeyPairCommand({ KeyName: "k", KeyType: "ed25519" }));
    await ec2.send(new DeleteKeyPairCommand({ KeyPairId }));
    expect(cloud.endpoint.held()).toEqual({});
  });
});

async function group(cloud: Started, name = "g"): Promise<string> {
  const made = await cloud.ec2().send(new CreateSecurityGroupCommand({ GroupName: name, Description: "d" }));
  cloud.pass(5);
  return there(made.GroupId);
}

describe("security groups", () => {
  const ssh: IpPermission = {
    IpProtocol: "tcp",
    FromPort: 22,
    ToPort: 22,
    IpRanges: [{ CidrIp: "203.0.113.9/32", Description: "runner" }],
  };

  test("rules are authorized, described and revoked", async () => {
    const cloud = await started();
    const ec2 = cloud.ec2();
    const GroupId = await group(cloud);
    await ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [ssh] }));
    const shown = async () => {
      const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [GroupId] }));
      return there(SecurityGroups?.[0]);
    };
    expect((await shown()).IpPermissions).toMatchObject([ssh]);
    expect((await shown()).IpPermissionsEgress).toMatchObject([
      { IpProtocol: "-1", IpRanges: [{ CidrIp: "0.0.0.0/0" }] },
    ]);
    const twice = ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [ssh] }));
    expect((await refused(twice)).name).toBe("InvalidPermission.Duplicate");
    await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions: [ssh] }));
    expect((await shown()).IpPermissions).toEqual([]);
  });

  test.each([
    ["a range that is none", { ...ssh, IpRanges: [{ CidrIp: "203.0.113.9" }] }],
    ["a prefix out of range", { ...ssh, IpRanges: [{ CidrIp: "203.0.113.9/33" }] }],
    ["an IPv6 range that is none", { ...ssh, IpRanges: [], Ipv6Ranges: [{ CidrIpv6: "::1" }] }],
    ["ports the wrong way round", { ...ssh, FromPort: 23 }],
  ])("refuse %s", async (_what, permission) => {
    const cloud = await started();
    const GroupId = await group(cloud);
    const call = cloud.ec2().send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [permission] }));
    expect((await refused(call)).name).toBe("InvalidParameterValue");
  });

  test("a group name is unique in a VPC, ignoring case", async () => {
    const cloud = await started();
    await group(cloud, "Web");
    expect((await refused(group(cloud, "web"))).name).toBe("InvalidGroup.Duplicate");
  });

  test("a new group is unknown for a moment", async () => {
    const cloud = await started();
    const ec2 = cloud.ec2();
    const { GroupId = "" } = await ec2.send(new CreateSecurityGroupCommand({ GroupName: "g", Description: "d" }));
    const call = ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions: [ssh] }));
    expect((await refused(call)).name).toBe("InvalidGroup.NotFound");
  });

  test("a group cannot be deleted while its instance exists, and for some time after", async () => {
    const cloud = await started();
    const ec2 = cloud.ec2();
    const GroupId = await group(cloud);
    const { InstanceId = "" } = await launched(ec2, { SecurityGroupIds: [GroupId] });
    cloud.pass(2);
    const drop = () => ec2.send(new DeleteSecurityGroupCommand({ GroupId }));
    expect(await refused(drop())).toEqual({
      name: "DependencyViolation",
      message: `resource ${GroupId} has a dependent object`,
    });
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
    cloud.pass(36);
    expect((await refused(drop())).name).toBe("DependencyViolation");
    cloud.pass(10);
    await drop();
    expect((await refused(drop())).name).toBe("InvalidGroup.NotFound");
  });
});
