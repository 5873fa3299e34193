import { execFileSync } from "node:child_process";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect } from "@jest/globals";
import { openSshCommunicator, type SshCommunicator } from "../../src/communicators/ssh.js";
import { describe, test } from "../ssh/openssh.js";
import { type Sshd, startSshd } from "../ssh/sshd.js";
import { communicatorOptions, outputOf } from "./connect.js";

let sshd: Sshd;
let communicator: SshCommunicator | undefined;

beforeEach(async () => {
  sshd = await startSshd();
});

afterEach(async () => {
  await communicator?.close();
  communicator = undefined;
  await sshd.stop();
});

/** Generates a host key of the type, as a step of a build would. */
function newHostKey(type: string): string {
  const path = join(sshd.folder, `host_${type}_${Math.floor(performance.now())}`);
  execFileSync("ssh-keygen", ["-q", "-N", "", "-t", type, "-f", path], { stdio: "ignore" });
  return path;
}

/** Writes which host keys the server has. */
function serveHostKeys(...paths: string[]): void {
  const config = join(sshd.folder, "sshd_config");
  const others = readFileSync(config, "utf8").replace(/^HostKey .*\n/gm, "");
  writeFileSync(config, others + paths.map((path) => `HostKey ${path}\n`).join(""));
}

const own = () => join(sshd.folder, "host_key");
const echo = (text: string) => outputOf(connected(), `echo ${text}`);

function connected(): SshCommunicator {
  if (!communicator) throw new Error("not connected");
  return communicator;
}

async function connect(check = true, onNewKey: (summary: string) => void = () => undefined): Promise<void> {
  communicator = await openSshCommunicator(communicatorOptions(sshd, {}, { hostKeys: { check, onNewKey } }));
  // The server sends its keys after the login, and responds to commands in order.
  await echo("first");
}

describe("a server that withdraws the type of the first host key", () => {
  test.each(["rsa", "ecdsa"])(
    "is connected to again by its %s key, which it proved at the first login",
    async (type) => {
      const other = newHostKey(type);
      serveHostKeys(own(), other);
      await sshd.restart();
      await connect();
      expect(
        connected()
          .connection()
          ?.hostKeys.map((key) => key.split(" ")[0]),
      ).toEqual(["ssh-ed25519", expect.stringContaining(type)]);
      serveHostKeys(other);
      await sshd.restart();
      expect(await echo("again")).toMatchObject({ stdout: "again\n" });
      await sshd.restart();
      expect(await echo("a third time")).toMatchObject({ stdout: "a third time\n" });
    },
  );

  test("is refused with a key that it generated since, and both keys are named", async () => {
    const [first, second] = [newHostKey("ecdsa"), newHostKey("rsa")];
    serveHostKeys(own(), first);
    await sshd.restart();
    await connect();
    serveHostKeys(second);
    await sshd.restart();
    await expect(echo("again")).rejects.toMatchObject({
      code: "ssh-host-key-changed",
      message: expect.stringMatching(/^Host key of the machine changed from ED25519 SHA256:\S+ to RSA SHA256:\S{43}$/),
      hint: expect.stringContaining("‹ssh-accept-new-host-keys›"),
    });
  });
});

test("a server that adds a type which is preferred is connected to again by its first key", async () => {
  serveHostKeys(newHostKey("rsa"));
  await sshd.restart();
  await connect();
  appendFileSync(join(sshd.folder, "sshd_config"), `HostKey ${newHostKey("ed25519")}\n`);
  await sshd.restart();
  expect(await echo("again")).toMatchObject({ stdout: "again\n" });
});

test("with ssh-accept-new-host-keys, each new key is accepted and reported", async () => {
  const reported: string[] = [];
  await connect(false, (summary) => reported.push(summary));
  expect(reported).toEqual([]);
  await sshd.restart({ newHostKey: true });
  expect(await echo("again")).toMatchObject({ stdout: "again\n" });
  expect(reported).toEqual([expect.stringMatching(/^Accepted a new host key of the machine: ED25519 SHA256:\S{43}$/)]);
  const fingerprint = execFileSync("ssh-keygen", ["-lf", own()], { encoding: "utf8" }).split(" ")[1] ?? "";
  expect(reported[0]).toContain(fingerprint);
});
