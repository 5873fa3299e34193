import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { temporaryFolder } from "../../support/folder.js";
import { errorOf } from "../open.js";
import { machine } from "../open-transfers.js";

const folder = temporaryFolder("winrm");

describe("a download", () => {
  test.each([
    ["an empty file", Buffer.alloc(0)],
    ["a small file", Buffer.from("hello\r\n")],
    ["a large file", randomBytes(700_000)],
  ])("of %s arrives byte for byte", async (_name, content) => {
    const { communicator } = await machine(new Map([["C:\\it's\\file", content]]));
    const path = join(folder(), "new", "file");
    await communicator.downloadFile("C:/it's/file", path);
    expect(readFileSync(path).equals(content)).toBe(true);
  });

  test.each([
    ["a missing file", "C:\\missing", "download-missing"],
    ["a directory", "C:\\dir", "source-is-directory"],
  ])("of %s fails and leaves no file", async (_name, source, code) => {
    const { communicator } = await machine(new Map([["C:\\dir", undefined]]));
    const path = join(folder(), "none");
    expect(await errorOf(communicator.downloadFile(source, path))).toMatchObject({ code });
    expect(existsSync(path)).toBe(false);
  });

  test("with another digest than that of the machine fails and leaves no file", async () => {
    const program = { steps: [{ stdout: `YQ==\r\n#${"0".repeat(64)}\r\n` }], exit: 0 };
    const { communicator } = await machine(new Map(), { run: () => program });
    const path = join(folder(), "damaged");
    expect(await errorOf(communicator.downloadFile("C:\\x", path))).toMatchObject({ code: "transfer-digest" });
    expect(existsSync(path)).toBe(false);
  });

  test.each([
    ["the directory", "C:\\logs", { "logs/a.txt": "a", "logs/sub/b.txt": "b" }],
    ["its content with a slash", "C:/logs/", { "a.txt": "a", "sub/b.txt": "b" }],
  ])("of a directory gives %s, and empty directories", async (_name, source, expected) => {
    const { communicator } = await machine(
      new Map<string, Buffer | undefined>([
        ["C:\\logs", undefined],
        ["C:\\logs\\a.txt", Buffer.from("a")],
        ["C:\\logs\\sub", undefined],
        ["C:\\logs\\sub\\b.txt", Buffer.from("b")],
        ["C:\\logs\\none", undefined],
      ]),
    );
    const path = join(folder(), "logs-of-test", source.endsWith("/") ? "1" : "2");
    await communicator.downloadDirectory(source, path);
    for (const [name, content] of Object.entries(expected))
      expect(readFileSync(join(path, name), "utf8")).toBe(content);
    expect(existsSync(join(path, source.endsWith("/") ? "none" : "logs/none"))).toBe(true);
  });

  test("of a pattern gives the files that match", async () => {
    const files = ["a.log", "b.txt", "[1].log"].map((name) => [`C:\\logs\\${name}`, Buffer.from(name)] as const);
    const { communicator } = await machine(new Map<string, Buffer | undefined>([["C:\\logs", undefined], ...files]));
    const path = join(folder(), "matching");
    await communicator.downloadDirectory("C:/logs/*.log", path);
    expect(readdirSync(path).sort()).toEqual(["[1].log", "a.log"]);
  });

  test.each(["../evil", "a/../../evil", "/etc/evil", ".git/hooks/pre-commit"])(
    "of a directory with the hostile name %s is refused",
    async (name) => {
      const listed = Buffer.from(`f\t${name}`).toString("base64");
      const { communicator } = await machine(new Map(), {
        run: () => ({ steps: [{ stdout: `${listed}\r\n` }], exit: 0 }),
      });
      expect(await errorOf(communicator.downloadDirectory("C:\\d\\", join(folder(), "hostile")))).toMatchObject({
        code: "download-refused",
      });
    },
  );

  test.each([
    ["a missing directory", "C:\\missing\\", "download-missing"],
    ["a pattern that nothing matches", "C:\\d\\*.log", "download-missing"],
    ["a pattern of directories", "C:\\*\\a.log", "download-pattern"],
  ])("of %s fails", async (_name, source, code) => {
    const { communicator } = await machine(new Map([["C:\\d", undefined]]));
    expect(await errorOf(communicator.downloadDirectory(source, join(folder(), "x")))).toMatchObject({ code });
  });
});
