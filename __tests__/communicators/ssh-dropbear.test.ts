import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as jest from "@jest/globals";
import { openSshCommunicator } from "../../src/communicators/ssh.js";
import type { SshTarget } from "../../src/ssh/connect/connector.js";
import { type Dropbear, hasDropbear, startDropbear } from "../ssh/dropbear.js";
import { credentialsOf } from "../ssh/targets.js";
import { temporaryFolder } from "../support/folder.js";
import { communicatorOptions, outputOf } from "./connect.js";

const { afterAll, beforeAll, expect } = jest;
if (!hasDropbear) process.stderr.write("SKIPPED: Dropbear cannot run here (apt-get install dropbear-bin, as root).\n");
const describe = hasDropbear || process.env.BAKE_AMI_REQUIRE_TOOLS === "1" ? jest.describe : jest.describe.skip;

/** Keys and the options of ssh-keygen that make them. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  ed25519: ["-t", "ed25519"],
  rsa: ["-t", "rsa", "-b", "2048", "-m", "PKCS8"],
  ecdsa: ["-t", "ecdsa", "-b", "256", "-m", "PKCS8"],
};

describe("a Dropbear server", () => {
  const folder = temporaryFolder("dropbear-keys");
  const keyFile = (name: string) => join(folder(), name);
  let dropbear: Dropbear;

  beforeAll(async () => {
    for (const [name, options] of [...Object.entries(KEYS), ["forced", ["-t", "ed25519"]] as const]) {
      execFileSync("ssh-keygen", ["-q", "-N", "", ...options, "-f", keyFile(name)]);
    }
    const publicKey = (name: string) => readFileSync(`${keyFile(name)}.pub`, "utf8");
    const forced = `command="echo 'Please login as the user \\"ubuntu\\" rather than the user \\"root\\".';echo" `;
    const lines = [...Object.keys(KEYS).map(publicKey), forced + publicKey("forced")];
    dropbear = await startDropbear(lines.join(""), ["rsa", "ecdsa"]);
  });
  afterAll(() => dropbear.stop());

  const open = (name: string, target: Partial<SshTarget> = {}) => {
    const server = Object.assign(Object.create(null), { port: dropbear.port, user: "root", keyFile: keyFile(name) });
    const credentials = credentialsOf({ user: "root", key: { from: "file", path: keyFile(name) } });
    return openSshCommunicator(communicatorOptions(server, { fileTransfer: "sftp" }, { credentials, ...target }));
  };

  jest.test.each(Object.keys(KEYS))("accepts an %s key, and runs commands", async (name) => {
    const communicator = await open(name);
    expect(await outputOf(communicator, "echo there")).toMatchObject({ stdout: "there\n" });
    expect(communicator.connection()?.hostKeys).toEqual([expect.stringMatching(/^ecdsa-sha2-nistp256 AAAA/)]);
    await communicator.close();
  });

  jest.test("with a forced command is refused with its text", async () => {
    await expect(open("forced")).rejects.toMatchObject({
      code: "ssh-wrong-user",
      hint: 'Set "ssh_username" to "ubuntu".',
    });
  });
});
