import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { lostBecause } from "../../../../src/core/communicator.js";
import type { Machine } from "../../../../src/core/parts.js";
import type { Fault } from "../../../../src/local/endpoint/wire/faults.js";
import type { Json } from "../../../../src/options/collections.js";
import { startPasswordServer } from "../../../ssh/password-server.js";
import { testCloud } from "../../../support/cloud.js";
import { bake } from "../bake.js";
import { sandboxesAt } from "./sandboxes-at.js";

/** An endpoint connects to port 22 only, so the SSH server of this test is behind port 22 of an address of its own. */
const ADDRESS = "127.92.0.1";
/** Only root may listen on port 22, and only Linux has all addresses of 127.0.0.0/8. */
const possible = process.platform === "linux" && process.getuid?.() === 0;

const cloud = testCloud({ scale: 0, sandboxes: sandboxesAt(ADDRESS) });
let server: Awaited<ReturnType<typeof startPasswordServer>> | undefined;

/** Nothing listens on the instances of this cloud, as where no route or rule leads to them. */
const unreachable = testCloud({ scale: 0, sandboxes: sandboxesAt("127.93.0.1") });

beforeAll(async () => {
  if (possible) server = await startPasswordServer("secret", ["password"], { host: ADDRESS, port: 22 });
});
afterAll(() => server?.stop());
afterEach(() => cloud.endpoint().forget());

const LOGIN: Readonly<Record<string, Json>> = {
  communicator: "ssh",
  ssh_username: "ubuntu",
  ssh_password: "secret",
  ssh_timeout: "10m",
};

const SESSION: Readonly<Record<string, Json>> = {
  ...LOGIN,
  ssh_interface: "session_manager",
  temporary_iam_instance_profile_policy_document: {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: ["ssmmessages:*", "ssm:UpdateInstanceInformation"], Resource: ["*"] }],
  },
};

const ENDPOINT: Readonly<Record<string, Json>> = { ...LOGIN, ssh_interface: "instance_connect_endpoint" };

const COMMANDS = 20;

/** Runs commands. Rejects when one is cut off. */
async function runCommands({ communicator }: Machine): Promise<void> {
  for (let i = 0; i < COMMANDS; i += 1) {
    const output: string[] = [];
    const result = await communicator.exec("how", { onOutput: (chunk) => output.push(Buffer.from(chunk).toString()) });
    if (result.status === "disconnected") throw new Error(`The connection was lost${lostBecause(result)}`);
    expect(output.join("")).toBe("password");
  }
}

/** Runs a command whose input does not end. Rejects when it is cut off. */
async function runForEver({ communicator }: Machine): Promise<void> {
  const stdin = async function* () {
    for (;;) yield Buffer.alloc(1000);
  };
  const result = await communicator.exec("wait", { stdin: stdin() });
  throw new Error(result.status === "disconnected" ? `The connection was lost${lostBecause(result)}` : result.status);
}

/** Bakes with a fault. Expects an image or an error, and an account without anything else. */
async function bakeWith(
  options: Readonly<Record<string, Json>>,
  fault: Fault,
  provision = runCommands,
): Promise<unknown> {
  cloud.endpoint().faults([fault]);
  const { error, artifact, events } = await bake(
    cloud,
    { ...options, ami_name: `tunnel-${Math.random()}` },
    { provision, release: true },
  );
  expect(artifact === undefined).toBe(error !== undefined);
  const held = cloud.endpoint().held();
  expect(Object.keys(held).filter((kind) => kind !== "images" && kind !== "snapshots")).toEqual([]);
  expect(events.length).toBeGreaterThan(0);
  return error;
}

const always = 1000;

(possible ? describe : describe.skip)("a bake succeeds", () => {
  test.each<[string, Readonly<Record<string, Json>>, Fault]>([
    ["over a data channel that breaks at every 50th message", SESSION, { do: "drop", messages: 50, times: always }],
    ["over a data channel that breaks at once", SESSION, { do: "drop", messages: 1, times: 3 }],
    ["over a data channel that the service closes in the handshake", SESSION, { do: "close", messages: 2 }],
    ["over a data channel that the service closes as after an hour", SESSION, { do: "close", messages: 40 }],
    ["over a data channel that loses each 50th message", SESSION, { do: "lose", messages: 50, times: always }],
    ["over a data channel with a delay", SESSION, { do: "delay", seconds: 0.02, times: always }],
    ["over a data channel on which nothing passes after some time", SESSION, { do: "stall", messages: 40 }],
    ["when the token expires before the websocket opens", SESSION, { do: "expire" }],
    ["when the service does not respond to the upgrade", SESSION, { do: "hangup", times: 3 }],
    ["when the service fails at the upgrade", SESSION, { do: "error", status: 500, times: 3 }],
    ["through an endpoint that breaks the login", ENDPOINT, { do: "drop", messages: 3 }],
    ["through an endpoint that closes the tunnel at once", ENDPOINT, { do: "close", messages: 1, times: 3 }],
    ["through an endpoint with a delay", ENDPOINT, { do: "delay", seconds: 0.02, times: always }],
    ["through an endpoint whose signature expires before the websocket opens", ENDPOINT, { do: "expire", times: 2 }],
    ["through an endpoint that fails at the upgrade", ENDPOINT, { do: "error", status: 500, times: 3 }],
  ])("%s", async (_name, options, fault) => {
    const action = options === SESSION ? "OpenDataChannel" : "OpenTunnel";
    expect(await bakeWith(options, { ...fault, action })).toBeUndefined();
    expect(
      cloud
        .endpoint()
        .calls()
        .some((call) => call.action === action && call.error !== undefined),
    ).toBe(true);
  });

  test("when the agent is not connected for five minutes", async () => {
    const message = "i-1 is not connected.";
    const fault = { action: "StartSession", do: "error", code: "TargetNotConnected", message, status: 400 } as const;
    expect(await bakeWith(SESSION, { ...fault, lasts: 300 })).toBeUndefined();
  });
});

(possible ? describe : describe.skip)("a bake ends with a clear error, and leaves nothing", () => {
  test.each<[string, Readonly<Record<string, Json>>, Fault, Readonly<Record<string, unknown>>]>([
    [
      "when an administrator ends the session in a command",
      SESSION,
      { action: "OpenDataChannel", do: "end", messages: 200 },
      { message: expect.stringContaining('Session Manager closed the session: "Terminated by an administrator"') },
    ],
    [
      "when the endpoint breaks the tunnel in a command",
      ENDPOINT,
      { action: "OpenTunnel", do: "drop", messages: 200 },
      { message: expect.stringContaining("EC2 Instance Connect closed the tunnel (code 1006)") },
    ],
    [
      "when the role may not open data channels",
      SESSION,
      {
        action: "OpenDataChannel",
        do: "error",
        status: 403,
        code: "AccessDeniedException",
        message: "not for you",
        times: always,
      },
      {
        code: "aws-denied",
        message: expect.stringMatching(
          /^AWS denied ssmmessages:OpenDataChannel in us-east-1: .*HTTP 403 "not for you"/,
        ),
        hint: expect.stringContaining("ssmmessages:OpenDataChannel"),
      },
    ],
    [
      "when the role may not open tunnels",
      ENDPOINT,
      {
        action: "OpenTunnel",
        do: "error",
        status: 403,
        code: "AccessDeniedException",
        message: "not for you",
        times: always,
      },
      {
        code: "aws-denied",
        message: expect.stringMatching(/^AWS denied ec2-instance-connect:OpenTunnel in us-east-1/),
      },
    ],
    [
      "when the agent is not connected for an hour",
      SESSION,
      {
        action: "StartSession",
        do: "error",
        code: "TargetNotConnected",
        message: "i-1 is not connected.",
        status: 400,
        lasts: 3600,
      },
      { code: "ssh-timeout", message: expect.stringMatching(/the SSM agent of i-\w+ is not connected/) },
    ],
  ])("%s", async (_name, options, fault, expected) => {
    expect(await bakeWith(options, fault, runForEver)).toMatchObject(expected);
  });

  test("when the endpoint has no route to the instance", async () => {
    const { error } = await bake(unreachable, { ...ENDPOINT, ami_name: "no-route", ssh_timeout: "2s" });
    expect(error).toMatchObject({
      code: "ssh-timeout",
      message: expect.stringMatching(/through endpoint eice-\w+.*EC2 Instance Connect closed the tunnel \(code 1011\)/),
      hint: expect.stringMatching(/^Check that the security groups of eice-\w+ allow outbound connections to port 22/),
    });
    expect(unreachable.endpoint().held()).toEqual({});
  });
});
