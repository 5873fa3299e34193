import { constants, generateKeyPairSync, type KeyObject, privateDecrypt } from "node:crypto";
import {
  CreateImageCommand,
  DescribeFastLaunchImagesCommand,
  DescribeImagesCommand,
  DisableFastLaunchCommand,
  type EC2Client,
  EnableFastLaunchCommand,
  GetPasswordDataCommand,
  ImportKeyPairCommand,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import { describe, expect, test } from "@jest/globals";
import { encodeKey } from "../../../../src/ssh/keys/encode.js";
import { refused, type Started, started, there } from "../started.js";

async function windowsImage(ec2: EC2Client, year = 2022): Promise<string> {
  const filter = { Name: "name", Values: [`Windows_Server-${year}-English-Full-Base-*`] };
  const found = await ec2.send(new DescribeImagesCommand({ Filters: [filter], Owners: ["amazon"] }));
  expect(found.Images?.map(({ Platform, PlatformDetails }) => [Platform, PlatformDetails])).toEqual([
    ["windows", "Windows"],
  ]);
  return there(found.Images?.[0]?.ImageId);
}

async function importKey(ec2: EC2Client, name: string, key: KeyObject): Promise<void> {
  const { type, blob } = there(encodeKey(key));
  const line = `${type} ${blob.toString("base64")} ${name}`;
  await ec2.send(new ImportKeyPairCommand({ KeyName: name, PublicKeyMaterial: Buffer.from(line) }));
}

async function launch({ ec2, pass }: Started, keyName: string): Promise<string> {
  const client = ec2();
  const launched = await client.send(
    new RunInstancesCommand({
      ImageId: await windowsImage(client),
      InstanceType: "t3.large",
      KeyName: keyName,
      MinCount: 1,
      MaxCount: 1,
    }),
  );
  pass(8);
  return there(launched.Instances?.[0]?.InstanceId);
}

/** As OpenSSL unpads; Node.js 20 has no other way to use it, so the padding is removed here. */
function decrypted(data: string, key: KeyObject): string {
  const padded = privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, Buffer.from(data, "base64"));
  expect([padded[0], padded[1]]).toEqual([0, 2]);
  return padded.subarray(padded.indexOf(0, 2) + 1).toString();
}

describe("a Windows instance", () => {
  test("has password data only after EC2Launch has set the password, encrypted with the launch's key", async () => {
    const cloud = await started();
    const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    await importKey(cloud.ec2(), "k", privateKey);
    cloud.pass(2);
    const InstanceId = await launch(cloud, "k");
    const read = async () => (await cloud.ec2().send(new GetPasswordDataCommand({ InstanceId }))).PasswordData;
    expect(await read()).toBe("");
    cloud.pass(240);
    const data = there(await read());
    expect(data).toMatch(/^\r\n[A-Za-z0-9+/]+={0,2}\r\n$/);
    expect(decrypted(data, privateKey)).toMatch(/^\S{32}$/);
  });

  test("is not launched with an ed25519 key", async () => {
    const cloud = await started();
    await importKey(cloud.ec2(), "k", generateKeyPairSync("ed25519").privateKey);
    cloud.pass(2);
    await expect(refused(launch(cloud, "k"))).resolves.toMatchObject({ name: "Unsupported" });
  });
});

describe("fast launch", () => {
  async function ownImage(cloud: Started): Promise<string> {
    await importKey(cloud.ec2(), "k", generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey);
    cloud.pass(2);
    const InstanceId = await launch(cloud, "k");
    const { ImageId } = await cloud.ec2().send(new CreateImageCommand({ InstanceId, Name: "win 1" }));
    cloud.pass(200);
    return there(ImageId);
  }

  const states = async (cloud: Started, id: string) =>
    (await cloud.ec2().send(new DescribeFastLaunchImagesCommand({ ImageIds: [id] }))).FastLaunchImages?.map(
      ({ State, StateTransitionReason }) => [State, StateTransitionReason],
    );

  test("is enabled, and disabled, in time", async () => {
    const cloud = await started();
    const ImageId = await ownImage(cloud);
    expect(await states(cloud, ImageId)).toEqual([]);
    const enabled = await cloud.ec2().send(new EnableFastLaunchCommand({ ImageId, MaxParallelLaunches: 7 }));
    expect(enabled).toMatchObject({
      State: "enabling",
      MaxParallelLaunches: 7,
      SnapshotConfiguration: { TargetResourceCount: 5 },
    });
    cloud.pass(600);
    expect(await states(cloud, ImageId)).toEqual([["enabled", "Client.UserInitiated"]]);
    await cloud.ec2().send(new DisableFastLaunchCommand({ ImageId }));
    expect(await states(cloud, ImageId)).toEqual([["disabling", "Client.UserInitiated"]]);
    await expect(refused(cloud.ec2().send(new EnableFastLaunchCommand({ ImageId })))).resolves.toMatchObject({
      name: "IncorrectState",
    });
    cloud.pass(10);
    expect(await states(cloud, ImageId)).toEqual([]);
    await expect(refused(cloud.ec2().send(new DisableFastLaunchCommand({ ImageId })))).resolves.toMatchObject({
      name: "InvalidRequest",
    });
  });

  test.each([
    ["a Linux image", { filter: "ubuntu/images/*jammy-22.04-amd64*" }, "UnsupportedOperation"],
    ["an image of somebody else", { filter: "Windows_Server-2019-*" }, "AuthFailure"],
  ])("is refused for %s", async (_what, { filter }, name) => {
    const cloud = await started();
    const Filters = [{ Name: "name", Values: [filter] }];
    const found = await cloud.ec2().send(new DescribeImagesCommand({ Filters }));
    const call = cloud.ec2().send(new EnableFastLaunchCommand({ ImageId: there(found.Images?.[0]?.ImageId) }));
    await expect(refused(call)).resolves.toMatchObject({ name });
  });

  test.each([
    ["too few parallel launches", { MaxParallelLaunches: 5 }, "InvalidParameterValue"],
    [
      "an unknown launch template",
      { LaunchTemplate: { LaunchTemplateId: "lt-0123456789abcdef0", Version: "1" } },
      "InvalidLaunchTemplateId.NotFound",
    ],
  ])("is refused with %s", async (_what, input, name) => {
    const cloud = await started();
    const ImageId = await ownImage(cloud);
    const call = cloud.ec2().send(new EnableFastLaunchCommand({ ImageId, ...input }));
    await expect(refused(call)).resolves.toMatchObject({ name });
  });
});
