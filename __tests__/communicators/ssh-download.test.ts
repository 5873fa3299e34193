import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect } from "@jest/globals";
import { openSshCommunicator, type SshCommunicator } from "../../src/communicators/ssh.js";
import { describe, test } from "../ssh/openssh.js";
import { type Sshd, startSshd } from "../ssh/sshd.js";
import { temporaryFolder } from "../support/folder.js";
import { communicatorOptions } from "./connect.js";

const BUSYBOX = ["/bin/busybox", "/usr/bin/busybox"].find((path) => existsSync(path));

const folder = temporaryFolder("download");
const at = (...names: string[]) => join(folder(), ...names);
const servers: Sshd[] = [];
const communicators: Record<string, SshCommunicator> = {};

/** Starts a server whose PATH is one directory with the given programs: links to others, or scripts. */
async function machine(name: string, programs: Readonly<Record<string, string>>): Promise<Sshd> {
  mkdirSync(at(name));
  for (const [program, what] of Object.entries(programs)) {
    if (what.startsWith("/")) symlinkSync(what, at(name, program));
    else writeFileSync(at(name, program), `#!/bin/sh\n${what}\n`, { mode: 0o755 });
  }
  const server = await startSshd([`SetEnv PATH=${at(name)} BASH_ENV=`]);
  servers.push(server);
  return server;
}

const TOOLS = [
  "cat",
  "dd",
  "dirname",
  "basename",
  "sh",
  "printf",
  "wc",
  "tee",
  "sha256sum",
  "find",
  "tar",
  "head",
  "sleep",
];
const gnu = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, execFileSync("which", [name], { encoding: "utf8" }).trim()]));
const open = (server: Sshd, fileTransfer: "scp" | "sftp" = "scp") =>
  openSshCommunicator(communicatorOptions(server, { fileTransfer }));

beforeAll(async () => {
  const plain = await machine("gnu", gnu(...TOOLS));
  communicators.tar = await open(plain);
  communicators.sftp = await open(plain, "sftp");
  communicators["no find"] = await open(await machine("no-find", gnu(...TOOLS.filter((name) => name !== "find"))));
  if (BUSYBOX) {
    const tools = Object.fromEntries(TOOLS.map((name) => [name, BUSYBOX]));
    communicators.busybox = await open(await machine("busybox", tools));
  }
  communicators.changed = await open(await machine("changed", gnu(...TOOLS)));
});

afterAll(async () => {
  for (const communicator of Object.values(communicators)) await communicator.close();
  for (const server of servers) await server.stop();
});

beforeEach(() => {
  for (const name of ["from", "to"]) {
    rmSync(at(name), { recursive: true, force: true });
    mkdirSync(at(name));
  }
});

function by(way: string): SshCommunicator {
  const communicator = communicators[way];
  if (!communicator) throw new Error(`no communicator for ${way}`);
  return communicator;
}

/** Downloads a directory. Returns the warnings. */
async function download(way: string, source: string): Promise<readonly string[]> {
  const warnings: string[] = [];
  await by(way).downloadDirectory(source, at("to"), { onWarning: (text) => warnings.push(text) });
  return warnings;
}

describe.each(["tar", "sftp", "no find", ...(BUSYBOX ? ["busybox"] : [])])("by %s", (way) => {
  test("all names of a file arrive: hard links, and links next to their targets, in any order", async () => {
    mkdirSync(at("from/app/sub"), { recursive: true });
    writeFileSync(at("from/app/m"), "content", { mode: 0o750 });
    for (const name of ["a-hard", "z-hard", "sub/hard"]) linkSync(at("from/app/m"), at("from/app", name));
    for (const name of ["b-soft", "y-soft"]) symlinkSync("m", at("from/app", name));
    symlinkSync("../m", at("from/app/sub/soft"));
    symlinkSync("sub", at("from/app/dir"));
    expect(await download(way, `${at("from/app")}/`)).toEqual([]);
    const names = ["a-hard", "b-soft", "dir", "m", "sub", "y-soft", "z-hard"];
    expect(readdirSync(at("to/app")).sort()).toEqual(names);
    for (const name of [...names.filter((each) => !["dir", "sub"].includes(each)), "sub/soft", "dir/hard"]) {
      expect(readFileSync(at("to/app", name), "utf8")).toBe("content");
      expect(statSync(at("to/app", name)).mode & 0o777).toBe(0o750);
    }
  });

  test.each([
    ["a directory with a slash", "app/"],
    ["a directory without one", "app"],
    ["a glob", "ap*"],
  ])("%s arrives below its name", async (_what, source) => {
    mkdirSync(at("from/app"));
    writeFileSync(at("from/app/f"), "x");
    await download(way, at("from", source) + (source.endsWith("/") ? "/" : ""));
    expect(readFileSync(at("to/app/f"), "utf8")).toBe("x");
  });

  test("the contents of /. arrive in the destination", async () => {
    writeFileSync(at("from/f"), "x");
    await download(way, `${at("from")}/.`.concat("/"));
    expect(readFileSync(at("to/f"), "utf8")).toBe("x");
  });

  test("a named pipe is an error that names it", async () => {
    mkdirSync(at("from/app"));
    writeFileSync(at("from/app/a"), "x");
    execFileSync("mkfifo", [at("from/app/pipe")]);
    await expect(download(way, at("from/app/"))).rejects.toMatchObject({
      code: "transfer-failed",
      message: expect.stringMatching(/app\/pipe/),
      hint: expect.stringMatching(/\w/),
    });
  });

  test("setuid, setgid and sticky do not arrive", async () => {
    mkdirSync(at("from/app"));
    writeFileSync(at("from/app/f"), "x");
    chmodSync(at("from/app/f"), 0o6755);
    chmodSync(at("from/app"), 0o1777);
    await download(way, at("from/app/"));
    expect(statSync(at("to/app/f")).mode & 0o7777).toBe(0o755);
    expect(statSync(at("to/app")).mode & 0o7000).toBe(0);
  });

  test(".git is refused before anything is written", async () => {
    mkdirSync(at("from/app/.git/hooks"), { recursive: true });
    writeFileSync(at("from/app/.git/hooks/post-checkout"), "#!/bin/sh\n", { mode: 0o755 });
    await expect(download(way, at("from/app/"))).rejects.toMatchObject({
      code: "download-refused",
      message: expect.stringContaining('a ".git" directory, which is not downloaded'),
    });
    expect(existsSync(at("to/app/.git"))).toBe(false);
  });

  test("a large file and a directory of files arrive, byte by byte", async () => {
    mkdirSync(at("from/app"));
    const content = Buffer.alloc(20_000_001, "0123456789abcdef\n");
    for (const name of ["a", "b"]) writeFileSync(at("from/app", name), content);
    await download(way, at("from/app/"));
    await by(way).downloadFile(at("from/app/a"), at("to/single"));
    const digest = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
    const expected = createHash("sha256").update(content).digest("hex");
    expect(["to/app/a", "to/app/b", "to/single"].map((path) => digest(at(path)))).toEqual(Array(3).fill(expected));
  });
});

test("a directory of a user with another name of the home directory is refused", async () => {
  await expect(download("tar", "~nobody-of-this-machine/")).rejects.toThrow(/No such file/);
});

test("a file that grows while it is read is a warning, and the file arrives as it was", async () => {
  // More than the channel's window and the buffers of the system hold, so that tar has not reached the end when the first bytes arrive.
  const SIZE = 40_000_000;
  mkdirSync(at("from/app"));
  writeFileSync(at("from/app/log"), Buffer.alloc(SIZE, "x"));
  writeFileSync(at("from/app/other"), "other");
  // Appends to the log as soon as the first bytes arrive: tar waits for the reader with its end.
  let grown = false;
  const warnings: string[] = [];
  await by("tar").downloadDirectory(at("from/app/"), at("to"), {
    onProgress() {
      if (!grown) appendFileSync(at("from/app/log"), "more");
      grown = true;
    },
    onWarning: (text) => warnings.push(text),
  });
  expect(warnings).toEqual([expect.stringMatching(/app\/log: file changed as we read it$/)]);
  expect(statSync(at("to/app/log")).size).toBe(SIZE);
  expect(readFileSync(at("to/app/other"), "utf8")).toBe("other");
});

test("an unreadable directory is an error, with what tar reported", async () => {
  rmSync(at("changed", "tar"), { force: true });
  writeFileSync(at("changed", "tar"), "#!/bin/sh\necho 'tar: ./app/x: Cannot open: Permission denied' >&2; exit 2\n", {
    mode: 0o755,
  });
  mkdirSync(at("from/app"));
  await expect(download("changed", at("from/app/"))).rejects.toThrow("./app/x: Cannot open: Permission denied");
});

test("a warning of the machine without an end of line does not hide the digest", async () => {
  rmSync(at("changed", "tar"), { force: true });
  const { tar = "" } = gnu("tar");
  writeFileSync(at("changed", "tar"), `#!/bin/sh\nprintf 'no translation' >&2; exec ${tar} "$@"\n`, { mode: 0o755 });
  mkdirSync(at("from/app"));
  writeFileSync(at("from/app/f"), "x");
  expect(await download("changed", at("from/app/"))).toEqual([]);
  expect(readFileSync(at("to/app/f"), "utf8")).toBe("x");
});

test("a socket is a warning", async () => {
  mkdirSync(at("from/app"));
  const server = createServer();
  await new Promise<void>((done) => server.listen(at("from/app/socket"), done));
  expect(await download("tar", at("from/app/"))).toEqual([expect.stringMatching(/socket: socket ignored$/)]);
  expect(await download("sftp", at("from/app/"))).toEqual([expect.stringMatching(/socket": socket ignored$/)]);
  await new Promise((done) => server.close(done));
});

describe("bytes that are lost on the way", () => {
  // `tee` stands for the route: its copy to the connection is shortened or changed, its copy to the digest is not.
  const REAL_TEE = execFileSync("which", ["tee"], { encoding: "utf8" }).trim();
  const route = (command: string) => {
    rmSync(at("changed", "tee"), { force: true });
    writeFileSync(at("changed", "tee"), `#!/bin/sh\n${REAL_TEE} "$@" | ${command}\n`, { mode: 0o755 });
    rmSync(at("changed", "tar"), { force: true });
    symlinkSync(execFileSync("which", ["tar"], { encoding: "utf8" }).trim(), at("changed", "tar"));
    for (const [name, path] of Object.entries(gnu("head", "sed", "sha256sum", "cat"))) {
      rmSync(at("changed", name), { force: true });
      symlinkSync(path, at("changed", name));
    }
  };

  test.each([
    ["the end", "{ head -c 1500000; cat >/dev/null; }"],
    ["one byte", "{ head -c 1999999; cat >/dev/null; }"],
    ["nothing but a changed byte", "sed 1s/x/y/"],
  ])("a file without %s is an error, and is removed", async (_what, command) => {
    route(command);
    writeFileSync(at("from/f"), Buffer.alloc(2_000_000, "x"));
    await expect(by("changed").downloadFile(at("from/f"), at("to/f"))).rejects.toMatchObject({
      code: "transfer-damaged",
      message: expect.stringMatching(/Could not download ".*\/from\/f": the \d+ bytes that arrived/),
    });
    expect(existsSync(at("to/f"))).toBe(false);
  });

  test("without sha256sum on the machine the numbers of bytes are compared", async () => {
    route("{ head -c 1500000; cat >/dev/null; }");
    rmSync(at("changed", "sha256sum"));
    writeFileSync(at("from/f"), Buffer.alloc(2_000_000, "x"));
    await expect(by("changed").downloadFile(at("from/f"), at("to/f"))).rejects.toThrow(
      "1500000 of 2000000 bytes arrived",
    );
    route("cat");
    await by("changed").downloadFile(at("from/f"), at("to/f"));
    expect(statSync(at("to/f")).size).toBe(2_000_000);
  });

  test("a directory whose content changed on the way is an error", async () => {
    route("sed s/xxx/xyx/");
    mkdirSync(at("from/app"));
    writeFileSync(at("from/app/f"), Buffer.alloc(2_000_000, "x"));
    await expect(download("changed", at("from/app/"))).rejects.toMatchObject({ code: "transfer-damaged" });
  });

  test("a machine without tee sends files without a check", async () => {
    route("cat");
    rmSync(at("changed", "tee"));
    writeFileSync(at("from/f"), "x");
    await by("changed").downloadFile(at("from/f"), at("to/f"));
    expect(readFileSync(at("to/f"), "utf8")).toBe("x");
  });
});
