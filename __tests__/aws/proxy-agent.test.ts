import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer as createProxy, type Server } from "node:http";
import { createServer as createHttps, get } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { proxyFor, TunnelAgent } from "../../src/aws/proxy-agent.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("proxy");
const tunnels: { readonly target: string; readonly authorization: string | undefined }[] = [];
let refuse = false;
let target: Server;
let proxy: Server;

const portOf = (server: Server) => (server.address() as AddressInfo).port;
const listening = (server: Server) =>
  new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", () => resolve()));

beforeAll(async () => {
  const [key, cert] = [join(folder(), "key.pem"), join(folder(), "cert.pem")];
  const options = [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-days",
    "1",
    "-subj",
    "/CN=localhost",
  ];
  execFileSync("openssl", ["req", "-x509", ...options, "-keyout", key, "-out", cert], { stdio: "ignore" });
  target = createHttps({ key: readFileSync(key), cert: readFileSync(cert) }, (_, response) => response.end("answered"));
  proxy = createProxy();
  proxy.on("connect", (request, socket) => {
    tunnels.push({ target: request.url ?? "", authorization: request.headers["proxy-authorization"] });
    if (refuse) return socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
    const beyond = connect(portOf(target), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 OK\r\n\r\n");
      beyond.pipe(socket).pipe(beyond);
    });
    socket.on("error", () => beyond.destroy());
    beyond.on("error", () => socket.destroy());
    return undefined;
  });
  await Promise.all([listening(target), listening(proxy)]);
});

afterAll(async () => {
  for (const server of [target, proxy]) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

beforeEach(() => {
  tunnels.length = 0;
  refuse = false;
});

/** Asks the HTTPS server twice over one agent. */
async function ask(env: Readonly<Record<string, string>>): Promise<string> {
  const agent = new TunnelAgent({ keepAlive: true, rejectUnauthorized: false }, env);
  const once = () =>
    new Promise<string>((resolve, reject) => {
      get({ host: "localhost", port: portOf(target), agent }, (response) => {
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
    expect(await ask({ HTTPS_PROXY: `http://user:p%40ss@127.0.0.1:${portOf(proxy)}` })).toBe("answered");
    const authorization = `Basic ${Buffer.from("user:p@ss").toString("base64")}`;
    expect(tunnels[0]).toEqual({ target: `localhost:${portOf(target)}`, authorization });
  });

  test("goes straight where the host is exempt", async () => {
    expect(await ask({ https_proxy: `http://127.0.0.1:${portOf(proxy)}`, NO_PROXY: "localhost" })).toBe("answered");
    expect(tunnels).toEqual([]);
  });

  test("tells when the proxy refuses", async () => {
    refuse = true;
    await expect(ask({ HTTPS_PROXY: `http://127.0.0.1:${portOf(proxy)}` })).rejects.toThrow(
      /refused a tunnel to localhost:\d+: 407/,
    );
  });
});

describe("the proxy of a host", () => {
  const HTTPS_PROXY = "http://proxy:3128";
  test.each([
    ["none is set", {}, undefined],
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
    expect(proxyFor("ec2.us-east-1.amazonaws.com", 443, env)?.host).toBe(expected);
  });
});
