/** An instance that can be reached by all ways, on a cloud with the API of EC2, SSM and IAM: its URL, and a folder for the key. */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EC2 } from "@aws-sdk/client-ec2";
import { IAM } from "@aws-sdk/client-iam";
import { SSM } from "@aws-sdk/client-ssm";

export const REGION = "us-east-1";
export const CREDENTIALS = { accessKeyId: "test", secretAccessKey: "test" };
const NAME = `bake-ami-tunnels-${process.pid}`;
const TRUST =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}';
const POLICY =
  '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["ssmmessages:*","ssm:*"],"Resource":"*"}]}';

/** Launches the instance and waits for its agent. `close` removes all that was created. */
export async function launchHost({ url, folder }) {
  const undo = [];
  const close = async () => {
    for (const remove of undo.splice(0).reverse()) await remove();
  };
  try {
    return { ...(await createHost(url, folder, undo)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Creates the instance. What removes it is added to `undo`. */
async function createHost(url, folder, undo) {
  const config = { endpoint: url, region: REGION, credentials: CREDENTIALS };
  const [ec2, iam, ssm] = [new EC2(config), new IAM(config), new SSM(config)];
  const key = join(folder, "key");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
  await ec2.importKeyPair({ KeyName: NAME, PublicKeyMaterial: readFileSync(`${key}.pub`) });
  undo.push(() => ec2.deleteKeyPair({ KeyName: NAME }));
  await createProfile(iam, undo);
  const instanceId = await until("the launch", async () => (await launch(ec2)).Instances[0].InstanceId);
  undo.push(() => ec2.terminateInstances({ InstanceIds: [instanceId] }));
  const find = async () => (await ec2.describeInstances({ InstanceIds: [instanceId] })).Reservations[0].Instances[0];
  const instance = await until("the instance", async () => running(await find()));
  await until("the SSM agent", async () => {
    const filters = [{ Key: "InstanceIds", Values: [instanceId] }];
    return (await ssm.describeInstanceInformation({ Filters: filters })).InstanceInformationList.length > 0;
  });
  return {
    ...{ url, ssm, instanceId, key, user: "ubuntu" },
    endpointId: await endpointOf(ec2, instance, undo),
    address: instance.PublicIpAddress,
    privateAddress: instance.PrivateIpAddress,
    /** Port of the data channels and tunnels, without TLS. */
    tunnelPort: await tunnelPort(ssm, instanceId),
  };
}

/** Creates a role for the SSM agent, and its profile. */
async function createProfile(iam, undo) {
  const [role, profile] = [{ RoleName: NAME }, { InstanceProfileName: NAME }];
  await iam.createRole({ ...role, AssumeRolePolicyDocument: TRUST });
  undo.push(() => iam.deleteRole(role));
  await until("the role", () => iam.putRolePolicy({ ...role, PolicyName: NAME, PolicyDocument: POLICY }));
  undo.push(() => iam.deleteRolePolicy({ ...role, PolicyName: NAME }));
  await iam.createInstanceProfile(profile);
  undo.push(() => iam.deleteInstanceProfile(profile));
  await until("the instance profile", () => iam.addRoleToInstanceProfile({ ...profile, ...role }));
  undo.push(() => iam.removeRoleFromInstanceProfile({ ...profile, ...role }));
}

async function launch(ec2) {
  const filters = [{ Name: "name", Values: ["ubuntu/images/*"] }];
  const { Images } = await ec2.describeImages({ Owners: ["099720109477"], Filters: filters });
  return ec2.runInstances({
    ImageId: Images.sort((a, b) => b.CreationDate.localeCompare(a.CreationDate))[0].ImageId,
    InstanceType: "t3.micro",
    KeyName: NAME,
    IamInstanceProfile: { Name: NAME },
    ...{ MinCount: 1, MaxCount: 1 },
  });
}

function running(instance) {
  return instance.State.Name === "running" && instance.PublicIpAddress ? instance : undefined;
}

/** Returns the ID of the endpoint in the VPC of an instance, or of one that is created. */
async function endpointOf(ec2, { VpcId, SubnetId }, undo) {
  const filters = [{ Name: "vpc-id", Values: [VpcId] }];
  const ready = async () => {
    const { InstanceConnectEndpoints } = await ec2.describeInstanceConnectEndpoints({ Filters: filters });
    return InstanceConnectEndpoints.find(({ State }) => State === "create-complete")?.InstanceConnectEndpointId;
  };
  const found = await ready();
  if (found) return found;
  await ec2.createInstanceConnectEndpoint({ SubnetId });
  const id = await until("the endpoint", ready);
  undo.push(() => ec2.deleteInstanceConnectEndpoint({ InstanceConnectEndpointId: id }));
  return id;
}

async function tunnelPort(ssm, Target) {
  const { SessionId, StreamUrl } = await ssm.startSession({ Target, DocumentName: "AWS-StartPortForwardingSession" });
  await ssm.terminateSession({ SessionId });
  return Number(new URL(StreamUrl).port);
}

/** Repeats `find` until it returns something. Errors of the API count as nothing, until a minute is over. */
async function until(what, find) {
  for (const limit = Date.now() + 60_000; ; await sleep(200)) {
    try {
      const found = await find();
      if (found) return found;
      if (Date.now() > limit) throw new Error(`${what} is not ready after a minute`);
    } catch (error) {
      if (Date.now() > limit) throw error;
    }
  }
}

/** Returns the request of StartSession for the SSH port. */
export function sessionRequest(Target, localPort = 0) {
  return {
    Target,
    DocumentName: "AWS-StartPortForwardingSession",
    Parameters: { portNumber: ["22"], localPortNumber: [String(localPort)] },
  };
}
