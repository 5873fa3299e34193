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
import { archiveOf, type Member } from "../ssh/tar/archive.js";
import { temporaryFolder } from "../support/folder.js";
import { communicatorOptions } from "./connect.js";

/** Machines that send other files than those that were requested (CVE-2019-6111, CVE-2018-20685). */
const folder = temporaryFolder("hostile");
const at = (...names: string[]) => join(folder(), ...names);
const servers: Sshd[] = [];
let byTar: SshCommunicator;
let bySftp: SshCommunicator;

/** Writes a program that the machine runs in place of its own. */
function program(name: string, script: string): void {
  writeFileSync(at("bin", name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** Sets the archive that the machine's tar sends. */
function sends(...members: readonly Member[]): void {
  writeFileSync(at("archive"), archiveOf(...members));
  program("tar", `exec /bin/cat '${at("archive")}'`);
}

beforeAll(async () => {
  mkdirSync(at("bin"));
  const tar = await startSshd([`SetEnv PATH=${at("bin")}:/usr/bin:/bin BASH_ENV=`]);
  const server = join(import.meta.dirname, "../ssh/transfer/fake-sftp-server.mjs");
  const sftp = await startSshd([`ForceCommand exec ${process.execPath} ${server} ${at("tree.json")}`]);
  servers.push(tar, sftp);
  byTar = await openSshCommunicator(communicatorOptions(tar));
  bySftp = await openSshCommunicator(communicatorOptions(sftp, { fileTransfer: "sftp" }));
});

afterAll(async () => {
  await byTar.close();
  await bySftp.close();
  for (const server of servers) await server.stop();
});

beforeEach(() => {
  for (const name of ["from", "work", "outside", "bin"]) {
    rmSync(at(name), { recursive: true, force: true });
    mkdirSync(at(name));
  }
  mkdirSync(at("from/app/sub"), { recursive: true });
  writeFileSync(at("from/app/f"), "f", { mode: 0o644 });
  writeFileSync(at("from/app/run"), "run", { mode: 0o755 });
  // The destination is the workspace of a job.
  mkdirSync(at("work/.git/hooks"), { recursive: true });
  writeFileSync(at("work/package.json"), "{}");
  writeFileSync(at("outside/victim"), "untouched");
});

/** Downloads the directory of the application to the workspace. Returns the warnings. */
async function download(communicator: SshCommunicator, source = `${at("from/app")}/`): Promise<readonly string[]> {
  const warnings: string[] = [];
  await communicator.downloadDirectory(source, `${at("work")}/`, { onWarning: (text) => warnings.push(text) });
  return warnings;
}

/** Expects that nothing changed except below `app`. */
function expectUntouched(): void {
  expect(readdirSync(at("work")).filter((name) => name !== "app")).toEqual([".git", "package.json"]);
  expect(readdirSync(at("work/.git"), { recursive: true })).toEqual(["hooks"]);
  expect(readFileSync(at("work/package.json"), "utf8")).toBe("{}");
  expect(readdirSync(at("outside"))).toEqual(["victim"]);
  expect(readFileSync(at("outside/victim"), "utf8")).toBe("untouched");
}

const HOOK = { name: "./.git/hooks/post-checkout", mode: 0o755, content: "#!/bin/sh\n" };

describe("a tar that sends", () => {
  test.each<[string, Member[], string]>([
    ["a hook of Git", [HOOK], '".git" directory'],
    ["a file of the workspace", [{ name: "./package.json", content: "evil" }], '"package.json"'],
    ["a file and then a file of the workspace", [{ name: "./app/f" }, { name: "package.json" }], '"package.json"'],
    ["a directory of the workspace", [{ name: "src/", type: "5" }], '"src"'],
    ["a hook below the source", [{ ...HOOK, name: "./app/.git/hooks/x" }], '".git" directory'],
    ["a hook by another case", [{ ...HOOK, name: "./.GIT/hooks/x" }], '".git" directory'],
    ["a hook by the short name of NTFS", [{ ...HOOK, name: "app/git~1/hooks/x" }], '".git" directory'],
    ["a path upwards", [{ name: "app/../package.json" }], "points outside the destination"],
    ["an absolute path", [{ name: "/tmp/bake-ami-evil" }], "points outside the destination"],
    [
      "a path upwards in a long name",
      [{ name: "@", type: "L", content: "app/../../x" }, { name: "f" }],
      "points outside",
    ],
    ["a symbolic link", [{ name: "app/sub", type: "2", linkName: "../.git" }, HOOK], '"app/sub" is a symbolic link'],
    ["a hard link to a file of the runner", [{ name: "app/f", type: "1", linkName: "/etc/passwd" }], "points outside"],
    [
      "a hard link to a file of the workspace",
      [{ name: "app/f", type: "1", linkName: "package.json" }],
      "not sent before",
    ],
    ["a hard link upwards", [{ name: "app/f", type: "1", linkName: "app/../../outside/victim" }], "points outside"],
    [
      "a hard link with a name of the workspace",
      [{ name: "app/f" }, { name: "x", type: "1", linkName: "app/f" }],
      '"x"',
    ],
    ["a device", [{ name: "app/f", type: "3" }], '"app/f" is a device'],
    ["a name of 6 GiB", [{ name: "@", type: "L", size: "60000000000" }], "6442450944 bytes"],
    ["a name that forges a workflow command", [{ name: "x\n::add-path::/evil" }], '"x\\n::add-path::/evil"'],
  ])("%s is refused", async (_what, members, message) => {
    sends(...members);
    await expect(download(byTar)).rejects.toThrow(message);
    expectUntouched();
  });

  test("a file that was not listed: it is not written", async () => {
    sends(
      { name: "./app/", type: "5" },
      { name: "./app/f", content: "f" },
      { name: "./app/evil.sh", mode: 0o755, content: "x" },
    );
    expect(await download(byTar)).toEqual([
      expect.stringContaining(
        '1 files or directories, among them "app/evil.sh", that were not listed before were not written',
      ),
      expect.stringContaining(
        '2 files or directories, among them "app/sub", were removed while the directory was read',
      ),
    ]);
    expect(readdirSync(at("work/app"))).toEqual(["f"]);
    expectUntouched();
  });

  test("a file twice: the first is kept", async () => {
    sends({ name: "app/f", content: "f" }, { name: "app/f", content: "other" });
    await download(byTar);
    expect(readFileSync(at("work/app/f"), "utf8")).toBe("f");
  });

  test("a directory in place of a listed file: it is not written", async () => {
    sends({ name: "app/f/", type: "5" }, { name: "app/f/x", content: "x" });
    await download(byTar);
    expect(existsSync(at("work/app/f"))).toBe(false);
  });

  test("execute, setuid and sticky bits: only an execute bit that the source has is set", async () => {
    sends({ name: "app/f", mode: 0o7777, content: "f" }, { name: "app/run", mode: 0o7777, content: "run" });
    await download(byTar);
    expect(statSync(at("work/app/f")).mode & 0o7777).toBe(0o666);
    expect(statSync(at("work/app/run")).mode & 0o7777).toBe(0o777);
  });

  test.each([["outside"], [".git"]])("a file below a link of the workspace to %s: it is refused", async (target) => {
    sends({ name: "app/sub/", type: "5" }, { name: "app/sub/x", content: "x" });
    mkdirSync(at("from/app/sub"), { recursive: true });
    writeFileSync(at("from/app/sub/x"), "x");
    mkdirSync(at("work/app"));
    symlinkSync(target === "outside" ? at("outside") : "../.git", at("work/app/sub"));
    await expect(download(byTar)).rejects.toThrow("not followed");
    expectUntouched();
  });

  test("a file in place of a link of the workspace: the link is replaced", async () => {
    sends({ name: "app/f", content: "new" });
    mkdirSync(at("work/app"));
    symlinkSync(at("outside/victim"), at("work/app/f"));
    await download(byTar);
    expect(readFileSync(at("work/app/f"), "utf8")).toBe("new");
    expectUntouched();
  });
});

describe("a find that lists", () => {
  test.each([
    ["a hook of Git", "./.git/hooks/x", '".git" directory'],
    ["a path upwards", "./app/../x", "points outside"],
    ["a name that was not requested", "./package.json", '"package.json"'],
  ])("%s is refused, although tar sends the same", async (_what, name, message) => {
    program("find", `printf '%s\\0' '${name}'`);
    sends({ name, content: "x" });
    await expect(download(byTar)).rejects.toThrow(message);
    expectUntouched();
  });

  test.each([
    ["names without end", "while :; do printf './app/1\\0./app/2\\0./app/3\\0'; done", "more than 500000 files"],
    ["a name without end", "exec /bin/cat /dev/zero | tr '\\0' n", "a name that is too long"],
  ])("%s ends the download", async (_what, script, message) => {
    program("find", `case $2 in -prune) exit 0;; esac; ${script}`);
    sends({ name: "app/f" });
    await expect(download(byTar)).rejects.toThrow(message);
    expectUntouched();
  });
});

test("a tar that goes on after its end ends the download", async () => {
  sends({ name: "app/f", content: "f" });
  program("tar", `case $1 in -chf) ;; *) exit 2;; esac; /bin/cat '${at("archive")}'; exec /bin/cat /dev/zero`);
  await expect(download(byTar)).rejects.toThrow("data follows its end");
});

test("a glob accepts only names that match", async () => {
  program("find", "case $2 in -prune) exit 0;; esac; printf './package.json\\0'");
  sends({ name: "package.json", content: "evil" });
  await expect(download(byTar, at("from/app/*.log"))).rejects.toThrow(/not requested|No such file/);
  writeFileSync(at("from/app/a.log"), "log");
  await expect(download(byTar, at("from/app/*.log"))).rejects.toThrow('"package.json"');
  expectUntouched();
});

test("a file download writes just its destination, with mode 644", async () => {
  sends(HOOK);
  chmodSync(at("from/app/f"), 0o6777);
  await byTar.downloadFile(at("from/app/f"), at("work/app/f"));
  expect(readdirSync(at("work/app"))).toEqual(["f"]);
  expect(statSync(at("work/app/f")).mode & 0o7777).toBe(0o644);
  expectUntouched();
});

test("a shell that lists matches without end ends the download", async () => {
  const server = await startSshd(["ForceCommand exec /bin/cat /dev/zero"]);
  servers.push(server);
  const flooding = await openSshCommunicator(communicatorOptions(server, { fileTransfer: "sftp" }));
  try {
    await expect(download(flooding, "/app/*.log")).rejects.toThrow("the names that match are too long");
  } finally {
    await flooding.close();
  }
  expectUntouched();
});

describe("an SFTP server that sends", () => {
  const machine = (tree: Readonly<Record<string, object>>) => writeFileSync(at("tree.json"), JSON.stringify(tree));
  const app = (...names: readonly string[]) => ({ "/app": { names } });

  test.each<[string, Readonly<Record<string, object>>, string]>([
    ["a path as a name", { ...app("x", "../package.json"), "/app/x": { content: "x" } }, "a path as a file name"],
    ["a path downwards as a name", { ...app("sub/x"), "/app/sub/x": { content: "x" } }, "a path as a file name"],
    ["an absolute name", { ...app("/tmp/evil"), "/app//tmp/evil": { content: "x" } }, "a path as a file name"],
    ["an empty name", app(""), "a path as a file name"],
    [
      "a hook of Git",
      { ...app("x", ".Git"), "/app/x": { content: "x" }, "/app/.Git": { names: [] } },
      '".git" directory',
    ],
    ["a device", { ...app("dev"), "/app/dev": { content: "", mode: 0o20644 } }, "/app/dev"],
    ["a named pipe", { ...app("pipe"), "/app/pipe": { content: "", mode: 0o10644 } }, "/app/pipe"],
    ["fewer bytes than the file has", { ...app("f"), "/app/f": { content: "half", size: 1000 } }, "4 of 1000 bytes"],
    ["empty lists of names without end", { "/app": { names: [], endless: true } }, "an empty list of names"],
    ["names without end", { "/app": { names: Array(2000).fill("."), endless: true } }, "more than 500000 files"],
  ])("%s is refused", async (_what, tree, message) => {
    machine(tree);
    await expect(download(bySftp, "/app/")).rejects.toThrow(message);
    expectUntouched();
    expect(existsSync(at("work/app/x"))).toBe(false);
  });

  test("what was requested is accepted, without setuid", async () => {
    machine({
      ...app(".", "..", "f", "sub"),
      "/app/f": { content: "f", mode: 0o104755 },
      "/app/sub": { names: ["g"] },
      "/app/sub/g": { content: "g" },
    });
    expect(await download(bySftp, "/app/")).toEqual([]);
    expect(readdirSync(at("work/app"), { recursive: true }).sort()).toEqual(["f", "sub", "sub/g"]);
    expect(statSync(at("work/app/f")).mode & 0o7777).toBe(0o755);
    expectUntouched();
  });

  test("a file below a link of the workspace is refused", async () => {
    machine({ ...app("sub"), "/app/sub": { names: ["x"] }, "/app/sub/x": { content: "x" } });
    mkdirSync(at("work/app"));
    symlinkSync("../.git", at("work/app/sub"));
    await expect(download(bySftp, "/app/")).rejects.toThrow("not followed");
    expectUntouched();
  });
});
