import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { clearCommand } from "../../../../src/builders/amazon-ebs/machine/authorized-keys.js";
import { generateKeyPair } from "../../../../src/ssh/keys/key-pair.js";
import { temporaryFolder } from "../../../support/folder.js";

const folder = temporaryFolder("authorized-keys");

/** Runs the command for a user with the given `sudo`, with keys of a build and of somebody else. */
async function clear(sudo: string) {
  const home = mkdtempSync(join(folder(), "home-"));
  const bin = join(home, "bin");
  const file = join(home, ".ssh", "authorized_keys");
  mkdirSync(bin);
  mkdirSync(join(home, ".ssh"));
  const programs = { id: "echo 1000", sudo };
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, name), 0o755);
  }
  const temporary = await generateKeyPair("ed25519", { comment: "packer_1" });
  const own = await generateKeyPair("ed25519", { comment: "somebody" });
  writeFileSync(
    file,
    `# keys\n${temporary.publicKey.trim()} again\n${own.publicKey.trim()}\n${temporary.publicKey.trim()}\n`,
  );
  const { status } = spawnSync("/bin/sh", ["-c", clearCommand(temporary.publicKey)], {
    env: { HOME: home, PATH: `${bin}:${process.env.PATH}` },
  });
  return { status, left: readFileSync(file, "utf8"), kept: `# keys\n${own.publicKey.trim()}\n` };
}

/** The command runs on the instance, whose sed is GNU's or BusyBox's. */
const onLinux = process.platform === "linux" ? describe : describe.skip;

onLinux("ssh_clear_authorized_keys removes only the temporary key", () => {
  test("with sudo", async () => {
    const { status, left, kept } = await clear('shift; exec "$@"');
    expect(left).toBe(kept);
    expect(status).toBe(0);
  });

  test("without sudo for the login user only, and fails so that the user is warned", async () => {
    const { status, left, kept } = await clear("exit 1");
    expect(left).toBe(kept);
    expect(status).not.toBe(0);
  });
});
