import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import {
  CreateImageCommand,
  DescribeRegionsCommand,
  DescribeVpcsCommand,
  ImportKeyPairCommand,
} from "@aws-sdk/client-ec2";
import { PutParameterCommand } from "@aws-sdk/client-ssm";
import { describe, expect, test } from "@jest/globals";
import { faultTable, readFaults } from "../../../../src/local/endpoint/wire/faults.js";
import { tokenBuckets } from "../../../../src/local/endpoint/wire/throttle.js";
import { refused, type Started, started } from "../started.js";
import { described, image, launched } from "../steps.js";

const KEY = Buffer.from("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");

function makeKey(cloud: Started, region = "us-east-1") {
  return cloud.ec2(region).send(new ImportKeyPairCommand({ KeyName: "k", PublicKeyMaterial: KEY }));
}

describe("faultTable", () => {
  const call = { action: "A", region: "r", seq: 3, nth: 2 };

  test.each([
    ["any call", { do: "error" }, true],
    ["any action", { do: "error", action: "*" }, true],
    ["the action", { do: "error", action: "A" }, true],
    ["another action", { do: "error", action: "B" }, false],
    ["another region", { do: "error", region: "s" }, false],
    ["the number over all", { do: "error", seq: 3 }, true],
    ["another number over all", { do: "error", seq: 2 }, false],
    ["the number of the action", { do: "error", nth: 2 }, true],
    ["another number of the action", { do: "error", nth: 1 }, false],
  ])("matches by %s", (_what, fault, expected) => {
    const table = faultTable();
    table.set(readFaults([fault]));
    expect(table.next(call) !== undefined).toBe(expected);
  });

  test("counts down, then uses the next fault", () => {
    const table = faultTable();
    table.set([{ do: "hangup", times: 2 }, { do: "reset" }]);
    expect([1, 2, 3, 4].map(() => table.next(call)?.do)).toEqual(["hangup", "hangup", "reset", undefined]);
  });

  test("lasts from the first call that matches, whatever its number", () => {
    let now = 0;
    const table = faultTable(() => now);
    table.set([{ do: "unseen", nth: 2, lasts: 10 }]);
    expect(table.next({ ...call, nth: 1 })).toBeUndefined();
    now = 5000;
    expect([2, 3, 4].map((nth) => table.next({ ...call, nth })?.do)).toEqual(["unseen", "unseen", "unseen"]);
    now = 15_000;
    expect(table.next({ ...call, nth: 5 })).toBeUndefined();
  });

  test.each([[{}], [[{ do: "explode" }]], [[3]]])("refuses %j", (value) => {
    expect(() => readFaults(value)).toThrow(TypeError);
  });
});

test("a throttle allows a burst, then a fixed rate", () => {
  let now = 0;
  const limit = tokenBuckets(() => now);
  limit.set({ rate: 2, burst: 3 });
  const passed = () => [1, 2, 3, 4].filter(() => limit.pass("ec2", "us-east-1")).length;
  expect(passed()).toBe(3);
  now += 1000;
  expect(passed()).toBe(2);
  limit.set({ rate: 2, burst: 3, perRegion: true });
  expect([passed(), limit.pass("ec2", "eu-west-1"), limit.pass("ssm", "us-east-1")]).toEqual([3, true, true]);
  limit.set(null);
  expect(passed()).toBe(4);
});

describe("faults on the wire", () => {
  test("an error before the call takes effect, and after it", async () => {
    const cloud = await started();
    cloud.endpoint.faults([
      {
        do: "error",
        action: "ImportKeyPair",
        code: "RequestLimitExceeded",
        status: 503,
        message: "Request limit exceeded.",
      },
      { do: "error", action: "ImportKeyPair", when: "after" },
    ]);
    expect(await refused(makeKey(cloud))).toEqual({ name: "RequestLimitExceeded", message: "Request limit exceeded." });
    expect(cloud.endpoint.held()).toEqual({});
    expect((await refused(makeKey(cloud))).name).toBe("InternalError");
    expect(cloud.endpoint.held()).toEqual({ key_pairs: ["us-east-1/k"] });
  });

  test.each(["hangup", "reset"] as const)("a response lost by %s", async (how) => {
    const cloud = await started();
    cloud.endpoint.faults([{ do: how, when: "after", region: "eu-west-1" }]);
    await makeKey(cloud);
    expect((await refused(makeKey(cloud, "eu-west-1"))).message).toMatch(/hang up|ECONNRESET|aborted/);
    expect(cloud.endpoint.held().key_pairs).toEqual(["eu-west-1/k", "us-east-1/k"]);
    expect(cloud.endpoint.calls().map(({ error }) => error)).toEqual([undefined, how]);
  });

  test("a response that is delayed", async () => {
    const cloud = await started();
    cloud.endpoint.faults([{ do: "hang", seconds: 0.05 }]);
    expect((await refused(makeKey(cloud))).message).toMatch(/hang up|ECONNRESET|aborted/);
    expect(cloud.endpoint.held()).toEqual({});
  });

  test("a throttled client of a JSON service", async () => {
    const cloud = await started();
    cloud.endpoint.throttle({ rate: 0, burst: 0 });
    const put = cloud.ssm().send(new PutParameterCommand({ Name: "/a", Value: "b", Type: "String" }));
    expect((await refused(put)).name).toBe("ThrottlingException");
    expect(await refused(makeKey(cloud))).toMatchObject({ name: "RequestLimitExceeded" });
  });

  test("the SDK retries temporary faults", async () => {
    const cloud = await started();
    cloud.endpoint.faults([{ do: "error", status: 500, times: 2 }]);
    const { Regions } = await cloud.ec2("us-east-1", "AKIATEST", 3).send(new DescribeRegionsCommand({}));
    expect(Regions?.length).toBeGreaterThan(10);
    expect(cloud.endpoint.calls().map(({ status }) => status)).toEqual([500, 500, 200]);
  });

  test.each([
    ["int", "SIGINT"],
    ["term", "SIGTERM"],
    ["kill", "SIGKILL"],
  ] as const)("%s reaches the client's process", async (deed, signal) => {
    const child: ChildProcess = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
    await once(child, "spawn");
    const ended = once(child, "exit");
    const cloud = await started({ clientPid: child.pid ?? 0 });
    cloud.endpoint.faults([{ do: deed }]);
    const call = makeKey(cloud);
    await (deed === "kill" ? refused(call) : call);
    expect(await ended).toEqual([null, signal]);
  });
});

describe("faults after the response", () => {
  test("an instance that ends while it is pending, with its reason", async () => {
    const cloud = await started();
    const ec2 = cloud.ec2();
    cloud.endpoint.faults([
      {
        do: "fail",
        action: "RunInstances",
        code: "Server.InsufficientInstanceCapacity",
        message: "Insufficient capacity",
      },
    ]);
    const { InstanceId = "" } = await launched(ec2);
    cloud.pass(3);
    expect(await described(ec2, InstanceId)).toMatchObject({ State: { Name: "pending" } });
    cloud.pass(10);
    expect(await described(ec2, InstanceId)).toMatchObject({
      State: { Name: "terminated" },
      StateReason: {
        Code: "Server.InsufficientInstanceCapacity",
        Message: "Server.InsufficientInstanceCapacity: Insufficient capacity",
      },
    });
    expect(cloud.endpoint.held()).toEqual({});
  });

  test("a launch with a KMS key that does not exist", async () => {
    const cloud = await started({ scale: 0 });
    const { InstanceId = "" } = await launched(cloud.ec2(), {
      BlockDeviceMappings: [{ DeviceName: "/dev/sda1", Ebs: { Encrypted: true, KmsKeyId: "alias/none" } }],
    });
    expect((await described(cloud.ec2(), InstanceId)).StateReason?.Code).toBe("Client.InternalError");
  });

  test("an image that fails, with its reason", async () => {
    const cloud = await started();
    const ec2 = cloud.ec2();
    const { InstanceId } = await launched(ec2);
    cloud.pass(10);
    cloud.endpoint.faults([
      { do: "fail", action: "CreateImage", code: "Client.SnapshotLimitExceeded", message: "Too many" },
    ]);
    const { ImageId = "" } = await ec2.send(new CreateImageCommand({ InstanceId, Name: "failing" }));
    cloud.pass(10);
    expect((await image(ec2, ImageId)).State).toBe("pending");
    cloud.pass(200);
    expect(await image(ec2, ImageId)).toMatchObject({
      State: "failed",
      StateReason: { Message: "Client.SnapshotLimitExceeded: Too many" },
    });
  });

  test("a spot instance that is interrupted", async () => {
    const cloud = await started({ scale: 0 });
    const ec2 = cloud.ec2();
    const { InstanceId = "" } = await launched(ec2, { InstanceMarketOptions: { MarketType: "spot" } });
    cloud.endpoint.faults([{ do: "interrupt", action: "DescribeVpcs" }]);
    await ec2.send(new DescribeVpcsCommand({}));
    expect((await described(ec2, InstanceId)).StateReason?.Code).toBe("Server.SpotInstanceTermination");
  });

  test("a read that returns an older state", async () => {
    const cloud = await started();
    const ec2 = cloud.ec2();
    const { InstanceId = "" } = await launched(ec2);
    cloud.pass(30);
    const state = async () => (await described(ec2, InstanceId)).State?.Name;
    expect(await state()).toBe("running");
    cloud.endpoint.faults([
      { do: "stale", seconds: 25 },
      { do: "stale", seconds: 40 },
    ]);
    expect(await state()).toBe("pending");
    expect((await refused(described(ec2, InstanceId))).name).toBe("InvalidInstanceID.NotFound");
    expect(await state()).toBe("running");
  });
});
