import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import { selfSignedCertificate } from "../../src/local/windows/certificate.js";
import { dialWebSocket } from "../../src/tunnels/websocket.js";

const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

async function served(listener: RequestListener): Promise<URL> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => server.close());
  return new URL(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/x`);
}

const options = { headers: {}, timeout: 5000, agent: undefined, signal: new AbortController().signal };

test.each([
  ["a JSON message", '{"message":"not today"}', /refused the connection: HTTP 403 "not today" \(request ID id-1\)$/],
  ["its first line, without control characters", "one\u001b[31m\ntwo", /HTTP 403 "one" \(request ID id-1\)$/],
  ["at most 300 characters of a body of 10 MB", "x".repeat(10_000_000), /HTTP 403 "x{300}" \(request ID id-1\)$/],
])("the error of a refused websocket has %s", async (_name, body, expected) => {
  const url = await served((_request, response) => {
    response.on("error", () => undefined);
    response.writeHead(403, { "x-amzn-requestid": "id-1", connection: "close" }).end(body);
  });
  await expect(dialWebSocket(url, options)).rejects.toThrow(expected);
});

test("a certificate that is not trusted is an error with what to do, which no repetition changes", async () => {
  const { key, cert } = selfSignedCertificate("localhost", Date.now(), "127.0.0.1");
  const server = createSecureServer({ key, cert });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  await expect(dialWebSocket(new URL(`wss://127.0.0.1:${port}/x`), options)).rejects.toMatchObject({
    code: "untrusted-certificate",
    hint: expect.stringContaining("AWS_CA_BUNDLE"),
  });
});
