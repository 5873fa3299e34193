import { execFileSync } from "node:child_process";
import { appendFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { openSshCommunicator } from "../../src/communicators/ssh.js";
import type { SshTarget } from "../../src/ssh/connect/connector.js";
import type { SshCredentials } from "../../src/ssh/keys/credentials.js";
import { generateKeyPair } from "../../src/ssh/keys/key-pair.js";
import { describe, test } from "../ssh/openssh.js";
import { startPasswordServer } from "../ssh/password-server.js";
import { startAgent } from "../ssh/ssh-agent.js";
import { type Sshd, startSshd } from "../ssh/sshd.js";
import { credentialsOf } from "../ssh/targets.js";
import { temporaryFolder } from "../support/folder.js";
import { communicatorOptions, outputOf } from "./connect.js";

const folder = temporaryFolder("login");
let sshd: Sshd;
let agent: { readonly socket: string; stop(): Promise<void> };

beforeAll(async () => {
  keygen("-t", "ed25519", "-f", join(folder(), "authority"));
  sshd = await startSshd([`TrustedUserCAKeys ${join(folder(), "authority.pub")}`]);
  agent = await startAgent(folder(), sshd.keyFile);
});

afterAll(async () => {
  await agent.stop();
  await sshd.stop();
});

function keygen(...options: string[]): void {
  execFileSync("ssh-keygen", ["-q", "-N", "", ...options], { stdio: "ignore" });
}

/** Logs in and says what the server logged about it; rejects as the communicator does. */
async function login(given: Partial<SshCredentials>, target: Partial<SshTarget> = {}): Promise<string> {
  const options = communicatorOptions(
    sshd,
    {},
    { credentials: credentialsOf({ user: sshd.user, ...given }), ...target },
  );
  const communicator = await openSshCommunicator(options);
  try {
    const { stdout } = await outputOf(communicator, "echo logged in");
    return stdout;
  } finally {
    await communicator.close();
  }
}

describe("keys made by OpenSSH", () => {
  test.each([
    ["ed25519", ["-t", "ed25519"]],
    ["rsa in OpenSSH form", ["-t", "rsa", "-b", "2048"]],
    ["rsa in PEM form", ["-t", "rsa", "-b", "2048", "-m", "PEM"]],
    ["ecdsa of 256 bits", ["-t", "ecdsa", "-b", "256"]],
    ["ecdsa of 521 bits", ["-t", "ecdsa", "-b", "521"]],
  ])("%s", async (name, options) => {
    const path = join(folder(), name.replaceAll(" ", "-"));
    keygen(...options, "-f", path);
    appendFileSync(join(sshd.folder, "authorized_keys"), execFileSync("cat", [`${path}.pub`]));
    expect(await login({ key: { from: "file", path } })).toBe("logged in\n");
  });
});

describe("keys made here", () => {
  test.each([["ed25519"], ["rsa"]] as const)("%s", async (type) => {
    const pair = await generateKeyPair(type, { comment: "made here" });
    const path = join(folder(), `made-${type}`);
    writeFileSync(path, pair.privateKey, { mode: 0o600 });
    expect(execFileSync("ssh-keygen", ["-y", "-f", path], { encoding: "utf8" }).trim().split(" ").slice(0, 2)).toEqual(
      pair.publicKey.split(" ").slice(0, 2),
    );
    appendFileSync(join(sshd.folder, "authorized_keys"), `${pair.publicKey}\n`);
    expect(await login({ key: { from: "text", text: pair.privateKey } })).toBe("logged in\n");
  });
});

describe("certificates", () => {
  test.each([
    ["ed25519", ["-t", "ed25519"]],
    ["rsa", ["-t", "rsa", "-b", "2048"]],
    ["ecdsa-256", ["-t", "ecdsa", "-b", "256"]],
    ["ecdsa-384", ["-t", "ecdsa", "-b", "384"]],
  ])("%s", async (name, options) => {
    const path = join(folder(), `certified-${name}`);
    keygen(...options, "-f", path);
    keygen("-s", join(folder(), "authority"), "-I", "test", "-n", sshd.user, `${path}.pub`);
    await expect(login({ key: { from: "file", path } })).rejects.toMatchObject({ code: "ssh-authentication-failed" });
    expect(await login({ key: { from: "file", path }, certificateFile: `${path}-cert.pub` })).toBe("logged in\n");
    expect(sshd.log()).toMatch(/Accepted publickey for .* CA ED25519/);
  });

  test("of another user is refused", async () => {
    const path = join(folder(), "others");
    keygen("-t", "ed25519", "-f", path);
    keygen("-s", join(folder(), "authority"), "-I", "test", "-n", "someone-else", `${path}.pub`);
    await expect(login({ key: { from: "file", path }, certificateFile: `${path}-cert.pub` })).rejects.toMatchObject({
      code: "ssh-authentication-failed",
    });
  });

  test("that is none is told by its path", async () => {
    await expect(
      login({ key: { from: "file", path: sshd.keyFile }, certificateFile: sshd.keyFile }),
    ).rejects.toMatchObject({ code: "ssh-certificate-invalid", message: expect.stringContaining(sshd.keyFile) });
  });
});

describe("ssh-agent", () => {
  test("its keys are offered", async () => {
    expect(await login({ agentSocket: agent.socket })).toBe("logged in\n");
  });

  test("an agent that is gone is passed by for the next way", async () => {
    const key = { from: "file", path: sshd.keyFile } as const;
    expect(await login({ agentSocket: join(folder(), "nothing.sock"), key })).toBe("logged in\n");
  });

  test.each([
    ["is not forwarded unasked", false, "none\n"],
    ["is forwarded when asked", true, "listed\n"],
  ])("%s", async (_name, forwarded, expected) => {
    const target = forwarded ? { forwardAgent: agent.socket } : {};
    const communicator = await openSshCommunicator(communicatorOptions(sshd, {}, target));
    const { stdout } = await outputOf(
      communicator,
      '[ -n "$SSH_AUTH_SOCK" ] || { echo none; exit; }; ssh-add -l >/dev/null && echo listed',
    );
    await communicator.close();
    expect(stdout).toBe(expected);
  });
});

describe("passwords", () => {
  test.each([["password"], ["keyboard-interactive"]] as const)("%s", async (method) => {
    const server = await startPasswordServer("open sesame", [method]);
    const target = { port: server.port, credentials: credentialsOf({ user: "me", password: "open sesame" }) };
    const communicator = await openSshCommunicator(communicatorOptions(sshd, {}, target));
    expect(await outputOf(communicator, "how")).toMatchObject({ stdout: method });
    await communicator.close();
    await server.stop();
  });

  test("a person is asked what the server asks", async () => {
    const server = await startPasswordServer("123456", ["keyboard-interactive"]);
    const asked: string[] = [];
    const ask = async (question: string) => {
      asked.push(question);
      return "123456";
    };
    const target = { port: server.port, credentials: credentialsOf({ user: "me", ask }) };
    const communicator = await openSshCommunicator(communicatorOptions(sshd, {}, target));
    await communicator.close();
    await server.stop();
    expect(asked).toEqual(["One-time code: "]);
  });

  test("a wrong one is an authentication failure", async () => {
    const server = await startPasswordServer("right", ["password"]);
    const target = { port: server.port, credentials: credentialsOf({ user: "me", password: "wrong" }) };
    const opening = openSshCommunicator(communicatorOptions(sshd, {}, target));
    await expect(opening).rejects.toMatchObject({ code: "ssh-authentication-failed" });
    await server.stop();
  });
});

describe("bad keys", () => {
  test.each<[string, (path: string) => void, string, RegExp]>([
    ["missing", () => undefined, "ssh-key-file-unreadable", /cannot read .*ENOENT/],
    ["no key", (path) => writeFileSync(path, "hello\n"), "ssh-private-key-invalid", /is not a private key/],
    [
      "encrypted",
      (path) => execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "secret", "-f", path]),
      "ssh-private-key-invalid",
      /is encrypted/,
    ],
    [
      "a public key",
      (path) => {
        keygen("-t", "ed25519", "-f", `${path}.other`);
        execFileSync("cp", [`${path}.other.pub`, path]);
      },
      "ssh-private-key-invalid",
      /it holds a public key/,
    ],
  ])("%s", async (name, make, code, message) => {
    const path = join(folder(), `bad-${name.replaceAll(" ", "-")}`);
    make(path);
    await expect(login({ key: { from: "file", path } })).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });
});

describe("algorithms", () => {
  const key = () => ({ key: { from: "file", path: sshd.keyFile } }) as const;

  test.each([
    ["aes256-gcm@openssh.com", "curve25519-sha256"],
    ["chacha20-poly1305@openssh.com", "ecdh-sha2-nistp256"],
    ["aes128-ctr", "diffie-hellman-group16-sha512"],
  ])("%s and %s alone", async (cipher, exchange) => {
    const algorithms = { ciphers: [cipher], keyExchanges: [exchange] };
    expect(await login(key(), { algorithms })).toBe("logged in\n");
  });

  test("none in common is told in the reasons", async () => {
    const options = communicatorOptions(
      sshd,
      { limits: { timeout: 500, handshakeAttempts: 1 } },
      { algorithms: { ciphers: ["3des-cbc"], keyExchanges: [] } },
    );
    await expect(openSshCommunicator(options)).rejects.toMatchObject({
      code: "ssh-timeout",
      message: expect.stringMatching(/no matching .*cipher/i),
    });
  });
});
