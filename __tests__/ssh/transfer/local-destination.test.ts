import {
  chmodSync,
  existsSync,
  linkSync,
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
import { beforeEach, describe, expect, test } from "@jest/globals";
import { createLocalFile, type LocalFile, localTree } from "../../../src/ssh/transfer/local-destination.js";
import { temporaryFolder } from "../../support/folder.js";

const folder = temporaryFolder("local-destination");
const root = (...names: string[]) => join(folder(), "root", ...names);
const outside = (...names: string[]) => join(folder(), "outside", ...names);

beforeEach(() => {
  for (const name of ["root", "outside"]) {
    rmSync(join(folder(), name), { recursive: true, force: true });
    mkdirSync(join(folder(), name));
  }
  writeFileSync(outside("victim"), "untouched");
});

async function put(file: Promise<LocalFile>, content: string): Promise<void> {
  const opened = await file;
  await opened.write(Buffer.from(content));
  await opened.close();
}

describe("below a destination", () => {
  test("directories and files are created, with their modes", async () => {
    const tree = localTree(root());
    await tree.directory(["a", "b"], 0o511);
    await put(tree.file(["a", "b", "c"], 0o640), "content");
    await put(tree.file(["new", "d"], 0o400), "d");
    expect(readFileSync(root("a/b/c"), "utf8")).toBe("content");
    expect(statSync(root("a/b")).mode & 0o777).toBe(0o711);
    expect(statSync(root("a/b/c")).mode & 0o777).toBe(0o640);
    expect(statSync(root("new/d")).mode & 0o777).toBe(0o400);
  });

  test("an existing directory keeps its mode, an existing file is replaced", async () => {
    mkdirSync(root("a"));
    chmodSync(root("a"), 0o700);
    writeFileSync(root("a/f"), "old and longer", { mode: 0o400 });
    const tree = localTree(root());
    await tree.directory(["a"], 0o777);
    await put(tree.file(["a", "f"], 0o644), "new");
    expect(readFileSync(root("a/f"), "utf8")).toBe("new");
    expect(statSync(root("a")).mode & 0o777).toBe(0o700);
  });

  test.each([
    ["as a directory", "link", (tree: ReturnType<typeof localTree>) => tree.directory(["link"], 0o755)],
    [
      "in the path of a directory",
      "link",
      (tree: ReturnType<typeof localTree>) => tree.directory(["link", "x"], 0o755),
    ],
    ["in the path of a file", "link", (tree: ReturnType<typeof localTree>) => tree.file(["link", "victim"], 0o755)],
    [
      "deep in the path of a file",
      "a/link",
      (tree: ReturnType<typeof localTree>) => tree.file(["a", "link", "x"], 0o755),
    ],
  ])("a link %s is not followed", async (_what, link, action) => {
    mkdirSync(root("a"));
    symlinkSync(outside(), root(link));
    await expect(action(localTree(root()))).rejects.toMatchObject({
      code: "download-refused",
      message: expect.stringContaining(JSON.stringify(root(link))),
      hint: expect.stringContaining("Remove the link"),
    });
    expect(readdirSync(outside())).toEqual(["victim"]);
    expect(readFileSync(outside("victim"), "utf8")).toBe("untouched");
  });

  test("a link inside the destination is not followed either: it can lead to .git", async () => {
    mkdirSync(root(".git"));
    symlinkSync(".git", root("app"));
    await expect(localTree(root()).file(["app", "config"], 0o644)).rejects.toThrow("not followed");
    expect(readdirSync(root(".git"))).toEqual([]);
  });

  test.each<[string, () => void]>([
    ["a link to a file", () => symlinkSync(outside("victim"), root("f"))],
    ["a broken link", () => symlinkSync(outside("new"), root("f"))],
    ["a second name of a file", () => linkSync(outside("victim"), root("f"))],
  ])("a file replaces %s", async (_what, make) => {
    make();
    await put(localTree(root()).file(["f"], 0o644), "content");
    expect(lstatSync(root("f")).isFile()).toBe(true);
    expect(readFileSync(root("f"), "utf8")).toBe("content");
    expect(readdirSync(outside())).toEqual(["victim"]);
    expect(readFileSync(outside("victim"), "utf8")).toBe("untouched");
  });

  test("a file does not replace the destination itself", async () => {
    await expect(localTree(root()).file([], 0o644)).rejects.toThrow("in place of the directory");
    expect(readdirSync(root())).toEqual([]);
  });

  test("a file does not replace a directory", async () => {
    mkdirSync(root("f"));
    await expect(localTree(root()).file(["f"], 0o644)).rejects.toMatchObject({ code: "download-destination" });
  });

  test("a directory does not replace a file", async () => {
    writeFileSync(root("f"), "x");
    await expect(localTree(root()).directory(["f"], 0o755)).rejects.toMatchObject({ code: "download-destination" });
  });

  test("a copy has the content and its own mode, and replaces a link", async () => {
    const tree = localTree(root());
    await put(tree.file(["a"], 0o600), "content");
    symlinkSync(outside("victim"), root("b"));
    await tree.copy(["a"], ["b"], 0o755);
    await tree.copy(["a"], ["new", "c"], 0o600);
    await tree.copy(["a"], ["a"], 0o600);
    expect(["a", "b", "new/c"].map((name) => readFileSync(root(name), "utf8"))).toEqual(Array(3).fill("content"));
    expect(lstatSync(root("b")).isFile()).toBe(true);
    expect(statSync(root("b")).mode & 0o777).toBe(0o755);
    expect(readFileSync(outside("victim"), "utf8")).toBe("untouched");
  });

  test("a discarded file is removed", async () => {
    const file = await localTree(root()).file(["f"], 0o644);
    await file.write(Buffer.from("half"));
    await file.discard();
    expect(existsSync(root("f"))).toBe(false);
  });

  test("names keep bytes that are not UTF-8", async () => {
    await put(localTree(root()).file(["caf\xe9"], 0o644), "x");
    expect(readdirSync(root(), { encoding: "buffer" })).toEqual([Buffer.from("caf\xe9", "latin1")]);
  });
});

describe("a file that the user names", () => {
  test("follows a link, as any program does", async () => {
    symlinkSync(outside("victim"), root("f"));
    await put(createLocalFile(root("f"), 0o644), "content");
    expect(readlinkSync(root("f"))).toBe(outside("victim"));
    expect(readFileSync(outside("victim"), "utf8")).toBe("content");
  });

  test("can be a device, which keeps its mode and is not removed", async () => {
    const { mode } = statSync("/dev/null");
    await put(createLocalFile("/dev/null", 0o600), "content");
    await (await createLocalFile("/dev/null", 0o600)).discard();
    expect(statSync("/dev/null").mode).toBe(mode);
  });
});
