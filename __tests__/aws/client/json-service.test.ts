import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { openSessionFor } from "../../../src/aws/client/open-session.js";
import type { AwsSession } from "../../../src/aws/client/session.js";
import { systemClock } from "../../../src/core/clock.js";
import { noDebug } from "../../../src/core/debug.js";
import { startEndpoint } from "../../../src/local/endpoint/server.js";
import { impatient } from "../../support/cloud.js";

const open: (() => unknown)[] = [];

afterEach(async () => {
  for (const end of open.splice(0).reverse()) await end();
});

function sessionWith(env: Readonly<Record<string, string>>, region = "us-east-1"): AwsSession {
  const session = openSessionFor(
    { region },
    {
      clock: impatient,
      ids: { uuid: () => "u", short: () => "s", random: () => 0.5 },
      env: { AWS_ACCESS_KEY_ID: "AKIDEXAMPLE", AWS_SECRET_ACCESS_KEY: "secret", AWS_SESSION_TOKEN: "token", ...env },
      credentials: { get: () => undefined, put: () => undefined },
      debug: noDebug,
      webIdentity: undefined,
    },
  );
  open.push(session.close);
  return session;
}

/** Serves responses one after the other, and keeps the requests. */
async function serving(...responses: readonly RequestListener[]) {
  const requests: { readonly request: IncomingMessage; readonly body: string }[] = [];
  const server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => {
      body += String(chunk);
    });
    request.on("end", () => {
      requests.push({ request, body });
      (responses[requests.length - 1] ?? responses.at(-1))?.(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(
    () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  );
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

const json =
  (status: number, body: object, headers: Readonly<Record<string, string>> = {}): RequestListener =>
  (_request, response) =>
    void response.writeHead(status, headers).end(JSON.stringify(body));

const kms = async (url: string) => await sessionWith({ AWS_ENDPOINT_URL_KMS: url }).json("kms");

describe("a call of a service without a client", () => {
  test("is a signed POST request in the AWS JSON 1.1 protocol", async () => {
    const { url, requests } = await serving(json(200, { Plaintext: "cA==" }));
    const caller = await kms(url);
    await expect(caller.call("GenerateDataKey", { KeyId: "k", NumberOfBytes: 64 })).resolves.toEqual({
      Plaintext: "cA==",
    });
    const [sent] = requests;
    expect(sent?.request.method).toBe("POST");
    expect(JSON.parse(sent?.body ?? "")).toEqual({ KeyId: "k", NumberOfBytes: 64 });
    expect(sent?.request.headers).toMatchObject({
      "content-type": "application/x-amz-json-1.1",
      "x-amz-target": "TrentService.GenerateDataKey",
      "x-amz-security-token": "token",
      authorization: expect.stringMatching(
        /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/us-east-1\/kms\/aws4_request, SignedHeaders=content-type;host;.*x-amz-target, Signature=[0-9a-f]{64}$/,
      ),
    });
  });

  test.each([
    ["in the header", json(400, { message: "no" }, { "x-amzn-errortype": "NotFoundException:http://x/" }), "not-found"],
    ["in __type after a name space", json(400, { __type: "com.amazon#NotFoundException", Message: "no" }), "not-found"],
    ["in __type", json(403, { __type: "AuthException", message: "no" }), "denied"],
    ["with a code that is not known", json(400, { __type: "OddException", message: "no" }), "invalid"],
  ])("fails by the code of an error %s", async (_, response, failure) => {
    const { url, requests } = await serving(response);
    await expect((await kms(url)).call("GenerateDataKey", {})).rejects.toMatchObject({ failure, awsMessage: "no" });
    expect(requests).toHaveLength(1);
  });

  test.each([
    ["throttles", json(429, { __type: "ThrottlingException", message: "slow down" })],
    ["fails", json(500, {})],
    ["sends a page of a proxy", (_q, r) => void r.writeHead(502).end("<html>Bad gateway</html>")],
    ["closes the connection", (_q, r) => void r.destroy()],
    [
      "ends in the middle of the response",
      (_q, r) => void r.writeHead(200, { "content-length": 9 }).write("{", () => r.destroy()),
    ],
  ] as readonly (readonly [string, RequestListener])[])("is repeated when the service %s", async (_, bad) => {
    const { url, requests } = await serving(bad, bad, json(200, { ok: 1 }));
    await expect((await kms(url)).call("GenerateDataKey", {})).resolves.toEqual({ ok: 1 });
    expect(requests).toHaveLength(3);
  });

  test("is signed with the time of AWS where the clock of this host is wrong", async () => {
    const endpoint = await startEndpoint({ scale: 0 });
    open.push(endpoint.close);
    endpoint.skew(3600);
    const session = sessionWith({ AWS_ENDPOINT_URL: endpoint.url });
    const connect = await session.json("ec2-instance-connect");
    const input = { InstanceId: "i-1", InstanceOSUser: "u", SSHPublicKey: "ssh-ed25519 AAAA" };
    await expect(connect.call("SendSSHPublicKey", input)).rejects.toMatchObject({ failure: "not-found" });
    expect(endpoint.calls().map(({ error }) => error)).toEqual([
      "InvalidSignatureException",
      "EC2InstanceNotFoundException",
    ]);
    expect(Math.abs(session.serverNow() - systemClock.now() - 3600_000)).toBeLessThan(60_000);
  });

  test("ends with the signal's reason", async () => {
    const { url } = await serving(() => undefined);
    const stop = new AbortController();
    const call = (await kms(url)).call("GenerateDataKey", {}, stop.signal);
    stop.abort(new Error("cancelled"));
    await expect(call).rejects.toThrow("cancelled");
  });

  test("refuses a response that is too large", async () => {
    const { url } = await serving((_q, response) => void response.writeHead(200).end("x".repeat(32_000_001)));
    await expect((await kms(url)).call("GenerateDataKey", {})).rejects.toThrow(
      'AWS call kms:GenerateDataKey in us-east-1 failed: "The response of 127.0.0.1 is larger than 32 MB" (ResponseTooLarge)',
    );
  });
});

test.each([
  ["us-east-1", {}, "kms.us-east-1.amazonaws.com"],
  ["cn-north-1", {}, "kms.cn-north-1.amazonaws.com.cn"],
  ["us-isob-east-1", {}, "kms.us-isob-east-1.sc2s.sgov.gov"],
  ["us-gov-west-1", { AWS_USE_FIPS_ENDPOINT: "true" }, "kms-fips.us-gov-west-1.amazonaws.com"],
  ["eu-west-1", { AWS_USE_DUALSTACK_ENDPOINT: "true" }, "kms.eu-west-1.api.aws"],
])("in %s with %j the service is at %s", async (region, env, host) => {
  const requested: string[] = [];
  const proxy = createServer((_request, response) => void response.writeHead(403).end());
  proxy.on("connect", (request, socket) => {
    requested.push(request.url ?? "");
    socket.end("HTTP/1.1 403 Forbidden\r\n\r\n");
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  open.push(() => new Promise((resolve) => void proxy.close(resolve)));
  const session = sessionWith(
    { ...env, HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` },
    region,
  );
  await expect((await session.json("kms")).call("GenerateDataKey", {})).rejects.toThrow("403");
  expect(requested[0]).toBe(`${host}:443`);
});
