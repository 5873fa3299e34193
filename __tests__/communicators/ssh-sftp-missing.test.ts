import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { openSshCommunicator } from "../../src/communicators/ssh.js";
import { describe, test } from "../ssh/openssh.js";
import { type Sshd, startSshd } from "../ssh/sshd.js";
import { temporaryFolder } from "../support/folder.js";
import { communicatorOptions } from "./connect.js";

const folder = temporaryFolder("sftp-missing");
const at = (name: string) => join(folder(), name);
const servers = new Map<string, Sshd>();

/** Scripts in place of the SFTP server. */
const SCRIPTS: Readonly<Record<string, string>> = {
  text: "echo; echo Welcome to web-1; exec cat >/dev/null",
  "text in another language": "printf '\\303\\211quipe web\\n'; exec cat >/dev/null",
  "short text": "printf Hi; exit 0",
  flood: "yes flood; true",
  failure: "exit 127",
};

beforeAll(async () => {
  for (const [name, script] of Object.entries(SCRIPTS)) {
    const path = at(name.replaceAll(" ", "-"));
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    servers.set(name, await startSshd([`Subsystem sftp ${path}`]));
  }
  servers.set("none", await startSshd(["Subsystem another internal-sftp"]));
  servers.set("works", await startSshd());
});

afterAll(async () => {
  for (const sshd of servers.values()) await sshd.stop();
});

function server(name: string): Sshd {
  const sshd = servers.get(name);
  if (!sshd) throw new Error(`no server ${name}`);
  return sshd;
}

describe("a transfer by SFTP fails at once, with the reason, on a server that", () => {
  test.each<[string, string, RegExp, RegExp]>([
    ["has no SFTP", "none", /the server has no SFTP subsystem$/, /internal-sftp.*"ssh_file_transfer_method" to "scp"/],
    ["prints text", "text", /printed text in place of the protocol: "Welcome to web-1"$/, /\.bashrc/],
    [
      "prints text that starts with another alphabet",
      "text in another language",
      /printed text in place of the protocol: "\?\?quipe web"$/,
      /\.bashrc/,
    ],
    ["prints text and ends", "short text", /the SFTP server ended with exit code 0: "Hi"$/, /openssh-sftp-server/],
    ["prints without an end", "flood", /printed text in place of the protocol: "flood"$/, /\.bashrc/],
    ["cannot start its SFTP server", "failure", /ended with exit code 127$/, /openssh-sftp/],
  ])("%s", async (_name, which, message, hint) => {
    const communicator = await openSshCommunicator(communicatorOptions(server(which), { fileTransfer: "sftp" }));
    const logins = () =>
      server(which)
        .log()
        .match(/Accepted publickey/g)?.length;
    try {
      const upload = { from: "memory", content: Buffer.from("x"), mode: 0o600 } as const;
      for (const transfer of [
        () => communicator.uploadFile(upload, at("there")),
        () => communicator.downloadFile(at("there"), at("back")),
        () => communicator.uploadDirectory(folder(), at("there")),
        () => communicator.downloadDirectory(at("there"), at("back")),
      ]) {
        await expect(transfer()).rejects.toMatchObject({
          code: "sftp-unavailable",
          message: expect.stringMatching(message),
          hint: expect.stringMatching(hint),
        });
      }
      expect(logins()).toBe(1);
      expect(await communicator.exec("exit 3")).toEqual({ status: "exited", code: 3 });
    } finally {
      await communicator.close();
    }
  });
});

test("a lost connection is reconnected to before a transfer by SFTP", async () => {
  const sshd = server("works");
  const communicator = await openSshCommunicator(communicatorOptions(sshd, { fileTransfer: "sftp" }));
  await sshd.restart();
  await communicator.uploadFile({ from: "memory", content: Buffer.from("x"), mode: 0o600 }, at("sent"));
  expect(existsSync(at("sent"))).toBe(true);
  await communicator.close();
});

test("one session at a time is enough for SFTP", async () => {
  const sshd = await startSshd(["MaxSessions 1"]);
  const communicator = await openSshCommunicator(communicatorOptions(sshd, { fileTransfer: "sftp" }));
  await communicator.uploadFile({ from: "memory", content: Buffer.from("x"), mode: 0o600 }, at("alone"));
  expect(sshd.log().match(/Accepted publickey/g)).toHaveLength(1);
  await communicator.close();
  await sshd.stop();
});
