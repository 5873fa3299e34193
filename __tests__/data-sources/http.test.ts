import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { BODY_LIMIT } from "../../src/core/bounded-body.js";
import { systemClock } from "../../src/core/clock.js";
import { noDebug } from "../../src/core/debug.js";
import { readHttp } from "../../src/data-sources/http.js";

const seen: { method: string; path: string; authorization: string | undefined; body: string }[] = [];
let isClosedByClient = false;

/** Writes until the client closes the connection. */
function writeForever(response: ServerResponse): void {
  response.on("close", () => {
    isClosedByClient = !response.writableFinished;
  });
  const write = (): void => {
    while (!response.destroyed && response.write("x".repeat(1 << 20)));
  };
  response.on("drain", write);
  write();
}

const ROUTES: Readonly<Record<string, (response: ServerResponse, port: number) => void>> = {
  "/endless": writeForever,
  "/bomb": (response) =>
    response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync(Buffer.alloc(BODY_LIMIT + 1))),
  "/large": (response) => response.end("x".repeat(BODY_LIMIT)),
  "/silent": (response) => response.write("begin"),
  "/loop": (response) => response.writeHead(302, { location: "/loop" }).end(),
  "/file": (response) => response.writeHead(302, { location: "file:///etc/passwd" }).end(),
  "/moved": (response) => response.writeHead(302, { location: "/end" }).end("moved"),
  "/again": (response) => response.writeHead(307, { location: "/end" }).end(),
  "/elsewhere": (response, port) => response.writeHead(301, { location: `http://localhost:${port}/end` }).end(),
  "/not-modified": (response) => response.writeHead(304).end(),
  "/end": (response) => response.end("the end"),
};

const server = createServer((request: IncomingMessage, response) => {
  let body = "";
  request.on("data", (piece: Buffer) => {
    body += piece.toString();
  });
  request.on("end", () => {
    const path = request.url ?? "";
    seen.push({ method: request.method ?? "", path, authorization: request.headers.authorization, body });
    ROUTES[path]?.(response, portOf());
  });
});

function portOf(): number {
  return (server.address() as AddressInfo).port;
}

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, resolve));
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function read(path: string, method: "GET" | "POST" = "GET", signal = new AbortController().signal): Promise<unknown> {
  seen.length = 0;
  const url = `http://127.0.0.1:${portOf()}${path}`;
  const options = {
    url,
    method,
    request_headers: { authorization: "secret" },
    request_body: method === "POST" ? "text" : "",
  };
  return readHttp(options, { clock: systemClock, debug: noDebug, env: {} }, signal);
}

describe("the body of data.http", () => {
  test("is read up to 16 MB, which is what a template can hold", async () => {
    const { body } = (await read("/large")) as { readonly body: string };
    expect(body.length).toBe(BODY_LIMIT);
  });

  test("ends the request when it has no end", async () => {
    await expect(read("/endless")).rejects.toMatchObject({
      code: "response-too-large",
      message: expect.stringMatching(
        /^GET http:\/\/127\.0\.0\.1:\d+\/endless failed: The response is larger than 16 MB$/,
      ),
    });
    while (!isClosedByClient) await new Promise(setImmediate);
  });

  test("is measured after it is decompressed", async () => {
    await expect(read("/bomb")).rejects.toMatchObject({ code: "response-too-large" });
  });

  test("is no longer waited for when the run is interrupted", async () => {
    const interruption = new AbortController();
    const reading = read("/silent", "GET", interruption.signal);
    while (seen.length === 0) await new Promise(setImmediate);
    interruption.abort();
    await expect(reading).rejects.toMatchObject({ code: "http-failed" });
  });
});

describe("a redirect of data.http", () => {
  test.each([
    ["/moved", "POST", ["POST /moved text secret", "GET /end  secret"]],
    ["/again", "POST", ["POST /again text secret", "POST /end text secret"]],
    ["/elsewhere", "GET", ["GET /elsewhere  secret", "GET /end  undefined"]],
  ] as const)("%s is followed (%s)", async (path, method, requests) => {
    expect(await read(path, method)).toMatchObject({ url: expect.stringContaining(path), body: "the end" });
    expect(seen.map((each) => `${each.method} ${each.path} ${each.body} ${each.authorization}`)).toEqual(requests);
  });

  test.each([
    ["/loop", "more than 10 redirects", 11],
    ["/file", "the server redirects from http to file, which is not followed", 1],
    ["/not-modified", "HTTP 304 Not Modified", 1],
  ])("%s fails: %s", async (path, message, requests) => {
    await expect(read(path)).rejects.toThrow(message);
    expect(seen).toHaveLength(requests);
  });
});
