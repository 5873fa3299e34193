/** Launches an instance of an image with a new key, runs a command on it with OpenSSH's client, and terminates it. */
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import {
  DeleteKeyPairCommand,
  DescribeInstancesCommand,
  EC2Client,
  ImportKeyPairCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";

/** Login attempts, half a second apart. */
const ATTEMPTS = 60;

/** Returns the standard output of the command. */
export async function runOn(cloud, region, ImageId, user, command) {
  const ec2 = new EC2Client({
    region,
    endpoint: cloud.url,
    credentials: { accessKeyId: "observer", secretAccessKey: "observer" },
  });
  const folder = mkdtempSync(join(tmpdir(), "bake-ami-login-"));
  const key = join(folder, "key");
  const KeyName = `login-${ImageId}`;
  let InstanceIds = [];
  try {
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    await ec2.send(new ImportKeyPairCommand({ KeyName, PublicKeyMaterial: readFileSync(`${key}.pub`) }));
    const launch = { ImageId, KeyName, MinCount: 1, MaxCount: 1, InstanceType: "t3.micro" };
    const { Instances } = await ec2.send(new RunInstancesCommand(launch));
    InstanceIds = Instances.map(({ InstanceId }) => InstanceId);
    return await login(() => addressOf(ec2, InstanceIds), key, user, command);
  } finally {
    if (InstanceIds.length > 0) await ec2.send(new TerminateInstancesCommand({ InstanceIds }));
    await ec2.send(new DeleteKeyPairCommand({ KeyName }));
    ec2.destroy();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Returns the public IP address; undefined until the instance runs. */
async function addressOf(ec2, InstanceIds) {
  const found = await ec2.send(new DescribeInstancesCommand({ InstanceIds })).catch(() => undefined);
  const instance = found?.Reservations[0]?.Instances[0];
  return instance?.State.Name === "running" ? instance.PublicIpAddress : undefined;
}

async function login(address, key, user, command) {
  const options = { StrictHostKeyChecking: "no", UserKnownHostsFile: "/dev/null", BatchMode: "yes", LogLevel: "ERROR" };
  const flags = Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  for (let attempt = 1; ; attempt++) {
    const host = await address();
    try {
      if (!host) throw new Error("the instance is not running yet");
      return (await promisify(execFile)("ssh", [...flags, "-i", key, `${user}@${host}`, command])).stdout;
    } catch (error) {
      if (attempt >= ATTEMPTS) throw error;
      await sleep(500);
    }
  }
}
