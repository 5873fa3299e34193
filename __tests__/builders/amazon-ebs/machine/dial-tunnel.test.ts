import { once } from "node:events";
import { afterEach, describe, expect, test } from "@jest/globals";
import { openSessionFor } from "../../../../src/aws/client/open-session.js";
import { dialTunnel } from "../../../../src/builders/amazon-ebs/machine/dial-tunnel.js";
import { systemClock } from "../../../../src/core/clock.js";
import { noDebug } from "../../../../src/core/debug.js";
import { tunnelStream } from "../../../../src/tunnels/endpoint-tunnel.js";
import { acceptWebSocket } from "../../../../src/tunnels/websocket.js";
import { proxiedServer } from "../../../support/https-proxy.js";

/** How the server refuses the next websockets: status and message. */
const refusals: (readonly [number, string])[] = [];
const closing: (() => void)[] = [];

afterEach(() => {
  refusals.length = 0;
  for (const close of closing.splice(0).reverse()) close();
});

const server = proxiedServer(
  (_request, response) => response.end(),
  true,
  (request, socket, head) => {
    const [status, message] = refusals.shift() ?? [];
    if (status !== undefined) return void socket.end(`HTTP/1.1 ${status} No\r\nconnection: close\r\n\r\n${message}`);
    acceptWebSocket({ request, socket, head }, (accepted) => accepted.send(Buffer.from("SSH-2.0-behind\r\n")));
  },
);

/** Opens a tunnel to the server with these variables. Returns the first words of its peer. */
async function dial(env: Readonly<Record<string, string>>): Promise<string> {
  const keys = { AWS_ACCESS_KEY_ID: "a", AWS_SECRET_ACCESS_KEY: "b", AWS_EC2_METADATA_DISABLED: "true" };
  const session = openSessionFor(
    { region: "us-east-1" },
    {
      clock: systemClock,
      ids: { uuid: () => crypto.randomUUID(), short: (n) => "0".repeat(n), random: Math.random },
      env: { ...keys, AWS_CA_BUNDLE: server.certificate(), ...env },
      credentials: { get: () => undefined, put: () => undefined },
      debug: noDebug,
      webIdentity: undefined,
    },
  );
  closing.push(() => session.close());
  const url = new URL(`wss://localhost:${server.port()}/openTunnel`);
  const request = {
    action: "ec2-instance-connect:OpenTunnel",
    url,
    headers: {},
    signal: AbortSignal.timeout(20_000),
  } as const;
  const stream = tunnelStream(await dialTunnel(session, request));
  closing.push(() => stream.destroy());
  return String((await once(stream, "data"))[0]);
}

const HEARD = "SSH-2.0-behind\r\n";
const proxy = (user = "") => `http://${user}127.0.0.1:${server.proxyPort()}`;

describe("a tunnel connects", () => {
  test("through the proxy of HTTPS_PROXY, by CONNECT", async () => {
    expect(await dial({ HTTPS_PROXY: proxy() })).toBe(HEARD);
    expect(server.tunnels).toEqual([{ target: `localhost:${server.port()}`, authorization: undefined }]);
  });

  test("through a proxy with a user and a password", async () => {
    expect(await dial({ https_proxy: proxy("user:p%40ss@") })).toBe(HEARD);
    expect(server.tunnels[0]?.authorization).toBe(`Basic ${Buffer.from("user:p@ss").toString("base64")}`);
  });

  test.each([
    ["without a proxy", () => ({})],
    ["directly to a host of NO_PROXY", () => ({ HTTPS_PROXY: proxy(), NO_PROXY: "localhost" })],
    ["directly with a proxy for plain HTTP only", () => ({ HTTP_PROXY: proxy() })],
  ])("%s", async (_name, env: () => Readonly<Record<string, string>>) => {
    expect(await dial(env())).toBe(HEARD);
    expect(server.tunnels).toEqual([]);
  });
});

describe("a tunnel that does not connect says why", () => {
  test("when the proxy refuses", async () => {
    server.refuse();
    await expect(dial({ HTTPS_PROXY: proxy() })).rejects.toThrow(/407/);
  });

  test("when nobody listens at the address of the proxy", async () => {
    await expect(dial({ HTTPS_PROXY: "http://127.0.0.1:1" })).rejects.toThrow(/ECONNREFUSED/);
  });

  test("when a proxy replaces the certificate", async () => {
    await expect(dial({ HTTPS_PROXY: proxy(), AWS_CA_BUNDLE: "" })).rejects.toMatchObject({
      code: "untrusted-certificate",
      hint: expect.stringContaining("AWS_CA_BUNDLE"),
    });
  });

  test("when the role may not open it", async () => {
    refusals.push([403, "not for you"]);
    await expect(dial({})).rejects.toMatchObject({
      code: "aws-denied",
      message: `AWS denied ec2-instance-connect:OpenTunnel in us-east-1: localhost:${server.port()} refused the connection: HTTP 403 "not for you"`,
      hint: expect.stringMatching(/^Allow ec2-instance-connect:OpenTunnel/),
    });
  });

  test("when the signature has expired, which another attempt changes", async () => {
    refusals.push([403, "Signature expired: 20260101T000000Z is now earlier"]);
    await expect(dial({})).rejects.toMatchObject({ name: "UpgradeRefused" });
    expect(await dial({})).toBe(HEARD);
  });
});
