import { mkdtempSync, rmSync } from "node:fs";
import { createServer, get, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect } from "@jest/globals";
import { openSshCommunicator, type SshCommunicator } from "../../src/communicators/ssh.js";
import { describe, test } from "../ssh/openssh.js";
import { startPasswordServer } from "../ssh/password-server.js";
import { startSocksProxy } from "../ssh/socks-proxy.js";
import { startAgent } from "../ssh/ssh-agent.js";
import { freePort, type Sshd, startSshd } from "../ssh/sshd.js";
import { credentialsOf } from "../ssh/targets.js";
import { communicatorOptions, outputOf } from "./connect.js";

let sshd: Sshd;
let bastion: Sshd;
let web: Server;
let webPort: number;
let communicator: SshCommunicator | undefined;

beforeAll(async () => {
  sshd = await startSshd();
  bastion = await startSshd();
  web = createServer((_request, response) => response.end("from the web server"));
  await new Promise<void>((resolve) => web.listen(0, "127.0.0.1", resolve));
  const address = web.address();
  webPort = typeof address === "object" && address ? address.port : 0;
});

afterEach(async () => {
  await communicator?.close();
  communicator = undefined;
});

afterAll(async () => {
  await sshd.stop();
  await bastion.stop();
  await new Promise((resolve) => web.close(resolve));
});

function fetchText(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: "127.0.0.1", port, agent: false }, (response) => {
      let text = "";
      response.on("data", (chunk) => {
        text += chunk;
      });
      response.on("end", () => resolve(text));
    }).on("error", reject);
  });
}

describe("bastion", () => {
  const through = (keyFile: string) => ({
    bastion: {
      host: "127.0.0.1",
      port: bastion.port,
      credentials: credentialsOf({ user: bastion.user, key: { from: "file", path: keyFile } }),
    },
  });

  test("connects with its own key, also after a reboot", async () => {
    communicator = await openSshCommunicator(communicatorOptions(sshd, {}, through(bastion.keyFile)));
    expect(await outputOf(communicator, "echo through")).toMatchObject({ stdout: "through\n" });
    expect(communicator.connection()?.direct).toBe(false);
    await sshd.restart();
    await communicator.reconnect(new AbortController().signal);
    expect(await outputOf(communicator, "echo again")).toMatchObject({ stdout: "again\n" });
    expect(bastion.log().match(/Accepted publickey/g)?.length).toBeGreaterThanOrEqual(2);
  });

  test("connects with the keys of an agent", async () => {
    const folder = mkdtempSync(join(tmpdir(), "bake-ami-agent-"));
    const agent = await startAgent(folder, bastion.keyFile);
    const credentials = credentialsOf({ user: bastion.user, agentSocket: agent.socket });
    try {
      const target = { bastion: { host: "127.0.0.1", port: bastion.port, credentials } };
      communicator = await openSshCommunicator(communicatorOptions(sshd, {}, target));
      expect(await outputOf(communicator, "echo through")).toMatchObject({ stdout: "through\n" });
    } finally {
      await agent.stop();
      rmSync(folder, { recursive: true });
    }
  });

  test.each([["password"], ["keyboard-interactive"]] as const)("connects with a password (%s)", async (way) => {
    const server = await startPasswordServer("open sesame", [way]);
    const credentials = credentialsOf({ user: "me", password: "open sesame" });
    try {
      const target = { bastion: { host: "127.0.0.1", port: server.port, credentials } };
      communicator = await openSshCommunicator(communicatorOptions(sshd, {}, target));
      expect(await outputOf(communicator, "echo through")).toMatchObject({ stdout: "through\n" });
      await communicator.close();
    } finally {
      await server.stop();
    }
  });

  test("that refuses the login is in the message", async () => {
    const opening = openSshCommunicator(communicatorOptions(sshd, {}, through(sshd.keyFile)));
    await expect(opening).rejects.toMatchObject({
      code: "ssh-authentication-failed",
      message: expect.stringContaining(`bastion 127.0.0.1:${bastion.port}`),
    });
  });

  test("that cannot connect to the machine is in the message", async () => {
    const limits = { timeout: 800, handshakeAttempts: 1 };
    const target = { ...through(bastion.keyFile), port: 1 };
    await expect(openSshCommunicator(communicatorOptions(sshd, { limits }, target))).rejects.toMatchObject({
      code: "ssh-timeout",
      message: expect.stringContaining("the bastion cannot reach 127.0.0.1:1"),
    });
  });
});

describe("SOCKS proxy", () => {
  test.each<[string, { readonly username: string; readonly password: string } | undefined]>([
    ["without a login", undefined],
    ["with a login", { username: "me", password: "secret" }],
  ])("%s", async (_name, login) => {
    const proxy = await startSocksProxy(login);
    const { username, password } = login ?? {};
    const target = { proxy: { host: "127.0.0.1", port: proxy.port, username, password } };
    communicator = await openSshCommunicator(communicatorOptions(sshd, {}, target));
    expect(await outputOf(communicator, "echo proxied")).toMatchObject({ stdout: "proxied\n" });
    expect(proxy.connected).toEqual([`127.0.0.1:${sshd.port}`]);
    await proxy.stop();
  });

  test("that refuses the login is in the message", async () => {
    const proxy = await startSocksProxy({ username: "me", password: "secret" });
    const target = { proxy: { host: "127.0.0.1", port: proxy.port, username: "me", password: "wrong" } };
    const limits = { timeout: 400, handshakeAttempts: 1 };
    await expect(openSshCommunicator(communicatorOptions(sshd, { limits }, target))).rejects.toMatchObject({
      message: expect.stringMatching(new RegExp(`proxy 127\\.0\\.0\\.1:${proxy.port}: .*[Aa]uth`)),
    });
    await proxy.stop();
  });
});

describe("tunnels", () => {
  test("a local tunnel connects to the machine's network, also after a reboot", async () => {
    const bindPort = await freePort();
    const localTunnels = [{ bindPort, host: "127.0.0.1", hostPort: webPort }];
    communicator = await openSshCommunicator(communicatorOptions(sshd, { localTunnels }));
    expect(await fetchText(bindPort)).toBe("from the web server");
    await sshd.restart();
    await communicator.reconnect(new AbortController().signal);
    expect(await fetchText(bindPort)).toBe("from the web server");
  });

  test("a remote tunnel connects to the runner's network, also after a reboot", async () => {
    const bindPort = await freePort();
    const remoteTunnels = [{ bindPort, host: "127.0.0.1", hostPort: webPort }];
    communicator = await openSshCommunicator(communicatorOptions(sshd, { remoteTunnels }));
    expect(await fetchText(bindPort)).toBe("from the web server");
    await sshd.restart();
    await communicator.reconnect(new AbortController().signal);
    expect(await fetchText(bindPort)).toBe("from the web server");
  });

  test.each(["localTunnels", "remoteTunnels"])("a port in use is an error (%s)", async (kind) => {
    const tunnels = [{ bindPort: webPort, host: "127.0.0.1", hostPort: 1 }];
    const opening = openSshCommunicator(communicatorOptions(sshd, { [kind]: tunnels }));
    await expect(opening).rejects.toMatchObject({ code: "ssh-tunnel", hint: expect.stringContaining("not in use") });
  });
});
