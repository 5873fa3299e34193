import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { fetchIdToken } from "../../src/action/oidc.js";
import { noDebug } from "../../src/core/debug.js";

let close: (() => Promise<void>) | undefined;

afterEach(async () => {
  await close?.();
  close = undefined;
});

/**
 * GitHub's token endpoint: answers each request with the next status and a token that tells the audience. The last status is that of all
 * further requests. Status 0 closes the connection without a response.
 */
async function issuer(...statuses: readonly number[]) {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://127.0.0.1");
    asked.push(`${request.headers.authorization} ${url.searchParams.get("audience")}`);
    const status = statuses[asked.length - 1] ?? statuses.at(-1) ?? 200;
    if (status === 0) {
      request.socket.destroy();
      return;
    }
    response
      .writeHead(status, { "content-type": "application/json" })
      .end(JSON.stringify({ value: `token-${asked.length}` }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  close = () => new Promise((resolve) => server.close(() => resolve()));
  const { port } = server.address() as AddressInfo;
  const env = {
    ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request-token",
  };
  return { asked, env };
}

describe("fetchIdToken", () => {
  test("asks for a fresh token each time, for the audience, and masks it", async () => {
    const { asked, env } = await issuer(200);
    const masked: string[] = [];
    const ask = (audience: string) =>
      fetchIdToken({ env, audience, fork: false, mask: (secret) => masked.push(secret), debug: noDebug });
    expect(await ask("sts.amazonaws.com")).toBe("token-1");
    expect(await ask("sts.amazonaws.com.cn")).toBe("token-2");
    expect(asked).toEqual(["Bearer request-token sts.amazonaws.com", "Bearer request-token sts.amazonaws.com.cn"]);
    expect(masked).toEqual(["token-1", "token-2"]);
  });

  test.each([400, 404])("reports that GitHub refused (%i)", async (status) => {
    const { env } = await issuer(status);
    const asked = fetchIdToken({ env, audience: "a", fork: false, mask: () => {}, debug: noDebug });
    await expect(asked).rejects.toMatchObject({ code: "oidc-failed" });
  });

  test.each([
    ["a closed connection", [0, 0, 200]],
    ["status 429", [429, 200]],
    ["status 500", [500, 200]],
    ["status 503", [503, 200]],
  ])("asks again after %s", async (_, statuses) => {
    const { asked, env } = await issuer(...statuses);
    const token = fetchIdToken({ env, audience: "a", fork: false, mask: () => {}, debug: noDebug });
    expect(await token).toBe(`token-${statuses.length}`);
    expect(asked).toHaveLength(statuses.length);
  });

  test("asks three times", async () => {
    const { asked, env } = await issuer(0);
    const token = fetchIdToken({ env, audience: "a", fork: false, mask: () => {}, debug: noDebug });
    await expect(token).rejects.toMatchObject({ code: "oidc-failed" });
    expect(asked).toHaveLength(3);
  });

  test("a response without an end is refused", async () => {
    const server = createServer((_, response) => {
      const write = (): void => {
        while (!response.destroyed && response.write("x".repeat(1 << 18)));
      };
      response.on("drain", write);
      write();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const env = {
      ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${port}/token`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request-token",
    };
    const token = fetchIdToken({ env, audience: "a", fork: false, mask: () => {}, debug: noDebug });
    await expect(token).rejects.toThrow("The response is larger than 1 MB");
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  test.each([
    [false, /id-token: write/],
    [true, /forks/],
  ])("names the permission that is missing (fork: %s)", async (fork, hint) => {
    const asked = fetchIdToken({ env: {}, audience: "a", fork, mask: () => {}, debug: noDebug });
    await expect(asked).rejects.toMatchObject({ code: "oidc-not-allowed", hint: expect.stringMatching(hint) });
  });
});
