import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { openSshCommunicator } from "../../src/communicators/ssh.js";
import type { SshTarget } from "../../src/ssh/connect/connector.js";
import { describe, test } from "../ssh/openssh.js";
import { startAgent } from "../ssh/ssh-agent.js";
import { type Sshd, startSshd } from "../ssh/sshd.js";
import { credentialsOf } from "../ssh/targets.js";
import { temporaryFolder } from "../support/folder.js";
import { communicatorOptions, outputOf } from "./connect.js";

const folder = temporaryFolder("agent-certificates");
let sshd: Sshd;

beforeAll(async () => {
  keygen("-t", "ed25519", "-f", join(folder(), "authority"));
  sshd = await startSshd([`TrustedUserCAKeys ${join(folder(), "authority.pub")}`]);
});

afterAll(() => sshd.stop());

function keygen(...options: string[]): void {
  execFileSync("ssh-keygen", ["-q", "-N", "", ...options], { stdio: "ignore" });
}

/** Generates a key that the server does not know, with a certificate of the authority, and returns its path. */
function certifiedKey(name: string, options: readonly string[], signing: readonly string[] = []): string {
  mkdirSync(join(folder(), name));
  const path = join(folder(), name, "key");
  keygen(...options, "-f", path);
  keygen("-s", join(folder(), "authority"), "-I", name, "-n", sshd.user, ...signing, `${path}.pub`);
  return path;
}

/** Logs in only with the keys of the agent. */
async function loginBy(socket: string, target: Partial<SshTarget> = {}): Promise<string> {
  const credentials = credentialsOf({ user: sshd.user, agentSocket: socket });
  const communicator = await openSshCommunicator(communicatorOptions(sshd, {}, { credentials, ...target }));
  try {
    return (await outputOf(communicator, "echo logged in")).stdout;
  } finally {
    await communicator.close();
  }
}

/** Starts an agent with the keys, runs `work` and stops the agent. ssh-add adds the certificate next to a key. */
async function withAgent<T>(keys: readonly string[], work: (socket: string) => Promise<T>): Promise<T> {
  const [first = "", ...others] = keys;
  const agent = await startAgent(join(first, ".."), first);
  try {
    for (const key of others) {
      execFileSync("ssh-add", ["-q", key], { env: { ...process.env, SSH_AUTH_SOCK: agent.socket }, stdio: "ignore" });
    }
    return await work(agent.socket);
  } finally {
    await agent.stop();
  }
}

describe("a certificate in the ssh-agent logs in to", () => {
  test.each<[string, readonly string[]]>([
    ["ed25519", ["-t", "ed25519"]],
    ["rsa", ["-t", "rsa", "-b", "2048"]],
    ["ecdsa-256", ["-t", "ecdsa", "-b", "256"]],
    ["ecdsa-521", ["-t", "ecdsa", "-b", "521"]],
  ])("the machine (%s)", async (name, options) => {
    const key = certifiedKey(name, options);
    expect(await withAgent([key], (socket) => loginBy(socket))).toBe("logged in\n");
    expect(sshd.log()).toMatch(new RegExp(`Accepted certificate ID "${name}"`));
  });

  test("a bastion host", async () => {
    const key = certifiedKey("bastion", ["-t", "ed25519"]);
    const bastion = { host: "127.0.0.1", port: sshd.port };
    const login = (socket: string) =>
      loginBy(socket, {
        bastion: { ...bastion, credentials: credentialsOf({ user: sshd.user, agentSocket: socket }) },
      });
    expect(await withAgent([key], login)).toBe("logged in\n");
  });

  test("the machine before plain keys, which the server would count as failures", async () => {
    const keys = Array.from({ length: 8 }, (_, number) => {
      const path = join(folder(), `other-${number}`);
      keygen("-t", "ed25519", "-f", path);
      return path;
    });
    const key = certifiedKey("after-eight", ["-t", "ed25519"]);
    mkdirSync(join(folder(), "many"));
    const first = join(folder(), "many", "key");
    copyFileSync(keys[0] ?? "", first);
    expect(await withAgent([first, ...keys, key], (socket) => loginBy(socket))).toBe("logged in\n");
  });
});

test("a plain RSA key in the ssh-agent logs in with SHA-2", async () => {
  const strict = await startSshd(["PubkeyAcceptedAlgorithms rsa-sha2-256"]);
  mkdirSync(join(folder(), "plain-rsa"));
  const path = join(folder(), "plain-rsa", "key");
  keygen("-t", "rsa", "-b", "2048", "-f", path);
  copyFileSync(`${path}.pub`, join(strict.folder, "authorized_keys"));
  try {
    expect(await withAgent([path], (socket) => loginBy(socket, { port: strict.port }))).toBe("logged in\n");
  } finally {
    await strict.stop();
  }
});

describe("a login by the ssh-agent is refused", () => {
  test.each<[string, readonly string[]]>([
    ["with an expired certificate", ["-V", "20200101:20200102"]],
    ["with the certificate of a host", ["-h"]],
  ])("%s", async (name, signing) => {
    const key = certifiedKey(name, ["-t", "ed25519"], signing);
    await expect(withAgent([key], (socket) => loginBy(socket))).rejects.toMatchObject({
      code: "ssh-authentication-failed",
    });
  });

  test("with too many keys, which counts as a refused login and says so", async () => {
    const few = await startSshd(["MaxAuthTries 2"]);
    const keys = Array.from({ length: 4 }, (_, number) => {
      mkdirSync(join(folder(), `few-${number}`));
      const path = join(folder(), `few-${number}`, "key");
      keygen("-t", "ed25519", "-f", path);
      return path;
    });
    try {
      const login = withAgent(keys, (socket) => loginBy(socket, { port: few.port }));
      await expect(login).rejects.toMatchObject({
        code: "ssh-authentication-failed",
        message: expect.stringMatching(/^SSH authentication failed 1 time .*"Too many authentication failures"$/),
        hint: expect.stringMatching(/"MaxAuthTries".*Remove the other keys from the ssh-agent.*"ssh_private_key_file"/),
      });
    } finally {
      await few.stop();
    }
  });

  test.each<[string, Buffer, RegExp]>([
    ["does not answer", Buffer.alloc(0), /the ssh-agent closed the connection without a response$/],
    ["refuses", Buffer.from([0, 0, 0, 1, 5]), /the ssh-agent refused the request \(response 5\)$/],
    ["announces 1 GB", Buffer.from([64, 0, 0, 0, 12]), /the ssh-agent sent a response of 1073741824 bytes$/],
  ])("by an agent that %s, with the reason", async (name, response, reason) => {
    const path = join(folder(), `${name.replaceAll(" ", "-")}.sock`);
    const agent: Server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", () => socket.end(response));
    });
    await new Promise<void>((resolve) => agent.listen(path, resolve));
    await expect(loginBy(path)).rejects.toMatchObject({
      code: "ssh-authentication-failed",
      message: expect.stringMatching(reason),
    });
    await new Promise((resolve) => agent.close(resolve));
  });
});
