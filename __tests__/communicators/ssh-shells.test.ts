import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect } from "@jest/globals";
import { clearCommand } from "../../src/builders/amazon-ebs/machine/authorized-keys.js";
import { CANCEL_DEAD_MAN } from "../../src/builders/amazon-ebs/machine/user-data.js";
import { openSshCommunicator, type SshCommunicator } from "../../src/communicators/ssh.js";
import { shellQuote } from "../../src/core/text.js";
import { LIST_COMMAND, MARKS } from "../../src/inventory/listing.js";
import { SHUTDOWN_CHECK } from "../../src/provisioners/shell/reboot.js";
import { describe, test } from "../ssh/openssh.js";
import { type Sshd, startSshd } from "../ssh/sshd.js";
import { temporaryFolder } from "../support/folder.js";
import { communicatorOptions, outputOf } from "./connect.js";

/** Login shells: name, and the command that sshd runs with `-c COMMAND`. */
const SHELLS: readonly (readonly [string, string])[] = [
  ["bash", "/bin/bash"],
  ["rbash", "/bin/rbash"],
  ["dash", "/bin/dash"],
  ["BusyBox ash", "/bin/busybox"],
  ["ksh", "/bin/ksh"],
  ["zsh", "/bin/zsh"],
  ["fish", "/usr/bin/fish"],
  ["csh", "/bin/bsd-csh"],
  ["tcsh", "/usr/bin/tcsh"],
];

const all = process.env.BAKE_AMI_REQUIRE_TOOLS === "1";
const installed = SHELLS.filter(([, path]) => all || existsSync(path));
const missing = SHELLS.filter((shell) => !installed.includes(shell)).map(([name]) => name);
if (missing.length > 0) {
  process.stderr.write(
    `SKIPPED: these login shells are not installed: ${missing.join(", ")} (.ci/check tools installs them).\n`,
  );
}

/** Names that shells read in different ways. */
const NAMES = [
  "plain",
  "with space",
  "it's",
  'quote"double',
  "back\\slash",
  "bang!bang",
  "dollar$HOME`id`",
  "*?[a-z]",
  "日本 語",
];

const folder = temporaryFolder("shells");
const at = (...names: string[]) => join(folder(), ...names);

beforeEach(() => {
  for (const name of ["from", "to", "back"]) {
    rmSync(at(name), { recursive: true, force: true });
    mkdirSync(at(name));
  }
});

describe.each(installed)("with the login shell %s", (name, path) => {
  let sshd: Sshd;
  let communicator: SshCommunicator;

  beforeAll(async () => {
    // As sshd starts the login shell of a user. No user has to be made for the test.
    const shell = name === "BusyBox ash" ? `${path} ash` : path;
    sshd = await startSshd([`ForceCommand exec ${shell} -c "$SSH_ORIGINAL_COMMAND"`]);
    communicator = await openSshCommunicator(communicatorOptions(sshd));
  });
  afterAll(async () => {
    await communicator.close();
    await sshd.stop();
  });

  test("files with difficult names are uploaded and downloaded, one by one and as directories", async () => {
    const content = Buffer.from("'line'\\n!! \"$x\"\n".repeat(10_000));
    mkdirSync(at("from", "tree"));
    for (const each of NAMES) writeFileSync(at("from", "tree", each), content);
    await communicator.uploadDirectory(at("from", "tree"), at("to"));
    await communicator.downloadDirectory(at("to", "tree"), at("back"));
    for (const each of NAMES) expect(readFileSync(at("back", "tree", each)).equals(content)).toBe(true);
    for (const each of NAMES.slice(1, 6)) {
      await communicator.uploadFile({ from: "file", path: at("from", "tree", each) }, at("to", each));
      await communicator.downloadFile(at("to", each), at("back", each));
      expect(readFileSync(at("back", each)).equals(content)).toBe(true);
    }
  });

  test("a failed upload reports the machine's reason", async () => {
    const upload = communicator.uploadFile({ from: "memory", content: Buffer.from("x"), mode: 0o600 }, "/nowhere/x");
    await expect(upload).rejects.toThrow(/"\/nowhere\/x": .*(No such file|nonexistent|cannot create)/);
  });

  test("the commands that bake-ami runs itself work", async () => {
    const { stdout } = await outputOf(communicator, LIST_COMMAND);
    expect(stdout).toContain(MARKS.end);
    for (const command of [SHUTDOWN_CHECK, CANCEL_DEAD_MAN]) {
      expect(await outputOf(communicator, command)).toMatchObject({ result: { code: 0 }, stderr: "" });
    }
    expect((await outputOf(communicator, clearCommand("ssh-ed25519 NoSuchKey test"))).result).toEqual({
      status: "exited",
      code: 0,
    });
  });

  test("a quoted path is one word", async () => {
    const words = NAMES.map(shellQuote).join(" ");
    expect((await outputOf(communicator, `printf '%s|' ${words}`)).stdout).toBe(
      Buffer.from(`${NAMES.join("|")}|`).toString("latin1"),
    );
  });
});
