import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { sentKeys } from "../../../../src/local/instances/sent-keys.js";
import type { Json } from "../../../../src/options/collections.js";
import { generateKeyPair } from "../../../../src/ssh/keys/key-pair.js";
import { type HostMachine, startHostMachine } from "../../../ssh/server/host-machine.js";
import { impatient, testCloud } from "../../../support/cloud.js";
import { temporaryFolder } from "../../../support/folder.js";
import { bake } from "../bake.js";
import { sandboxesAt } from "./sandboxes-at.js";

/** What EC2 Instance Connect has sent; in a time that a test moves. */
let passed = 0;
const now = () => impatient.now() + passed;
let keys = sentKeys(now);
const cloud = testCloud({
  scale: 0,
  sandboxes: sandboxesAt("127.0.0.1", { sendKey: async (_id, user, key) => keys.send(user, key) }),
});
let server: HostMachine;

beforeAll(async () => {
  server = await startHostMachine((user, key) => keys.accepts(user, key));
});
afterAll(() => server.close());
afterEach(() => {
  cloud.endpoint().forget();
  keys = sentKeys(now);
});

const keyless = (more: Readonly<Record<string, Json>> = {}): Readonly<Record<string, Json>> => ({
  ami_name: `keyless-${Math.random()}`,
  communicator: "ssh",
  ssh_keypair: "instance-connect",
  ssh_host: "127.0.0.1",
  ssh_port: server.port,
  ssh_username: "ubuntu",
  ssh_timeout: "2m",
  ...more,
});

const PROFILE = {
  temporary_iam_instance_profile_policy_document: {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: ["ssmmessages:*"], Resource: ["*"] }],
  },
};

const calls = () => cloud.endpoint().calls();
const sends = () => calls().filter(({ action }) => action === "SendSSHPublicKey");

describe("a bake with ssh_keypair set to instance-connect", () => {
  test.each([
    ["an address", {}],
    ["Session Manager", { ssh_interface: "session_manager", ...PROFILE }],
  ])("logs in through %s without a key pair in the account", async (_, more) => {
    const output: string[] = [];
    const { error, artifact } = await bake(cloud, keyless(more), {
      provision: async ({ communicator }) => {
        await communicator.exec("echo inside", { onOutput: (chunk) => output.push(Buffer.from(chunk).toString()) });
      },
    });
    expect(error).toBeUndefined();
    expect(artifact).toBeDefined();
    expect(output.join("")).toBe("inside\n");
    expect(calls().map(({ action }) => action)).not.toContain("ImportKeyPair");
    expect(calls().find(({ action }) => action === "RunInstances")?.params).not.toHaveProperty("KeyName");
    expect(sends()).toMatchObject([
      { service: "ec2-instance-connect", params: { InstanceOSUser: "ubuntu" }, status: 200 },
    ]);
  });

  test.each(["ed25519", "rsa"])("sends a key of type %s again before it reconnects after the minute", async (type) => {
    const { error } = await bake(cloud, keyless({ temporary_key_pair_type: type }), {
      provision: async ({ reconnect, communicator }) => {
        passed += 61_000;
        server.disconnect();
        await expect(communicator.exec("true")).resolves.toMatchObject({ code: 0 });
        passed += 61_000;
        await reconnect?.(new AbortController().signal);
        await expect(communicator.exec("true")).resolves.toMatchObject({ code: 0 });
      },
      clock: { now, sleep: impatient.sleep },
    });
    expect(error).toBeUndefined();
    expect(sends()).toHaveLength(3);
  });

  test.each([
    ["does not know the instance yet", "EC2InstanceNotFoundException", 404],
    ["finds it in a state that passes", "EC2InstanceStateInvalidException", 400],
    ["finds it unavailable", "EC2InstanceUnavailableException", 503],
    ["throttles", "ThrottlingException", 429],
    ["fails", "ServiceException", 500],
  ])("waits while the service %s", async (_, code, status) => {
    cloud.endpoint().faults([{ action: "SendSSHPublicKey", do: "error", code, message: "not now", status, times: 2 }]);
    expect(await bake(cloud, keyless())).toMatchObject({ error: undefined });
    expect(sends()).toHaveLength(3);
  });

  test.each([
    ["AuthException", 403, "aws-denied", "ec2:osuser"],
    ["AccessDeniedException", 400, "aws-denied", "ec2:osuser"],
    ["InvalidArgsException", 400, "aws-invalid", 'Remove "ssh_keypair"'],
    ["EC2InstanceTypeInvalidException", 400, "aws-invalid", 'Remove "ssh_keypair"'],
  ])("ends at once with %s, AWS's words and what to do", async (code, status, own, hint) => {
    cloud.endpoint().faults([{ action: "SendSSHPublicKey", do: "error", code, message: "AWS says no", status }]);
    const { error } = await bake(cloud, keyless());
    expect(error).toMatchObject({
      code: own,
      message: expect.stringMatching(new RegExp(`SendSSHPublicKey.*"AWS says no" \\(${code}\\)`)),
      hint: expect.stringContaining(hint),
    });
    expect(cloud.endpoint().held()).not.toHaveProperty("instances");
  });

  test("says that the image may have no EC2 Instance Connect when the key is not accepted", async () => {
    keys = { ...keys, accepts: () => false };
    const { error } = await bake(cloud, keyless({ ssh_handshake_attempts: 2 }));
    expect(error).toMatchObject({
      code: "ssh-authentication-failed",
      hint: expect.stringMatching(/"ec2-instance-connect".*"ubuntu"/),
    });
  });

  test("does not clear a key that no file of the image has", async () => {
    const { error, events } = await bake(cloud, keyless({ ssh_clear_authorized_keys: true }));
    expect(error).toBeUndefined();
    expect(JSON.stringify(events)).not.toContain("authorized_keys");
  });
});

describe("a private key of the template with Session Manager", () => {
  const folder = temporaryFolder("own-key");
  const own = async () => {
    const pair = await generateKeyPair("ed25519", { comment: "own" });
    writeFileSync(join(folder(), "own"), pair.privateKey, { mode: 0o600 });
    const { ssh_keypair: _, ...options } = keyless({ ssh_interface: "session_manager", ...PROFILE });
    return { pair, options: { ...options, ssh_private_key_file: join(folder(), "own") } };
  };

  test("is sent too, as Packer does", async () => {
    const { pair, options } = await own();
    expect(await bake(cloud, options)).toMatchObject({ error: undefined });
    expect(sends()).toMatchObject([{ params: { SSHPublicKey: pair.publicKey.split(" ").slice(0, 2).join(" ") } }]);
  });

  test("logs in without that where sending is denied and the image has the key", async () => {
    const { pair, options } = await own();
    keys.send("ubuntu", pair.publicKey);
    cloud
      .endpoint()
      .faults([{ action: "SendSSHPublicKey", do: "error", code: "AuthException", message: "no", status: 403 }]);
    const { error, events } = await bake(cloud, options);
    expect(error).toBeUndefined();
    expect(JSON.stringify(events)).toContain("Could not send the public key to i-");
  });
});
