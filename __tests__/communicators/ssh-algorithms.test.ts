import { execFileSync } from "node:child_process";
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { openSshCommunicator } from "../../src/communicators/ssh.js";
import type { SshTarget } from "../../src/ssh/connect/connector.js";
import { describe, test } from "../ssh/openssh.js";
import { type Sshd, startSshd } from "../ssh/sshd.js";
import { credentialsOf } from "../ssh/targets.js";
import { temporaryFolder } from "../support/folder.js";
import { communicatorOptions, outputOf } from "./connect.js";

const folder = temporaryFolder("algorithms");
let sshd: Sshd;
/** A server with SHA-1 only, as old ones are. */
let old: Sshd;
/** A server that accepts RSA keys only with SHA-1 signatures. */
let oldKeys: Sshd;
let rsaKey: string;

beforeAll(async () => {
  rsaKey = join(folder(), "rsa");
  execFileSync("ssh-keygen", ["-q", "-N", "", "-t", "rsa", "-b", "2048", "-f", rsaKey]);
  sshd = await startSshd();
  const hostKey = join(folder(), "host");
  execFileSync("ssh-keygen", ["-q", "-N", "", "-t", "rsa", "-b", "2048", "-f", hostKey]);
  old = await startSshd([
    `HostKey ${hostKey}`,
    "HostKeyAlgorithms ssh-rsa",
    "KexAlgorithms diffie-hellman-group-exchange-sha256,diffie-hellman-group14-sha1",
    "MACs hmac-sha1",
    "Ciphers aes128-ctr,aes128-cbc",
  ]);
  oldKeys = await startSshd(["PubkeyAcceptedAlgorithms ssh-rsa"]);
  for (const server of [old, oldKeys]) {
    appendFileSync(join(server.folder, "authorized_keys"), readFileSync(`${rsaKey}.pub`));
  }
});

afterAll(async () => {
  for (const server of [sshd, old, oldKeys]) await server.stop();
});

async function login(server: Sshd, path: string, algorithms: Partial<SshTarget["algorithms"]> = {}): Promise<string> {
  const target = {
    credentials: credentialsOf({ user: server.user, key: { from: "file", path } }),
    algorithms: { ciphers: [], keyExchanges: [], ...algorithms },
  };
  const communicator = await openSshCommunicator(communicatorOptions(server, {}, target));
  try {
    return (await outputOf(communicator, "echo logged in")).stdout;
  } finally {
    await communicator.close();
  }
}

describe("a login succeeds with only", () => {
  test.each([
    ["aes256-gcm@openssh.com", "curve25519-sha256"],
    ["chacha20-poly1305@openssh.com", "ecdh-sha2-nistp256"],
    ["aes128-ctr", "diffie-hellman-group16-sha512"],
  ])("%s and %s", async (cipher, exchange) => {
    const algorithms = { ciphers: [cipher], keyExchanges: [exchange] };
    expect(await login(sshd, sshd.keyFile, algorithms)).toBe("logged in\n");
  });
});

test("an algorithm that the server does not have counts as a refused login, and both sides are named", async () => {
  await expect(login(sshd, sshd.keyFile, { ciphers: ["3des-cbc"] })).rejects.toMatchObject({
    code: "ssh-no-common-algorithm",
    message: expect.stringMatching(
      /^SSH handshake failed 1 time at .*: no common cipher \(server: chacha20-poly1305@openssh\.com, .*; bake-ami: 3des-cbc\)$/,
    ),
  });
});

describe("a server with SHA-1 only", () => {
  test("is refused, and the error says what to set", async () => {
    await expect(login(old, rsaKey)).rejects.toMatchObject({
      code: "ssh-no-common-algorithm",
      message: expect.stringMatching(/no common host key algorithm \(server: ssh-rsa; .*code \(server: hmac-sha1;/),
      hint: expect.stringContaining(
        'set "ssh_key_exchange_algorithms" to ["diffie-hellman-group-exchange-sha256", "diffie-hellman-group14-sha1"]',
      ),
    });
  });

  test.each<[string, Partial<SshTarget["algorithms"]>]>([
    ["what the hint says", { keyExchanges: ["diffie-hellman-group-exchange-sha256", "diffie-hellman-group14-sha1"] }],
    ["only a CBC cipher", { ciphers: ["aes128-cbc"] }],
  ])("is connected to with %s", async (_name, algorithms) => {
    expect(await login(old, rsaKey, algorithms)).toBe("logged in\n");
  });
});

test("an RSA key never signs with SHA-1 by default", async () => {
  await expect(login(oldKeys, rsaKey)).rejects.toMatchObject({ code: "ssh-authentication-failed" });
  expect(oldKeys.log()).toMatch(/signature algorithm rsa-sha2-256 not in PubkeyAcceptedAlgorithms/);
  expect(oldKeys.log()).not.toMatch(/Accepted publickey/);
});
