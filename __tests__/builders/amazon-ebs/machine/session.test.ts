import { DescribeSessionsCommand } from "@aws-sdk/client-ssm";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Json } from "../../../../src/options/collections.js";
import { startPasswordServer } from "../../../ssh/password-server.js";
import { testCloud } from "../../../support/cloud.js";
import { bake } from "../bake.js";
import { sandboxesAt } from "./sandboxes-at.js";

const cloud = testCloud({ scale: 0, sandboxes: sandboxesAt("127.0.0.1") });
let server: Awaited<ReturnType<typeof startPasswordServer>>;

beforeAll(async () => {
  server = await startPasswordServer("secret", ["password"]);
});
afterAll(() => server.stop());
afterEach(() => cloud.endpoint().forget());

const ALLOWED = ["ssmmessages:*", "ssm:UpdateInstanceInformation"];

const through = (actions: readonly string[] = ALLOWED): Readonly<Record<string, Json>> => ({
  ami_name: `session-${Math.random()}`,
  communicator: "ssh",
  ssh_interface: "session_manager",
  ssh_port: server.port,
  ssh_username: "ubuntu",
  ssh_password: "secret",
  ssh_timeout: "2m",
  temporary_iam_instance_profile_policy_document: {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: [...actions], Resource: ["*"] }],
  },
});

const calls = () =>
  cloud
    .endpoint()
    .calls()
    .map(({ action }) => action);

describe("a bake through Session Manager", () => {
  test("runs commands on the instance, opens no port, and ends its session", async () => {
    const output: string[] = [];
    const { error, artifact } = await bake(cloud, through(), {
      provision: async ({ communicator }) => {
        await communicator.exec("how", { onOutput: (chunk) => output.push(Buffer.from(chunk).toString()) });
      },
      callerAddress: () => Promise.reject(new Error("nobody asks for it")),
    });
    expect(error).toBeUndefined();
    expect(artifact).toBeDefined();
    expect(output.join("")).toBe("password");
    expect(calls()).toContain("StartSession");
    expect(calls()).toContain("TerminateSession");
    expect(calls()).not.toContain("AuthorizeSecurityGroupIngress");
    expect(cloud.endpoint().held()).not.toHaveProperty("instances");
  });

  test("waits while the agent is not connected", async () => {
    const error = {
      action: "StartSession",
      do: "error",
      code: "TargetNotConnected",
      message: "i-1 is not connected.",
      status: 400,
    };
    cloud.endpoint().faults([{ ...error, do: "error", times: 3 }]);
    expect(await bake(cloud, through())).toMatchObject({ error: undefined });
    expect(calls().filter((action) => action === "StartSession")).toHaveLength(4);
  });

  test("fails with what the agent needs when it never connects, and leaves nothing", async () => {
    const { error, events } = await bake(cloud, through(["s3:GetObject"]));
    expect(error).toMatchObject({
      code: "ssm-agent-missing",
      message: expect.stringMatching(/^The SSM agent of i-\w+ did not connect within 2 minutes/),
      hint: expect.stringContaining("AmazonSSMManagedInstanceCore"),
    });
    expect(events.some((event) => event.type === "progress" && event.what === "the SSM agent to connect")).toBe(true);
    expect(cloud.endpoint().held()).not.toHaveProperty("instances");
  });

  test("ends at once when sessions are denied, with AWS's words", async () => {
    const message = "User: x is not authorized to perform: ssm:StartSession";
    cloud
      .endpoint()
      .faults([{ action: "StartSession", do: "error", code: "AccessDeniedException", message, status: 400 }]);
    const { error } = await bake(cloud, through());
    expect(error).toMatchObject({ code: "aws-denied", message: expect.stringContaining(message) });
  });

  test("does without the state of the agent where listing it is denied", async () => {
    const message = "not authorized to perform: ssm:DescribeInstanceInformation";
    cloud
      .endpoint()
      .faults([
        { action: "DescribeInstanceInformation", do: "error", code: "AccessDeniedException", message, status: 400 },
      ]);
    expect(await bake(cloud, through())).toMatchObject({ error: undefined });
  });

  test.each(["hangup", "reset"] as const)("finds the session of a lost response (%s) and ends it", async (how) => {
    cloud.endpoint().faults([{ action: "StartSession", when: "after", do: how }]);
    const { error, records } = await bake(cloud, through());
    expect(error).toBeUndefined();
    const intents = records.flatMap((record) =>
      record.op === "intent" && record.intent.kind === "session" ? [record.intent.key] : [],
    );
    const released = records.flatMap((record) => (record.op === "released" ? [record.key] : []));
    expect(intents.length).toBeGreaterThan(0);
    expect(released).toEqual(expect.arrayContaining(intents));
    expect(calls().filter((action) => action === "StartSession")).toHaveLength(1);
    const ssm = await cloud.session().ssm();
    expect((await ssm.send(new DescribeSessionsCommand({ State: "Active" }))).Sessions).toEqual([]);
  });

  test("starts a session again when the lost response was of none", async () => {
    cloud.endpoint().faults([{ action: "StartSession", when: "before", do: "hangup", times: 2 }]);
    expect(await bake(cloud, through())).toMatchObject({ error: undefined });
    expect(calls().filter((action) => action === "StartSession")).toHaveLength(3);
  });

  test("starts a session again when it may not list sessions", async () => {
    const message = "not authorized to perform: ssm:DescribeSessions";
    cloud.endpoint().faults([
      { action: "StartSession", when: "after", do: "hangup" },
      { action: "DescribeSessions", do: "error", code: "AccessDeniedException", message, status: 400 },
    ]);
    expect(await bake(cloud, through())).toMatchObject({ error: undefined });
    expect(calls().filter((action) => action === "StartSession")).toHaveLength(2);
  });

  describe("with KMS encryption in the preferences of Session Manager", () => {
    const prefer = (sessionKey: string) => cloud.endpoint().seed({ regions: { "us-east-1": { sessionKey } } });
    afterEach(() => prefer(""));

    test("gets a data key for the session and the instance, and runs commands", async () => {
      cloud
        .endpoint()
        .seed({ regions: { "us-east-1": { kmsKeys: ["alias/sessions"], sessionKey: "alias/sessions" } } });
      const output: string[] = [];
      const { error } = await bake(cloud, through(), {
        provision: async ({ communicator }) => {
          await communicator.exec("how", { onOutput: (chunk) => output.push(Buffer.from(chunk).toString()) });
        },
      });
      expect(error).toBeUndefined();
      expect(output.join("")).toBe("password");
      const [call] = cloud
        .endpoint()
        .calls()
        .filter(({ action }) => action === "GenerateDataKey");
      expect(call?.params).toMatchObject({
        KeyId: "alias/sessions",
        EncryptionContext: {
          "aws:ssm:SessionId": expect.any(String),
          "aws:ssm:TargetId": expect.stringMatching(/^i-/),
        },
      });
    });

    test.each([
      ["the key does not exist", "alias/gone", undefined, /alias\/gone is not found/, /exists and is enabled/],
      [
        "the role may not use it",
        "alias/sessions",
        "AccessDeniedException",
        /AWS denied kms:GenerateDataKey in us-east-1: "no"/,
        /Allow kms:GenerateDataKey on the key.*kms:Decrypt for the role of the instance/,
      ],
      ["it is disabled", "alias/sessions", "DisabledException", /"no" \(DisabledException\)/, /exists and is enabled/],
    ])("ends at once when %s, with what to do", async (_, key, code, message, hint) => {
      prefer(key);
      if (code) cloud.endpoint().faults([{ action: "GenerateDataKey", do: "error", code, message: "no", status: 400 }]);
      const { error } = await bake(cloud, through());
      expect(error).toMatchObject({ code: "session-key", message: expect.stringMatching(message) });
      expect(error).toMatchObject({ message: expect.stringContaining(`with the KMS key "${key}"`) });
      expect(error).toMatchObject({ hint: expect.stringMatching(hint) });
      expect(error).toMatchObject({ hint: expect.stringContaining("SSM-SessionManagerRunShell") });
      expect(calls().filter((action) => action === "StartSession")).toHaveLength(1);
      expect(cloud.endpoint().held()).not.toHaveProperty("instances");
    });
  });

  test("says what to check when nothing listens on the port", async () => {
    const { error } = await bake(cloud, { ...through(), ssh_port: 1, ssh_timeout: "1s" });
    expect(error).toMatchObject({
      code: "ssh-timeout",
      message: expect.stringMatching(
        /through Session Manager.*The SSM agent could not connect to port 1 of the instance/,
      ),
      hint: expect.stringContaining("SSH server on port 1"),
    });
  });
});
