import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { isAllowed, type Statement } from "../support/iam-policy.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const text = readFileSync(join(root, "docs/private-networks.md"), "utf8");

const ACCOUNT = "123456789012";
const CALLER = "AROAEXAMPLE:run-4711";

/** All statements of the page, for one caller. */
const role: readonly Statement[] = [...text.matchAll(/```json\n(.*?)```/gs)].flatMap(([, json = ""]) => {
  const filled = json.replaceAll("ACCOUNT", ACCOUNT).replaceAll("REGION", "us-east-1");
  const read = JSON.parse(filled.replaceAll("${aws:userid}", CALLER)) as Statement | readonly Statement[];
  return Array.isArray(read) ? read : [read as Statement];
});

const instance = `arn:aws:ec2:us-east-1:${ACCOUNT}:instance/i-1`;
const endpoint = `arn:aws:ec2:us-east-1:${ACCOUNT}:instance-connect-endpoint/eice-0123456789abcdef0`;
const session = (owner: string) => `arn:aws:ssm:us-east-1:${ACCOUNT}:session/${owner}-0a1b`;
const document = (name: string) => `arn:aws:ssm:us-east-1::document/${name}`;
const KEY = `arn:aws:kms:us-east-1:${ACCOUNT}:key/0123abcd-0123-abcd-0123-0123456789ab`;
const OWN = { "aws:ResourceTag/bake-ami:owner": "bake-ami", "ssm:resourceTag/bake-ami:owner": "bake-ami" };
const UBUNTU = { "ec2:osuser": "ubuntu" };
const TUNNEL = { "ec2-instance-connect:remotePort": "22", "ec2-instance-connect:maxTunnelDuration": "3600" };

describe("the role that bakes in private networks can", () => {
  test.each<[string, string, string, Readonly<Record<string, string>>]>([
    ["start a session on its instance", "ssm:StartSession", instance, OWN],
    ["forward a port", "ssm:StartSession", document("AWS-StartPortForwardingSession"), {}],
    ["resume its session", "ssm:ResumeSession", session(CALLER), {}],
    ["end its session", "ssm:TerminateSession", session(CALLER), {}],
    ["open the data channel of its session", "ssmmessages:OpenDataChannel", session(CALLER), {}],
    ["find its sessions", "ssm:DescribeSessions", "*", {}],
    ["encrypt a session", "kms:GenerateDataKey", KEY, { "kms:EncryptionContext:aws:ssm:TargetId": "i-1" }],
    ["see agents", "ssm:DescribeInstanceInformation", "*", {}],
    ["send a key to its instance", "ec2-instance-connect:SendSSHPublicKey", instance, { ...OWN, ...UBUNTU }],
    ["open a tunnel to SSH", "ec2-instance-connect:OpenTunnel", endpoint, TUNNEL],
  ])("%s", (_what, action, resource, context) => {
    expect(isAllowed(role, { action, resource, context })).toBe(true);
  });
});

describe("the role that bakes in private networks cannot", () => {
  test.each<[string, string, string, Readonly<Record<string, string>>]>([
    ["start a session on another instance", "ssm:StartSession", instance, {}],
    ["open a shell by a session", "ssm:StartSession", document("SSM-SessionManagerRunShell"), {}],
    ["run commands by a session", "ssm:StartSession", document("AWS-StartInteractiveCommand"), {}],
    ["end the session of another caller", "ssm:TerminateSession", session("AROAEXAMPLE:other"), {}],
    ["resume the session of another caller", "ssm:ResumeSession", session("alice"), {}],
    ["encrypt something else", "kms:GenerateDataKey", KEY, {}],
    ["decrypt with the key of sessions", "kms:Decrypt", KEY, { "kms:EncryptionContext:aws:ssm:TargetId": "i-1" }],
    ["send a key to another instance", "ec2-instance-connect:SendSSHPublicKey", instance, UBUNTU],
    ["send a key for root", "ec2-instance-connect:SendSSHPublicKey", instance, { ...OWN, "ec2:osuser": "root" }],
    ["send a key without a user", "ec2-instance-connect:SendSSHPublicKey", instance, OWN],
    [
      "send a key to a serial console",
      "ec2-instance-connect:SendSerialConsoleSSHPublicKey",
      instance,
      { ...OWN, ...UBUNTU },
    ],
    [
      "open a tunnel to RDP",
      "ec2-instance-connect:OpenTunnel",
      endpoint,
      { ...TUNNEL, "ec2-instance-connect:remotePort": "3389" },
    ],
    [
      "open a tunnel without a limit",
      "ec2-instance-connect:OpenTunnel",
      endpoint,
      { "ec2-instance-connect:remotePort": "22" },
    ],
  ])("%s", (_what, action, resource, context) => {
    expect(isAllowed(role, { action, resource, context })).toBe(false);
  });
});
