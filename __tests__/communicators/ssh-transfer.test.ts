import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect } from "@jest/globals";
import { openSshCommunicator, type SshCommunicator } from "../../src/communicators/ssh.js";
import { Cancelled } from "../../src/core/errors.js";
import { describe, test } from "../ssh/openssh.js";
import { type Sshd, startSshd } from "../ssh/sshd.js";
import { temporaryFolder } from "../support/folder.js";
import { communicatorOptions } from "./connect.js";

/** BusyBox's tar is different from GNU's. It is tested if it is installed. */
const BUSYBOX = ["/bin/busybox", "/usr/bin/busybox"].find((path) => existsSync(path));

const folder = temporaryFolder("transfer");
/** Programs that transfers need on the machine in addition to tar. */
const TOOLS = ["cat", "dd", "chmod", "mkdir", "dirname", "basename", "sh", "printf"];

let sshd: Sshd;
/** A server whose PATH has no tar. */
let bare: Sshd;
let busybox: Sshd | undefined;
const communicators: Record<string, SshCommunicator> = {};

beforeAll(async () => {
  sshd = await startSshd();
  const bin = join(folder(), "bin");
  mkdirSync(bin);
  for (const tool of TOOLS) {
    symlinkSync(execFileSync("which", [tool], { encoding: "utf8" }).trim(), join(bin, tool));
  }
  bare = await startSshd([`SetEnv PATH=${bin} BASH_ENV=`]);
  if (BUSYBOX) {
    mkdirSync(join(folder(), "busybox"));
    for (const tool of [...TOOLS, "tar"]) symlinkSync(BUSYBOX, join(folder(), "busybox", tool));
    busybox = await startSshd([`SetEnv PATH=${join(folder(), "busybox")} BASH_ENV=`]);
    communicators.busybox = await openSshCommunicator(communicatorOptions(busybox));
  }
  communicators.tar = await openSshCommunicator(communicatorOptions(sshd));
  communicators.sftp = await openSshCommunicator(communicatorOptions(sshd, { fileTransfer: "sftp" }));
  communicators["no tar"] = await openSshCommunicator(communicatorOptions(bare));
});

afterAll(async () => {
  for (const communicator of Object.values(communicators)) await communicator.close();
  await sshd.stop();
  await bare.stop();
  await busybox?.stop();
});

beforeEach(() => {
  for (const name of ["from", "to", "back"]) {
    rmSync(join(folder(), name), { recursive: true, force: true });
    mkdirSync(join(folder(), name));
  }
});

const at = (...names: string[]) => join(folder(), ...names);

const WAYS = ["tar", "sftp", "no tar", ...(BUSYBOX ? ["busybox"] : [])];

function by(way: string): SshCommunicator {
  const communicator = communicators[way];
  if (!communicator) throw new Error(`no communicator for ${way}`);
  return communicator;
}

/** Names that are difficult for shells, tar headers and terminals. */
const NAMES = [
  "plain.txt",
  "with space",
  "quote'single",
  'quote"double',
  "back\\slash",
  "new\nline",
  "tab\there",
  "dollar$HOME`id`",
  "-leading-dash",
  "--checkpoint-action=exec=id",
  "*?[a-z]",
  "~tilde",
  "ünïcødé-日本語-🎉",
  ".hidden",
  "a".repeat(99),
  "b".repeat(100),
  "c".repeat(101),
  "d".repeat(255),
  `é${"é".repeat(60)}`,
];

describe.each(WAYS)("by %s", (way) => {
  test.each(NAMES)("a file named %j is uploaded and downloaded", async (name) => {
    writeFileSync(at("from", name), `content of ${name}`);
    await by(way).uploadFile({ from: "file", path: at("from", name) }, at("to", name));
    expect(readFileSync(at("to", name), "utf8")).toBe(`content of ${name}`);
    await by(way).downloadFile(at("to", name), at("back", name));
    expect(readFileSync(at("back", name), "utf8")).toBe(`content of ${name}`);
  });

  test("a directory with all those names is uploaded and downloaded", async () => {
    const deep = at("from", "tree", "f".repeat(200), "g".repeat(200));
    mkdirSync(deep, { recursive: true });
    for (const name of NAMES) {
      writeFileSync(at("from", "tree", name), name);
      writeFileSync(join(deep, name), name.repeat(10));
    }
    await by(way).uploadDirectory(at("from", "tree"), at("to"));
    expect(listing(at("to", "tree"))).toEqual(listing(at("from", "tree")));
    await by(way).downloadDirectory(at("to", "tree"), at("back"));
    expect(listing(at("back", "tree"))).toEqual(listing(at("from", "tree")));
  });

  test("modes without the umask's bits and empty directories are kept, links are followed, sizes at block limits are correct", async () => {
    mkdirSync(at("from", "t/empty"), { recursive: true });
    chmodSync(at("from", "t/empty"), 0o711);
    for (const mode of [0o400, 0o644, 0o666, 0o755, 0o777]) {
      writeFileSync(at("from", "t", mode.toString(8)), "x", { mode });
      chmodSync(at("from", "t", mode.toString(8)), mode);
    }
    for (const size of [0, 1, 511, 512, 513, 262_144, 262_145, 1_048_576, 1_048_577, 3_000_000]) {
      writeFileSync(at("from", "t", `size-${size}`), Buffer.alloc(size, "y"));
    }
    mkdirSync(at("from", "elsewhere"));
    writeFileSync(at("from", "elsewhere", "inside"), "linked");
    symlinkSync("../elsewhere", at("from", "t/link-to-folder"));
    symlinkSync("../elsewhere/inside", at("from", "t/link-to-file"));
    chmodSync(at("from", "t"), 0o750);
    await by(way).uploadDirectory(at("from", "t"), at("to"));
    const mask = way === "sftp" ? 0 : process.umask();
    const expected = listing(at("from", "t")).map(([name, mode, content]) => [name, mode & ~mask, content]);
    expect(listing(at("to", "t"))).toEqual(expected);
    expect(lstatSync(at("to", "t/link-to-file")).isSymbolicLink()).toBe(false);
    expect(statSync(at("to", "t")).mode & 0o777).toBe(0o750);
  });

  describe("the slash rule", () => {
    beforeEach(() => {
      mkdirSync(at("from", "app/sub"), { recursive: true });
      writeFileSync(at("from", "app/sub/file"), "x");
    });

    test("without a slash the directory is put below the destination", async () => {
      await by(way).uploadDirectory(at("from", "app"), at("to"));
      expect(existsSync(at("to", "app/sub/file"))).toBe(true);
    });

    test("with a slash only its contents are", async () => {
      await by(way).uploadDirectory(`${at("from", "app")}/`, at("to"));
      expect(existsSync(at("to", "sub/file"))).toBe(true);
    });

    test("without a slash a missing destination becomes the directory, as with scp", async () => {
      await by(way).uploadDirectory(at("from", "app"), at("to", "fresh"));
      expect(existsSync(at("to", "fresh/sub/file"))).toBe(true);
    });

    test("with a slash the destination must exist", async () => {
      const upload = by(way).uploadDirectory(`${at("from", "app")}/`, at("to", "missing"));
      await expect(upload).rejects.toMatchObject({
        code: "destination-missing",
        hint: expect.stringContaining("Create the directory with a shell provisioner"),
      });
    });

    test("a file does not replace a directory", async () => {
      const upload = by(way).uploadFile({ from: "file", path: at("from", "app/sub/file") }, at("to"));
      await expect(upload).rejects.toMatchObject({
        code: "destination-is-directory",
        hint: expect.stringContaining(`"${at("to")}/"`),
      });
    });
  });

  test("an existing directory keeps its mode, and a link to a directory stays a link", async () => {
    mkdirSync(at("from", "etc/conf.d"), { recursive: true });
    mkdirSync(at("from", "lib"));
    writeFileSync(at("from", "etc/conf.d/a"), "new");
    writeFileSync(at("from", "lib/x"), "x");
    mkdirSync(at("to", "etc/conf.d"), { recursive: true });
    chmodSync(at("to", "etc/conf.d"), 0o1777);
    mkdirSync(at("to", "usr/lib"), { recursive: true });
    symlinkSync("usr/lib", at("to", "lib"));
    writeFileSync(at("to", "etc/conf.d/a"), "old and longer");
    await by(way).uploadDirectory(`${at("from")}/`, at("to"));
    expect(statSync(at("to", "etc/conf.d")).mode & 0o7777).toBe(0o1777);
    expect(readlinkSync(at("to", "lib"))).toBe("usr/lib");
    expect(existsSync(at("to", "usr/lib/x"))).toBe(true);
    expect(readFileSync(at("to", "etc/conf.d/a"), "utf8")).toBe("new");
  });

  test("content from memory has the requested mode", async () => {
    await by(way).uploadFile({ from: "memory", content: Buffer.from("secret"), mode: 0o600 }, at("to", "secret"));
    expect(statSync(at("to", "secret")).mode & 0o777).toBe(0o600);
  });

  test("progress ends at the size", async () => {
    writeFileSync(at("from", "big"), Buffer.alloc(3_000_000));
    const seen: (readonly [number, number | undefined])[] = [];
    const onProgress = (bytes: number, total: number | undefined) => seen.push([bytes, total]);
    await by(way).uploadFile({ from: "file", path: at("from", "big") }, at("to", "big"), { onProgress });
    expect(seen.at(-1)).toEqual([3_000_000, 3_000_000]);
    await by(way).uploadDirectory(at("from"), at("to"), { onProgress });
    expect(seen.at(-1)?.[0]).toBe(3_000_000);
    await by(way).downloadFile(at("to", "big"), at("back", "big"), { onProgress });
    expect(seen.at(-1)?.[0]).toBe(3_000_000);
  });

  test("an abort rejects with its reason, and the connection stays open", async () => {
    writeFileSync(at("from", "big"), Buffer.alloc(30_000_000));
    const controller = new AbortController();
    const given = { signal: controller.signal, onProgress: () => controller.abort(new Cancelled("enough")) };
    await expect(by(way).uploadDirectory(at("from"), at("to"), given)).rejects.toThrow("enough");
    await by(way).uploadFile({ from: "memory", content: Buffer.from("ok"), mode: 0o644 }, at("to", "after"));
    expect(readFileSync(at("to", "after"), "utf8")).toBe("ok");
  });

  test("a failed download leaves no partial file", async () => {
    const download = by(way).downloadFile(at("to", "missing"), at("back", "half"));
    await expect(download).rejects.toMatchObject({ message: expect.stringMatching(/no such file/i) });
    expect(existsSync(at("back", "half"))).toBe(false);
  });

  test("a directory is not downloaded as a file", async () => {
    const download = by(way).downloadFile(at("to"), at("back", "x"));
    await expect(download).rejects.toMatchObject({
      code: "source-is-directory",
      hint: expect.stringContaining("to download the directory"),
    });
  });

  test("a glob downloads its matches", async () => {
    mkdirSync(at("to", "logs dir"));
    for (const name of ["a.log", "b c.log", "d.txt"]) writeFileSync(at("to", "logs dir", name), name);
    mkdirSync(at("to", "logs dir", "e.log"));
    writeFileSync(at("to", "logs dir", "e.log", "inner"), "inner");
    await by(way).downloadDirectory(at("to", "logs dir", "*.log"), at("back"));
    expect(readdirSync(at("back")).sort()).toEqual(["a.log", "b c.log", "e.log"]);
    expect(readFileSync(at("back", "e.log", "inner"), "utf8")).toBe("inner");
  });

  test("a glob without a match is an error", async () => {
    await expect(by(way).downloadDirectory(at("to", "*.none"), at("back"))).rejects.toThrow(
      /No such file|no-glob|is no directory/,
    );
  });
});

test("the machine without tar has no tar", async () => {
  expect(await by("no tar").exec("command -v tar")).toEqual({ status: "exited", code: 1 });
});

test.each<[string, () => void, RegExp]>([
  ["a broken link", () => symlinkSync("nowhere", at("from", "dangling")), /dangling" cannot be read/],
  ["a circular link", () => symlinkSync("..", at("from", "circle")), /is a link to one of its parent directories/],
  ["a named pipe", () => execFileSync("mkfifo", [at("from", "pipe")]), /is neither a file nor a directory/],
])("%s is refused by name", async (name, make, message) => {
  make();
  // Each in a separate directory: the machine may still process what was sent before the error.
  const destination = at(`refused ${name}`);
  mkdirSync(destination, { recursive: true });
  await expect(by("tar").uploadDirectory(at("from"), destination)).rejects.toThrow(message);
});

test("ten thousand small files are uploaded completely", async () => {
  for (let n = 0; n < 10_000; n++) writeFileSync(at("from", `file-${n}`), `${n}`.repeat(n % 50));
  await by("tar").uploadDirectory(`${at("from")}/`, at("to"));
  expect(listing(at("to"))).toEqual(listing(at("from")));
});

/** Returns every path below a directory with its mode and content. */
function listing(root: string): readonly (readonly [string, number, string])[] {
  const entries = readdirSync(root, { recursive: true, encoding: "utf8" }).sort();
  return [...new Set([...entries, ...followed(root, entries)])].sort().map((name) => {
    const path = join(root, name);
    const stats = statSync(path);
    return [name, stats.mode & 0o777, stats.isFile() ? readFileSync(path, "latin1") : "folder"];
  });
}

function followed(root: string, entries: readonly string[]): string[] {
  return entries
    .filter((name) => lstatSync(join(root, name)).isSymbolicLink() && statSync(join(root, name)).isDirectory())
    .flatMap((name) => readdirSync(join(root, name)).map((below) => join(name, below)));
}
