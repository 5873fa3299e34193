import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { openSshCommunicator, type SshCommunicator } from "../../src/communicators/ssh.js";
import type { SshTarget } from "../../src/ssh/connect/connector.js";
import { describe, test } from "../ssh/openssh.js";
import { startPasswordServer } from "../ssh/password-server.js";
import { type Sshd, startSshd } from "../ssh/sshd.js";
import { credentialsOf } from "../ssh/targets.js";
import { temporaryFolder } from "../support/folder.js";
import { communicatorOptions, outputOf } from "./connect.js";

const folder = temporaryFolder("ssh-debug");
let sshd: Sshd;

beforeAll(async () => {
  sshd = await startSshd();
});
afterAll(() => sshd.stop());

/** Connects, runs `work`, and returns the lines of the debug log. */
async function logOf(
  work: (communicator: SshCommunicator) => Promise<unknown>,
  target: Partial<SshTarget> = {},
  fileTransfer: "scp" | "sftp" = "scp",
): Promise<readonly string[]> {
  const lines: string[] = [];
  const debug = (text: () => string) => void lines.push(text());
  try {
    const options = communicatorOptions(sshd, { fileTransfer }, { debug, ...target });
    const communicator = await openSshCommunicator(options);
    await work(communicator).catch(() => undefined);
    await communicator.close();
  } catch {
    // The log has the reason.
  }
  return lines;
}

const nothing = async () => undefined;

describe("the debug log of an SSH connection", () => {
  test("has the address, the algorithms, the host key and the authentication method", async () => {
    const log = (await logOf(nothing)).join("\n");
    expect(log).toMatch(new RegExp(`^SSH: connecting to ${sshd.user}@127\\.0\\.0\\.1:${sshd.port}$`, "m"));
    expect(log).toMatch(/^SSH: Remote ident: 'SSH-2\.0-OpenSSH/m);
    expect(log).toMatch(/^SSH: Handshake: KEX algorithm: curve25519-sha256/m);
    expect(log).toMatch(/^SSH: Handshake: C->S Cipher: aes128-gcm@openssh\.com$/m);
    expect(log).toMatch(/^SSH: host key ED25519 SHA256:[\w+/]{43}$/m);
    expect(log).toMatch(/^SSH: .*USERAUTH_REQUEST \(publickey/m);
    expect(log).toMatch(new RegExp(`^SSH: connected to ${sshd.user}@127`, "m"));
  });

  test("has no key, no command and no data", async () => {
    const log = await logOf(async (communicator) => {
      await outputOf(communicator, "echo secret-of-a-command");
      await communicator.uploadFile(
        { from: "memory", content: Buffer.from("secret-of-a-file"), mode: 0o600 },
        join(folder(), "secret"),
      );
    });
    const key = sshd.privateKey.split("\n").filter((line) => line.length > 20 && !line.startsWith("-----"));
    expect(key.length).toBeGreaterThan(2);
    for (const secret of [...key, "secret-of"]) expect(log.join("\n")).not.toContain(secret);
    expect(log.filter((line) => /CHANNEL/.test(line))).toEqual([]);
  });

  test.each([
    ["password", "right", /^SSH: connected to/m],
    ["password", "wrong", /^SSH: Client: password auth failed$/m],
    ["keyboard-interactive", "right", /^SSH: connected to/m],
  ] as const)("has the method %s, and not the %s password", async (method, which, end) => {
    const server = await startPasswordServer("right-open-sesame", [method]);
    const password = `${which}-open-sesame`;
    const log = await logOf(nothing, { port: server.port, credentials: credentialsOf({ user: "me", password }) });
    await server.stop();
    expect(log.join("\n")).toMatch(new RegExp(`USERAUTH_REQUEST \\(${method}`));
    expect(log.join("\n")).toMatch(end);
    expect(log.join("\n")).not.toContain("open-sesame");
  });

  test("has each failed attempt with its reason", async () => {
    const lines: string[] = [];
    const target = { port: 1, debug: (text: () => string) => void lines.push(text()) };
    const limits = { timeout: 700, handshakeAttempts: 1 };
    await expect(openSshCommunicator(communicatorOptions(sshd, { limits }, target))).rejects.toMatchObject({
      code: "ssh-timeout",
    });
    expect(lines.slice(0, 2)).toEqual([
      `SSH: connecting to ${sshd.user}@127.0.0.1:1`,
      expect.stringMatching(/^SSH: failed after \d+ ms, next attempt in 250 ms: .*connect ECONNREFUSED/),
    ]);
  });
});

describe("the debug log of a transfer has paths, way, bytes and duration", () => {
  beforeAll(() => {
    mkdirSync(join(folder(), "tree"));
    writeFileSync(join(folder(), "tree", "five"), "12345");
  });

  test.each([
    ["scp", "cat", "tar"],
    ["sftp", "SFTP", "SFTP"],
  ] as const)("with ssh_file_transfer_method %s", async (method, ofFile, ofDirectory) => {
    const at = (name: string) => join(folder(), name);
    const target = at(`there-${method}`);
    mkdirSync(target);
    const log = await logOf(
      async (communicator) => {
        await communicator.uploadFile({ from: "file", path: at("tree/five") }, join(target, "five"));
        await communicator.uploadDirectory(`${at("tree")}/`, target);
        await communicator.downloadFile(join(target, "five"), at(`five-${method}`));
        await communicator.downloadDirectory(`${target}/`, at(`back-${method}`));
        await communicator.uploadFile({ from: "file", path: at("tree/five") }, at("no/such/directory"));
      },
      {},
      method,
    );
    const lines = log.filter((line) => /^(Up|Down)load/.test(line)).map((line) => line.replace(/\d+ ms/, "N ms"));
    expect(lines).toEqual([
      `Upload of "${at("tree/five")}" to "${join(target, "five")}" by ${ofFile}: 5 bytes, N ms`,
      expect.stringMatching(
        new RegExp(`^Upload of ".*/tree/" to "${target}" by ${ofDirectory}: [1-9]\\d* bytes, N ms$`),
      ),
      `Download of "${join(target, "five")}" to "${at(`five-${method}`)}" by ${ofFile}: 5 bytes, N ms`,
      expect.stringMatching(new RegExp(`^Download of "${target}/" .* by ${ofDirectory}: [1-9]\\d* bytes, N ms$`)),
      expect.stringMatching(/^Upload of ".*" to ".*\/no\/such\/directory" failed: \d+ bytes, N ms: /),
    ]);
  });
});
