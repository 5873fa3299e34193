import {
  CopyImageCommand,
  CreateImageCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  GetConsoleOutputCommand,
  ImportKeyPairCommand,
  RebootInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from "@aws-sdk/client-ec2";
import { describe, expect, test } from "@jest/globals";
import { readState } from "../../../src/local/endpoint/state.js";
import type { LaunchRequest, Sandboxes } from "../../../src/local/sandboxes.js";
import { started, there } from "./started.js";
import { described, image, launched } from "./steps.js";

/** Sandboxes that only record the calls they receive. */
function recorded(refuse?: string) {
  const operations: string[] = [];
  const launches: LaunchRequest[] = [];
  let layers = 0;
  const record = (what: string): Promise<void> => {
    operations.push(what);
    return what.startsWith(refuse ?? "never") ? Promise.reject(new Error(`no ${refuse}`)) : Promise.resolve();
  };
  const address = (id: string) => ({
    address: `127.65.0.${launches.findIndex(({ instanceId }) => instanceId === id) + 1}`,
  });
  const sandboxes: Sandboxes = {
    kind: "namespace",
    launch: async (request) => {
      launches.push(request);
      await record("launch");
      return address(request.instanceId);
    },
    stop: () => record("stop"),
    start: async (id) => {
      await record("start");
      return address(id);
    },
    reboot: () => record("reboot"),
    terminate: () => record("terminate"),
    sendKey: (_id, user) => record(`key of ${user}`),
    console: () => Promise.resolve("ci-info: hello\n"),
    capture: async () => {
      await record("capture");
      layers += 1;
      return `layer-${layers}`;
    },
    discard: (layer) => record(`discard ${layer}`),
    close: () => record("close"),
  };
  return { sandboxes, operations, launches };
}

const LINE = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA me";

describe("an endpoint with sandboxes", () => {
  test("launches one with the key, the user data and the name of its source", async () => {
    const { sandboxes, launches } = recorded();
    const cloud = await started({ scale: 0, sandboxes });
    const ec2 = cloud.ec2();
    await ec2.send(new ImportKeyPairCommand({ KeyName: "k", PublicKeyMaterial: Buffer.from(LINE) }));
    const { InstanceId = "" } = await launched(ec2, {
      KeyName: "k",
      UserData: Buffer.from("#!/bin/sh\n").toString("base64"),
    });
    await cloud.endpoint.settled();
    expect(launches[0]).toMatchObject({
      instanceId: InstanceId,
      hostName: expect.stringMatching(/^ip-172-31-/),
      authorizedKeys: [LINE],
      image: { sourceName: "ubuntu/images/hvm-ssd/ubuntu-jammy-22.04-amd64-server-20260910", layers: [] },
    });
    expect(Buffer.from(there(launches[0]?.userData)).toString()).toBe("#!/bin/sh\n");
    expect(await described(ec2, InstanceId)).toMatchObject({
      State: { Name: "running" },
      PublicIpAddress: "127.65.0.1",
      PrivateIpAddress: "127.65.0.1",
    });
    const { Output } = await ec2.send(new GetConsoleOutputCommand({ InstanceId }));
    expect(Buffer.from(there(Output), "base64").toString()).toBe("ci-info: hello\n");
  });

  test("launches nothing of an image that they refuse", async () => {
    const { sandboxes, launches } = recorded();
    const refusal = (_image: unknown, isWindows: boolean) => (isWindows ? "no Windows here" : undefined);
    const cloud = await started({ scale: 0, sandboxes: { ...sandboxes, refusal } });
    const ec2 = cloud.ec2();
    const Filters = [{ Name: "platform", Values: ["windows"] }];
    const { Images } = await ec2.send(new DescribeImagesCommand({ Filters }));
    await expect(launched(ec2, { ImageId: there(Images?.[0]?.ImageId) })).rejects.toMatchObject({
      name: "Unsupported",
      message: "no Windows here",
    });
    expect(launches).toEqual([]);
  });

  test("stops, starts, reboots and terminates it, in order", async () => {
    const { sandboxes, operations } = recorded();
    const cloud = await started({ scale: 0, sandboxes });
    const ec2 = cloud.ec2();
    const { InstanceId = "" } = await launched(ec2);
    await cloud.endpoint.settled();
    await ec2.send(new RebootInstancesCommand({ InstanceIds: [InstanceId] }));
    await ec2.send(new StopInstancesCommand({ InstanceIds: [InstanceId] }));
    await cloud.endpoint.settled();
    await ec2.send(new StartInstancesCommand({ InstanceIds: [InstanceId] }));
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: [InstanceId] }));
    await cloud.endpoint.settled();
    expect(operations).toEqual(["launch", "reboot", "stop", "start", "terminate"]);
    expect((await described(ec2, InstanceId)).State?.Name).toBe("terminated");
  });

  test("the instance of a sandbox that cannot start is terminated, with the reason", async () => {
    const { sandboxes } = recorded("launch");
    const cloud = await started({ scale: 0, sandboxes });
    const { InstanceId = "" } = await launched(cloud.ec2());
    await cloud.endpoint.settled();
    expect(await described(cloud.ec2(), InstanceId)).toMatchObject({
      State: { Name: "terminated" },
      StateReason: { Code: "Server.InternalError", Message: "Server.InternalError: no launch" },
    });
  });

  test("an image and its copy share a layer, which is removed with the last of them", async () => {
    const { sandboxes, operations, launches } = recorded();
    const cloud = await started({ scale: 0, sandboxes });
    const ec2 = cloud.ec2();
    const { InstanceId = "" } = await launched(ec2);
    await cloud.endpoint.settled();
    const { ImageId = "" } = await ec2.send(new CreateImageCommand({ InstanceId, Name: "one" }));
    await cloud.endpoint.settled();
    expect(operations).toEqual(["launch", "stop", "capture", "start"]);
    const west = cloud.ec2("eu-west-1");
    const { ImageId: copy = "" } = await west.send(
      new CopyImageCommand({ Name: "one", SourceRegion: "us-east-1", SourceImageId: ImageId }),
    );
    const second = await launched(west, { ImageId: copy });
    await cloud.endpoint.settled();
    expect(launches[1]?.image).toEqual({ sourceName: launches[0]?.image.sourceName, layers: ["layer-1"] });
    const drop = (client: typeof ec2, id: string) =>
      client.send(new DeregisterImageCommand({ ImageId: id, DeleteAssociatedSnapshots: true }));
    await drop(ec2, ImageId);
    await drop(west, copy);
    expect(operations).not.toContain("discard layer-1");
    await west.send(new TerminateInstancesCommand({ InstanceIds: [there(second.InstanceId)] }));
    await cloud.endpoint.settled();
    expect(operations).toContain("discard layer-1");
  });

  test("a stopped or NoReboot instance is not restarted for its image", async () => {
    const { sandboxes, operations } = recorded();
    const cloud = await started({ scale: 0, sandboxes });
    const ec2 = cloud.ec2();
    const { InstanceId = "" } = await launched(ec2);
    await cloud.endpoint.settled();
    await ec2.send(new CreateImageCommand({ InstanceId, Name: "one", NoReboot: true }));
    await ec2.send(new StopInstancesCommand({ InstanceIds: [InstanceId] }));
    await cloud.endpoint.settled();
    await ec2.send(new CreateImageCommand({ InstanceId, Name: "two" }));
    await cloud.endpoint.settled();
    expect(operations).toEqual(["launch", "capture", "stop", "capture"]);
  });

  test("an image whose layer cannot be kept fails", async () => {
    const { sandboxes } = recorded("capture");
    const cloud = await started({ scale: 0, sandboxes });
    const ec2 = cloud.ec2();
    const { InstanceId = "" } = await launched(ec2);
    await cloud.endpoint.settled();
    const { ImageId = "" } = await ec2.send(new CreateImageCommand({ InstanceId, Name: "one" }));
    await cloud.endpoint.settled();
    expect((await image(ec2, ImageId)).StateReason?.Message).toContain("The disk could not be kept: no capture");
  });

  test("layers are kept for the next run", async () => {
    const { sandboxes } = recorded();
    const first = await started({ scale: 0, sandboxes });
    const { InstanceId = "" } = await launched(first.ec2());
    await first.endpoint.settled();
    const { ImageId = "" } = await first.ec2().send(new CreateImageCommand({ InstanceId, Name: "one" }));
    await first.endpoint.settled();
    const saved: unknown = JSON.parse(JSON.stringify(first.endpoint.state()));
    const next = recorded();
    const second = await started({ scale: 0, sandboxes: next.sandboxes, state: readState(saved) });
    await launched(second.ec2(), { ImageId });
    await second.endpoint.settled();
    expect(next.launches[0]?.image.layers).toEqual(["layer-1"]);
  });

  test.each([
    ["stop", "poweroff", "stopped", "Client.InstanceInitiatedShutdown"],
    ["terminate", "poweroff", "terminated", "Client.InstanceInitiatedShutdown"],
    ["stop", "crash", "terminated", "Server.InternalError"],
    ["stop", "reboot", "running", undefined],
  ] as const)("with shutdown behaviour %s, a machine's %s leaves it %s", async (behaviour, how, state, reason) => {
    const { sandboxes } = recorded();
    const cloud = await started({ scale: 0, sandboxes });
    const { InstanceId = "" } = await launched(cloud.ec2(), { InstanceInitiatedShutdownBehavior: behaviour });
    await cloud.endpoint.settled();
    cloud.endpoint.onExit(InstanceId, how);
    await cloud.endpoint.settled();
    const instance = await described(cloud.ec2(), InstanceId);
    expect(instance.State?.Name).toBe(state);
    expect(instance.StateReason?.Code).toBe(reason);
  });
});
