import { describe, expect, test } from "@jest/globals";
import { matchesPattern } from "../../../src/ssh/transfer/name-pattern.js";
import { nameCounter, receivedParts, shown } from "../../../src/ssh/transfer/received-name.js";
import { requestedNames } from "../../../src/ssh/transfer/requested-names.js";

describe("a name that the machine sent", () => {
  test.each([
    ["a/b", ["a", "b"]],
    ["./a//b/.", ["a", "b"]],
    ["", []],
    [".gitignore", [".gitignore"]],
    [".github/workflows", [".github", "workflows"]],
    ["git~", ["git~"]],
    ["x.git", ["x.git"]],
    ["a..b/...", ["a..b", "..."]],
  ])("%j has these components", (name, expected) => {
    expect(receivedParts(Buffer.from(name))).toEqual(expected);
  });

  test.each(["../x", "a/../../x", "..", "a\0b", "/etc/passwd", "//x", "/"])("%j points outside", (name) => {
    expect(() => receivedParts(Buffer.from(name))).toThrow("points outside the destination");
  });

  test.each([
    ".git",
    ".git/hooks/post-checkout",
    "app/.git/config",
    ".GIT/config",
    ".Git",
    "git~1/config",
    "GIT~2",
    ".git.",
    ".git ",
    ".git . .",
    ".git::$INDEX_ALLOCATION/config",
    ".git:stream",
    ".g\u200cit/config",
    "\ufeff.git",
    ".gi\u202et",
    "app\\.git\\config",
  ])("%j is below .git for some file system", (name) => {
    expect(() => receivedParts(Buffer.from(name))).toThrow(/"\.git" directory/);
  });

  test("is shown without control characters, and shortened", () => {
    expect(shown(Buffer.from("\u001b[31m\n::error::x"))).toBe('"\\u001b[31m\\n::error::x"');
    expect(shown(Buffer.alloc(1 << 20, "n")).length).toBeLessThan(250);
  });

  test("half a million names are the limit, and so are 64 MiB of them", () => {
    const few = nameCounter();
    for (let n = 0; n < 500_000; n++) few({ length: 20 });
    expect(() => few({ length: 20 })).toThrow("more than 500000 files");
    const long = nameCounter();
    for (let n = 0; n < 64; n++) long({ length: 1 << 20 });
    expect(() => long({ length: 1 })).toThrow("too long");
  });
});

describe("a source", () => {
  test.each([
    ["/var/log/app/", "app", "other"],
    ["/var/log/app", "app", "apps"],
    ["app", "app", "package.json"],
    ["/x/$HOME/", "$HOME", "ubuntu"],
    ["~/", "ubuntu", "src"],
    ["~", "ubuntu", "node_modules"],
    ["$HOME/", "ubuntu", "root"],
    ["~admin/", "admin", "ubuntu"],
    ["~/out/", "out", "ubuntu"],
    ["/out/*.log", "a.log", "package.json"],
    ["/out/*", "a", ".npmrc"],
    ["/out/.*", ".npmrc", "a"],
    ["/out/*/conf", "conf", "a"],
    ["/out/[ab].txt", "b.txt", "c.txt"],
    ["/a[b/", "a[b", "ab"],
  ])("%j requests %j, not %j", (source, right, wrong) => {
    const check = requestedNames(source, "ubuntu");
    expect(() => check([right])).not.toThrow();
    expect(() => check([right, "sub", "file"])).not.toThrow();
    expect(() => check([wrong])).toThrow("not requested");
    expect(() => check([wrong, right])).toThrow("not requested");
  });

  test.each(["/", ".", "./", "..", "/out/.", "/out/./"])("%j requests its contents, of any name", (source) => {
    expect(() => requestedNames(source, "ubuntu")(["anything"])).not.toThrow();
  });

  test("a home directory with another name is refused with what to set", () => {
    expect(() => requestedNames("~/", "ubuntu")(["data"])).toThrow(
      expect.objectContaining({ code: "download-refused", hint: expect.stringContaining("absolute path") }),
    );
  });
});

describe("a pattern of the shell", () => {
  test.each([
    ["*", "a"],
    ["*", ""],
    ["**a*", "bab"],
    ["*.log", "x.log"],
    ["?", "é"],
    ["??", "é"],
    ["[é]", "é"],
    ["a*b*c", "a-b-b-c"],
    ["[!a]x", "bx"],
    ["[^a]x", "bx"],
    ["[a-c]1", "B1"],
    ["[]a]", "]"],
    ["[a-]", "-"],
    ["[[:digit:]]", "7"],
    ["a]", "a]"],
    ["[", "["],
    [".*", ".x"],
  ])("%j matches %j", (pattern, name) => {
    expect(matchesPattern(pattern, Buffer.from(name))).toBe(true);
  });

  test.each([
    ["*.log", "a.txt"],
    ["*.log", "a.log.sh"],
    ["*", ".git"],
    ["?x", ".x"],
    ["[.]x", ".x"],
    ["[!a]x", "ax"],
    ["[a-c]1", "d1"],
    ["a?", "a"],
    ["a*b*c", "a-b-b"],
    ["A*", "a"],
    ["*", "n".repeat(256)],
  ])("%j does not match %j", (pattern, name) => {
    expect(matchesPattern(pattern, Buffer.from(name))).toBe(false);
  });

  test("time is proportional to the lengths, whatever the machine sends", () => {
    const before = performance.now();
    expect(matchesPattern(`${"*a".repeat(100)}b`, Buffer.alloc(255, "a"))).toBe(false);
    expect(performance.now() - before).toBeLessThan(1000);
  });
});
