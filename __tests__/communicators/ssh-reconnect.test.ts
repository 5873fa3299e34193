import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect } from "@jest/globals";
import { openSshCommunicator, type SshCommunicator } from "../../src/communicators/ssh.js";
import { Cancelled } from "../../src/core/errors.js";
import { loadConnector } from "../../src/ssh/connect/connector.js";
import { generateKeyPair } from "../../src/ssh/keys/key-pair.js";
import { describe, test } from "../ssh/openssh.js";
import { type Sshd, startSshd } from "../ssh/sshd.js";
import { credentialsOf, targetOf } from "../ssh/targets.js";
import { communicatorOptions, outputOf } from "./connect.js";

let sshd: Sshd;
let communicator: SshCommunicator;

beforeEach(async () => {
  sshd = await startSshd();
});

afterEach(async () => {
  await communicator.close();
  await sshd.stop();
});

describe("a machine after a reboot", () => {
  test("is reconnected to by the next command", async () => {
    communicator = await openSshCommunicator(communicatorOptions(sshd));
    await sshd.restart();
    expect(await outputOf(communicator, "echo again")).toMatchObject({ stdout: "again\n" });
  });

  test("is waited for by reconnect", async () => {
    communicator = await openSshCommunicator(communicatorOptions(sshd));
    let restarted: Promise<void> | undefined;
    const running = communicator.exec("echo started; sleep 100", {
      onOutput: () => {
        restarted = sshd.restart();
      },
    });
    expect(await running).toEqual({ status: "disconnected" });
    expect(communicator.connected()).toBe(false);
    await restarted;
    await communicator.reconnect(new AbortController().signal);
    expect(communicator.connected()).toBe(true);
  });

  test("with another host key is rejected", async () => {
    communicator = await openSshCommunicator(communicatorOptions(sshd));
    const pinned = sshd.hostKey;
    expect(communicator.connection()?.hostKeys[0]).toBe(pinned);
    await sshd.restart({ newHostKey: true });
    await expect(communicator.exec("true")).rejects.toMatchObject({
      code: "ssh-host-key-changed",
      message: expect.stringMatching(
        /Host key of the machine changed from ED25519 SHA256:\S{43} to ED25519 SHA256:\S{43}$/,
      ),
    });
    expect(communicator.connection()?.hostKeys[0]).toBe(pinned);
  });
});

test("the host key of a failed attempt is not pinned", async () => {
  const key = { from: "text", text: sshd.privateKey } as const;
  const way = await loadConnector(
    targetOf(sshd, { credentials: credentialsOf({ user: "nobody-of-that-name", key }) }),
    0,
  );
  await expect(way.connect(new AbortController().signal)).rejects.toThrow("accepted no authentication method");
  expect(way.hostKeys()).toEqual([]);
  communicator = await openSshCommunicator(communicatorOptions(sshd));
  expect(communicator.connection()?.hostKeys[0]).toBe(sshd.hostKey);
});

test("a lost machine is an error, not an exit code", async () => {
  communicator = await openSshCommunicator(communicatorOptions(sshd));
  await sshd.stop();
  await expect(communicator.exec("true")).rejects.toMatchObject({
    code: "ssh-disconnected",
    message: expect.stringContaining("SSH connection lost"),
  });
});

describe("a machine that hangs", () => {
  test.each<[string, object]>([
    ["is disconnected without keep-alive responses", { keepAlive: { interval: 50, tolerated: 200 } }],
    ["is disconnected when nothing is received for ssh_read_write_timeout", { idleTimeout: 300 }],
  ])("%s", async (_name, target) => {
    communicator = await openSshCommunicator(communicatorOptions(sshd, {}, target));
    const running = communicator.exec("echo $$; sleep 100", { onOutput: () => sshd.signal("SIGSTOP") });
    expect(await running).toEqual({ status: "disconnected", reason: expect.stringMatching(/^no response for /) });
    expect(communicator.connected()).toBe(false);
  });
});

test("idle connections stay open with keep-alive responses", async () => {
  communicator = await openSshCommunicator(
    communicatorOptions(sshd, {}, { idleTimeout: 300, keepAlive: { interval: 50, tolerated: 0 } }),
  );
  expect(await outputOf(communicator, "sleep 1; echo done")).toMatchObject({ stdout: "done\n" });
});

test("pause_before_connecting connects twice", async () => {
  communicator = await openSshCommunicator(communicatorOptions(sshd, { pauseBeforeConnecting: 1 }));
  expect(sshd.log().match(/Accepted publickey/g)).toHaveLength(2);
});

describe("connecting", () => {
  test("continues until the server is up", async () => {
    await sshd.end();
    const reasons: string[] = [];
    communicator = await openSshCommunicator(
      communicatorOptions(sshd, {
        onAttempt(_elapsed, reason) {
          reasons.push(reason);
          if (reasons.length === 2) void sshd.restart();
        },
      }),
    );
    expect(reasons[0]).toContain("ECONNREFUSED");
    expect(await outputOf(communicator, "echo there")).toMatchObject({ stdout: "there\n" });
  });

  test("fails with the reasons after the timeout", async () => {
    communicator = await openSshCommunicator(communicatorOptions(sshd));
    const target = { address: async () => "127.0.0.1", port: 1 };
    const limits = { timeout: 600, handshakeAttempts: 10 };
    const opening = openSshCommunicator(communicatorOptions(sshd, { limits }, target));
    await expect(opening).rejects.toMatchObject({
      code: "ssh-timeout",
      message: expect.stringMatching(
        /^Timeout waiting for SSH: no connection to \S+@127\.0\.0\.1:1 within 600 milliseconds: .*ECONNREFUSED.*\(\d+ times\)$/,
      ),
    });
  });

  test("fails when the server does not respond", async () => {
    communicator = await openSshCommunicator(communicatorOptions(sshd));
    sshd.signal("SIGSTOP");
    const limits = { timeout: 300, handshakeAttempts: 10 };
    const opening = openSshCommunicator(communicatorOptions(sshd, { limits }));
    await expect(opening).rejects.toMatchObject({ code: "ssh-timeout" });
  });

  test("fails after the maximum number of refused logins", async () => {
    communicator = await openSshCommunicator(communicatorOptions(sshd));
    const key = { from: "text" as const, text: sshd.privateKey };
    const credentials = credentialsOf({ user: "nobody-of-that-name", key });
    const opening = openSshCommunicator(communicatorOptions(sshd, {}, { credentials }));
    await expect(opening).rejects.toMatchObject({
      code: "ssh-authentication-failed",
      hint: expect.stringContaining("ssh_username"),
    });
  });

  test("names the type of the key where the server, in FIPS mode, accepts no ed25519 keys", async () => {
    communicator = await openSshCommunicator(communicatorOptions(sshd));
    const hostKey = join(sshd.folder, "rsa_host_key");
    await writeFile(hostKey, (await generateKeyPair("rsa", { comment: "" })).privateKey, { mode: 0o600 });
    const algorithms = "rsa-sha2-512,rsa-sha2-256";
    const fips = await startSshd([
      `HostKey ${hostKey}`,
      `HostKeyAlgorithms ${algorithms}`,
      `PubkeyAcceptedAlgorithms ${algorithms}`,
    ]);
    try {
      const limits = { timeout: 20_000, handshakeAttempts: 1 };
      await expect(openSshCommunicator(communicatorOptions(fips, { limits }))).rejects.toMatchObject({
        code: "ssh-authentication-failed",
        hint: expect.stringMatching(/no ed25519 host key.*rsa-sha2-512.*FIPS.*"temporary_key_pair_type" to "rsa"/),
      });
    } finally {
      await fips.stop();
    }
  });

  test("is aborted at once", async () => {
    communicator = await openSshCommunicator(communicatorOptions(sshd));
    const controller = new AbortController();
    const opening = openSshCommunicator(
      communicatorOptions(
        sshd,
        { signal: controller.signal, onAttempt: () => controller.abort(new Cancelled("enough")) },
        { port: 1 },
      ),
    );
    await expect(opening).rejects.toThrow("enough");
  });
});
