import { describe, expect, test } from "@jest/globals";
import { addressService, callerAddressFinder } from "../../src/engine/caller-address.js";
import { proxiedServer } from "../support/https-proxy.js";

const { signal } = new AbortController();

test("the caller's address is read once for builds that start together, and again when it may have changed", async () => {
  let now = 0;
  let asked = 0;
  const find = callerAddressFinder(
    async () => `192.0.2.${++asked}`,
    () => now,
  );
  expect(await Promise.all([find(signal), find(signal)])).toEqual(["192.0.2.1", "192.0.2.1"]);
  now = 20_000;
  expect(await find(signal)).toBe("192.0.2.2");
});

test("a question that was not answered is put again", async () => {
  const answers = [Promise.reject(new Error("no route")), Promise.resolve("2001:db8::1")];
  const find = callerAddressFinder(async () => answers.shift() ?? "");
  await expect(find(signal)).rejects.toThrow("no route");
  expect(await find(signal)).toBe("2001:db8::1");
});

describe("the service that returns the address", () => {
  let answer = { status: 200, body: "" };
  const server = proxiedServer((_, response) => response.writeHead(answer.status).end(answer.body));
  const service = (host = "localhost") => `https://${host}:${server.port()}/`;
  const trusting = () => ({ AWS_CA_BUNDLE: server.certificate() });
  const proxied = (more = {}) => ({ ...trusting(), HTTPS_PROXY: `http://127.0.0.1:${server.proxyPort()}`, ...more });
  const told = (status: number, body: string) => {
    answer = { status, body };
  };

  test.each([
    ["straight", () => trusting(), []],
    ["through the proxy of the environment", () => proxied(), ["localhost"]],
    ["straight where the host is exempt from it", () => proxied({ NO_PROXY: "localhost" }), []],
  ])("is asked %s", async (_, env, hosts) => {
    told(200, "203.0.113.7\n");
    expect(await addressService(env(), service())(signal)).toBe("203.0.113.7");
    expect(server.tunnels.map(({ target }) => target.split(":")[0])).toEqual(hosts);
  });

  test("must show the certificate of its host, behind a proxy too", async () => {
    told(200, "203.0.113.7");
    await expect(addressService(proxied(), service("checkip.example"))(signal)).rejects.toThrow(/altnames/);
    expect(server.tunnels[0]?.target).toMatch(/^checkip\.example:/);
  });

  test("cannot be asked when the proxy refuses", async () => {
    server.refuse();
    await expect(addressService(proxied(), service())(signal)).rejects.toThrow(/Request to \S+ failed/);
  });

  test.each([
    ["an error", 503, "203.0.113.7", /HTTP status 503/],
    ["no address", 200, "<html>sign in</html>", /HTTP status 200 without an IP address/],
  ])("returns nothing by %s", async (_, status, body, message) => {
    told(status, body);
    await expect(addressService(trusting(), service())(signal)).rejects.toThrow(message);
  });
});
