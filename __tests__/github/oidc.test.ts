import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "@jest/globals";
import { fetchIdToken } from "../../src/github/oidc.js";

const VARIABLES = ["ACTIONS_ID_TOKEN_REQUEST_URL", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"];

let close: (() => Promise<void>) | undefined;

afterEach(async () => {
  for (const name of VARIABLES) Reflect.deleteProperty(process.env, name);
  await close?.();
  close = undefined;
});

/** GitHub's token endpoint: answers each request with the next status and a token that tells the audience. */
async function issuer(status: number): Promise<{ readonly asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://127.0.0.1");
    asked.push(`${request.headers.authorization} ${url.searchParams.get("audience")}`);
    response
      .writeHead(status, { "content-type": "application/json" })
      .end(JSON.stringify({ value: `token-${asked.length}` }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  close = () => new Promise((resolve) => server.close(() => resolve()));
  const { port } = server.address() as AddressInfo;
  process.env.ACTIONS_ID_TOKEN_REQUEST_URL = `http://127.0.0.1:${port}/token?api-version=2.0`;
  process.env.ACTIONS_ID_TOKEN_REQUEST_TOKEN = "request-token";
  return { asked };
}

describe("fetchIdToken", () => {
  test("asks for a fresh token each time, for the audience", async () => {
    const { asked } = await issuer(200);
    expect(await fetchIdToken(process.env, "sts.amazonaws.com", false)).toBe("token-1");
    expect(await fetchIdToken(process.env, "sts.amazonaws.com.cn", false)).toBe("token-2");
    expect(asked).toEqual(["Bearer request-token sts.amazonaws.com", "Bearer request-token sts.amazonaws.com.cn"]);
  });

  test("says what GitHub refused", async () => {
    await issuer(400);
    await expect(fetchIdToken(process.env, "a", false)).rejects.toMatchObject({ code: "oidc-failed", blame: "cloud" });
  });

  test.each([
    [false, /id-token: write/],
    [true, /forks/],
  ])("names the permission that is missing (fork: %s)", async (fork, hint) => {
    await expect(fetchIdToken({}, "a", fork)).rejects.toMatchObject({
      code: "oidc-not-allowed",
      hint: expect.stringMatching(hint),
    });
  });
});
