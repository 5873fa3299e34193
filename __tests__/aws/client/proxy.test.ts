import { get } from "node:https";
import { describe, expect, test } from "@jest/globals";
import { TunnelAgent } from "../../../src/aws/client/proxy.js";
import { proxyFor } from "../../../src/core/proxy.js";
import { proxiedServer } from "../../support/https-proxy.js";

const server = proxiedServer((_, response) => response.end("proxied"));

/** Asks the HTTPS server twice over one agent. */
async function ask(env: Readonly<Record<string, string>>): Promise<string> {
  const agent = new TunnelAgent({ keepAlive: true, rejectUnauthorized: false }, env);
  const once = () =>
    new Promise<string>((resolve, reject) => {
      get({ host: "localhost", port: server.port(), agent }, (response) => {
        response.setEncoding("utf8").once("data", resolve).resume();
      }).once("error", reject);
    });
  try {
    await once();
    return await once();
  } finally {
    agent.destroy();
  }
}

describe("HTTPS through a proxy", () => {
  test("goes through a tunnel, with the proxy's user", async () => {
    expect(await ask({ HTTPS_PROXY: `http://user:p%40ss@127.0.0.1:${server.proxyPort()}` })).toBe("proxied");
    const authorization = `Basic ${Buffer.from("user:p@ss").toString("base64")}`;
    expect(server.tunnels[0]).toEqual({ target: `localhost:${server.port()}`, authorization });
  });

  test("connects directly to exempt hosts", async () => {
    expect(await ask({ https_proxy: `http://127.0.0.1:${server.proxyPort()}`, NO_PROXY: "localhost" })).toBe("proxied");
    expect(server.tunnels).toEqual([]);
  });

  test("reports that the proxy refuses", async () => {
    server.refuse();
    await expect(ask({ HTTPS_PROXY: `http://127.0.0.1:${server.proxyPort()}` })).rejects.toThrow(
      /refused a connection to "localhost:\d+": 407/,
    );
  });
});

describe("the proxy of a host", () => {
  const HTTPS_PROXY = "http://proxy:3128";
  test.each([
    ["none is set", {}, undefined],
    ["only that of plain HTTP is set", { HTTP_PROXY: HTTPS_PROXY }, undefined],
    ["one is set", { HTTPS_PROXY }, "proxy:3128"],
    ["lower case is set", { https_proxy: HTTPS_PROXY }, "proxy:3128"],
    ["it is no URL", { HTTPS_PROXY: "proxy" }, undefined],
    ["all are exempt", { HTTPS_PROXY, NO_PROXY: "*" }, undefined],
    ["the domain is exempt", { HTTPS_PROXY, NO_PROXY: "10.0.0.1, amazonaws.com" }, undefined],
    ["the domain with a dot is exempt", { HTTPS_PROXY, NO_PROXY: ".amazonaws.com" }, undefined],
    ["the port is exempt", { HTTPS_PROXY, NO_PROXY: "ec2.us-east-1.amazonaws.com:443" }, undefined],
    ["another port is exempt", { HTTPS_PROXY, NO_PROXY: "ec2.us-east-1.amazonaws.com:8443" }, "proxy:3128"],
    ["a name that only ends alike is exempt", { HTTPS_PROXY, NO_PROXY: "onaws.com" }, "proxy:3128"],
  ])("when %s", (_, env, expected) => {
    expect(proxyFor(new URL("https://ec2.us-east-1.amazonaws.com"), env)?.host).toBe(expected);
  });
});
