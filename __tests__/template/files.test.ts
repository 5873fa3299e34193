import { describe, expect, test } from "@jest/globals";
import { directoryOf, resolvePath, toSlash } from "../../src/template/files.js";
import { loadHclTemplate } from "../../src/template/hcl/load.js";
import type { Lookups } from "../../src/template/lookups.js";
import { memoryLookups } from "./memory-lookups.js";

describe("paths", () => {
  test.each([
    ["/work", "a/b", "/work/a/b"],
    ["/work", "/a\\b", "/a\\b"],
    ["C:\\work", "a\\b", "C:/work/a/b"],
    ["C:\\work", "../a", "C:/a"],
    ["C:/work", "D:\\a", "D:/a"],
    ["\\\\host\\share\\work", "a", "//host/share/work/a"],
  ])("from %s, %s is %s", (cwd, path, expected) => {
    expect(resolvePath(cwd, path)).toBe(expected);
  });

  test.each([
    ["/work", "images/web.json", "/work/images"],
    ["C:\\work", "images\\web.json", "C:\\work\\images"],
    ["C:\\work", "D:\\web.json", "D:\\"],
  ])("from %s, the directory of %s is %s", (cwd, path, expected) => {
    expect(directoryOf(cwd, path)).toBe(expected);
  });

  test("backslashes are part of names except on Windows", () => {
    expect(toSlash("/work", "a\\b")).toBe("a\\b");
    expect(toSlash("C:\\work", "a\\b")).toBe("a/b");
  });
});

describe("an HCL2 template on Windows", () => {
  const files = {
    "/work/images/web.pkr.hcl": `
      source "null" "web" {
        communicator = "none"
      }
      build {
        name    = "\${file("name.txt")} \${path.cwd} \${abspath("x")} \${join(",", fileset(".", "*.txt"))}"
        sources = ["null.web"]
      }`,
    "/work/images/name.txt": "web",
  };
  const memory = memoryLookups({ files, cwd: "/" });
  const onDrive = <T>(read: (path: string) => T) => {
    return (path: string) => read(path.replace(/^C:(?=\/)/, ""));
  };
  const windows: Lookups = {
    ...memory,
    cwd: "C:\\work",
    readFile: onDrive(memory.readFile),
    pathKind: onDrive(memory.pathKind),
    readDirectory: onDrive(memory.readDirectory),
  };

  test.each(["images", ".\\images", "C:\\work\\images", "images\\web.pkr.hcl"])("is found at %s", (path) => {
    const inputs = { path, variables: [], variableFiles: [], only: [], except: [] };
    const { template, diagnostics } = loadHclTemplate(inputs, windows);
    expect(diagnostics).toEqual([]);
    expect(template?.builds.map(({ name }) => name)).toEqual(["web C:/work C:/work/x name.txt.null.web"]);
  });
});
