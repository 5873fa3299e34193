import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect } from "@jest/globals";
import { openSshCommunicator, type SshCommunicator } from "../../src/communicators/ssh.js";
import { describe, test } from "../ssh/openssh.js";
import { type Sshd, startSshd } from "../ssh/sshd.js";
import { temporaryFolder } from "../support/folder.js";
import { communicatorOptions } from "./connect.js";

const BUSYBOX = ["/bin/busybox", "/usr/bin/busybox"].find((path) => existsSync(path));
const PROGRAMS = ["cat", "chmod", "dd", "mkdir", "dirname", "sh", "printf"];

const folder = temporaryFolder("modes");
const at = (...names: string[]) => join(folder(), ...names);
const servers: Sshd[] = [];
const communicators: Record<string, SshCommunicator> = {};

/** Opens a communicator to a server whose commands run after `prelude`, a line of shell. */
async function open(way: string, prelude: string, fileTransfer: "scp" | "sftp" = "scp"): Promise<void> {
  const sshd = await startSshd(prelude === "" ? [] : [`ForceCommand ${prelude} eval "$SSH_ORIGINAL_COMMAND"`]);
  servers.push(sshd);
  communicators[way] = await openSshCommunicator(communicatorOptions(sshd, { fileTransfer }));
}

/** Makes a directory with links to programs. */
function programs(name: string, all: readonly string[], target: (program: string) => string): string {
  mkdirSync(at(name));
  for (const program of all) symlinkSync(target(program), at(name, program));
  return at(name);
}

const which = (program: string) => execFileSync("which", [program], { encoding: "utf8" }).trim();

beforeAll(async () => {
  await open("tar", "umask 022;");
  await open("tar, umask 027", "umask 027;");
  await open("sftp", "", "sftp");
  const bare = await startSshd([`SetEnv PATH=${programs("bare", PROGRAMS, which)} BASH_ENV=`]);
  servers.push(bare);
  communicators["no tar"] = await openSshCommunicator(communicatorOptions(bare));
  if (BUSYBOX) {
    const path = programs("busybox", [...PROGRAMS, "tar"], () => BUSYBOX);
    await open("busybox", `umask 027; PATH=${path};`);
  }
});

afterAll(async () => {
  for (const communicator of Object.values(communicators)) await communicator.close();
  for (const sshd of servers) await sshd.stop();
});

beforeEach(() => {
  for (const name of ["from", "to", "scp"]) {
    rmSync(at(name), { recursive: true, force: true });
    mkdirSync(at(name));
  }
});

/** The ways that behave as scp does, and the umask of their logins. */
const WAYS: readonly (readonly [string, number])[] = [
  ["tar", 0o022],
  ["tar, umask 027", 0o027],
  ["no tar", process.umask()],
  ...(BUSYBOX ? ([["busybox", 0o027]] as const) : []),
];

function by(way: string): SshCommunicator {
  const communicator = communicators[way];
  if (!communicator) throw new Error(`no communicator for ${way}`);
  return communicator;
}

const octal = (mode: number) => mode.toString(8).padStart(4, "0");

/** Runs the receiving side of scp in a directory, with the records that Packer sends (`scp -rt`). */
function scpReceives(directory: string, umask: number, records: readonly string[]): void {
  const script = `umask ${octal(umask)}; exec scp -rt "$0"`;
  execFileSync("sh", ["-c", script, directory], { input: records.join(""), stdio: ["pipe", "pipe", "inherit"] });
}

const fileRecord = (mode: number, name: string) => `C${octal(mode)} 1 ${name}\nx\0`;
const directoryRecord = (mode: number, name: string) => `D${octal(mode)} 0 ${name}\nE\n`;

/** Returns `name mode` of each entry. */
function modesIn(directory: string): readonly string[] {
  return readdirSync(directory)
    .sort()
    .map((name) => `${name} ${octal(statSync(join(directory, name)).mode & 0o7777)}`);
}

/** All 512 modes. Other users than root can only send what they can read. */
const ALL = Array.from({ length: 512 }, (_, mode) => mode).filter(
  (mode) => process.getuid?.() === 0 || (mode & 0o500) === 0o500,
);

/** Makes a file and a directory of each mode. */
function makeTree(directory: string): void {
  for (const mode of ALL) {
    writeFileSync(join(directory, `f${octal(mode)}`), "x");
    chmodSync(join(directory, `f${octal(mode)}`), mode);
    mkdirSync(join(directory, `d${octal(mode)}`));
    chmodSync(join(directory, `d${octal(mode)}`), mode);
  }
}

describe.each(WAYS)("by %s", (way, umask) => {
  test("a directory with files and directories of all 512 modes arrives as by scp", async () => {
    makeTree(at("from"));
    await by(way).uploadDirectory(`${at("from")}/`, at("to"));
    scpReceives(
      at("scp"),
      umask,
      ALL.flatMap((mode) => [fileRecord(mode, `f${octal(mode)}`), directoryRecord(mode, `d${octal(mode)}`)]),
    );
    expect(modesIn(at("to"))).toEqual(modesIn(at("scp")));
    expect(modesIn(at("to"))).toHaveLength(2 * ALL.length);
  });

  test("the uploaded directory itself has its mode as by scp, and an existing one keeps its mode", async () => {
    for (const [name, mode] of [
      ["open", 0o777],
      ["group", 0o775],
    ] as const) {
      mkdirSync(at("from", name));
      writeFileSync(at("from", name, "file"), "x");
      chmodSync(at("from", name), mode);
    }
    mkdirSync(at("to", "group"));
    chmodSync(at("to", "group"), 0o3711);
    for (const name of ["open", "group"]) await by(way).uploadDirectory(at("from", name), at("to"));
    expect(modesIn(at("to"))).toEqual(["group 3711", `open ${octal(0o777 & ~umask)}`]);
  });

  test("an existing file of a single upload keeps its mode and its links, as by scp", async () => {
    for (const directory of ["to", "scp"]) {
      writeFileSync(at(directory, "old"), "much older content");
      chmodSync(at(directory, "old"), 0o640);
      symlinkSync("old", at(directory, "link"));
    }
    writeFileSync(at("from", "new"), "x");
    chmodSync(at("from", "new"), 0o755);
    await by(way).uploadFile({ from: "file", path: at("from", "new") }, at("to", "link"));
    scpReceives(at("scp"), umask, [fileRecord(0o755, "link")]);
    expect(modesIn(at("to"))).toEqual(modesIn(at("scp")));
    expect(readFileSync(at("to", "old"), "utf8")).toBe("x");
  });
});

test.each([["tar", 0o022], ["tar, umask 027", 0o027], ...(BUSYBOX ? ([["busybox", 0o027]] as const) : [])])(
  "single files by %s arrive as by scp",
  async (way, umask) => {
    const modes = [0o444, 0o600, 0o644, 0o664, 0o755, 0o777];
    for (const mode of modes) {
      const name = `f${octal(mode)}`;
      writeFileSync(at("from", name), "x");
      chmodSync(at("from", name), mode);
      await by(way).uploadFile({ from: "file", path: at("from", name) }, at("to", name));
    }
    const records = modes.map((mode) => fileRecord(mode, `f${octal(mode)}`));
    scpReceives(at("scp"), umask, records);
    expect(modesIn(at("to"))).toEqual(modesIn(at("scp")));
  },
);

test("with the sftp method all 512 modes are exact, also of files that exist, as Packer sets them", async () => {
  makeTree(at("from"));
  for (const name of ["f0755", "f0600"]) writeFileSync(at("to", name), "old");
  await by("sftp").uploadDirectory(`${at("from")}/`, at("to"));
  expect(modesIn(at("to"))).toEqual(modesIn(at("from")));
});
