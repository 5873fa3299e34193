import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { openSshCommunicator } from "../../src/communicators/ssh.js";
import { describe, test } from "../ssh/openssh.js";
import { startSlowRelay } from "../ssh/slow-relay.js";
import { startAgent } from "../ssh/ssh-agent.js";
import { type Sshd, startSshd } from "../ssh/sshd.js";
import { credentialsOf } from "../ssh/targets.js";
import { temporaryFolder } from "../support/folder.js";
import { communicatorOptions, outputOf } from "./connect.js";

const folder = temporaryFolder("slow");
const at = (name: string) => join(folder(), name);
let sshd: Sshd;
let agent: { readonly socket: string; stop(): Promise<void> };

beforeAll(async () => {
  for (const name of ["authority", "key"]) {
    execFileSync("ssh-keygen", ["-q", "-N", "", "-t", "ed25519", "-f", at(name)]);
  }
  sshd = await startSshd([`TrustedUserCAKeys ${at("authority.pub")}`]);
  execFileSync("ssh-keygen", ["-q", "-s", at("authority"), "-I", "slow", "-n", sshd.user, at("key.pub")]);
  const other = join(sshd.folder, "host_rsa");
  execFileSync("ssh-keygen", ["-q", "-N", "", "-t", "rsa", "-b", "2048", "-f", other]);
  writeFileSync(join(sshd.folder, "sshd_config"), `HostKey ${other}\n`, { flag: "a" });
  await sshd.restart();
  agent = await startAgent(folder(), at("key"));
});

afterAll(async () => {
  await agent.stop();
  await sshd.stop();
});

describe("through a network that delivers", () => {
  test.each([
    ["single bytes", { piece: 1, delay: 0 }],
    ["pieces of 7 bytes, 5 ms late", { piece: 7, delay: 5 }],
    ["everything 40 ms late", { piece: 65_536, delay: 40 }],
  ])("%s, the certificate of an agent logs in, host keys are proved, and SFTP works", async (_name, network) => {
    const relay = await startSlowRelay(sshd.port, network);
    const credentials = credentialsOf({ user: sshd.user, agentSocket: agent.socket });
    const target = { port: relay.port, credentials };
    const communicator = await openSshCommunicator(communicatorOptions(sshd, { fileTransfer: "sftp" }, target));
    try {
      expect(await outputOf(communicator, "echo there")).toMatchObject({ stdout: "there\n" });
      expect(communicator.connection()?.hostKeys.map((key) => key.split(" ")[0])).toEqual(["ssh-ed25519", "ssh-rsa"]);
      const content = Buffer.from("content ".repeat(200));
      await communicator.uploadFile({ from: "memory", content, mode: 0o600 }, at("sent"));
      expect(readFileSync(at("sent")).equals(content)).toBe(true);
      rmSync(at("sent"));
    } finally {
      await communicator.close();
      await relay.close();
    }
  });
});
