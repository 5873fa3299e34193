import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { temporaryFolder } from "../../support/folder.js";
import { errorOf } from "../open.js";
import { machine, memory } from "../open-transfers.js";
import { type Files, scriptOf } from "../receiver.js";

const folder = temporaryFolder("winrm");
const shown = (files: Files) => Object.fromEntries([...files].map(([path, content]) => [path, content?.toString()]));
const fileOf = (path: string) => ({ from: "file" as const, path });

describe("an upload", () => {
  test.each([
    ["an empty file", Buffer.alloc(0)],
    ["a small file", Buffer.from("hello\r\n")],
    ["a file of many lines of the protocol", randomBytes(900_001)],
    ["a file that becomes smaller by compression", Buffer.alloc(3_000_000, "log line\n")],
  ])("of %s arrives byte for byte, in one command", async (_name, content) => {
    const { target, files, communicator } = await machine();
    target.calls.length = 0;
    const progress: number[] = [];
    await communicator.uploadFile(memory(content), "C:/Windows/Temp/file", {
      onProgress: (bytes) => progress.push(bytes),
    });
    expect(files.get("C:\\Windows\\Temp\\file")?.equals(content)).toBe(true);
    expect(target.calls.filter(({ operation }) => operation === "Command")).toHaveLength(1);
    expect(progress.at(-1) ?? 0).toBe(content.length);
  });

  test("of a megabyte takes ten requests at most", async () => {
    const { target, communicator } = await machine();
    target.calls.length = 0;
    await communicator.uploadFile(memory(randomBytes(1_048_576)), "C:\\file");
    expect(target.calls.length).toBeLessThanOrEqual(10);
  });

  test("of several files is one stream, and the shell is used again", async () => {
    const { target, files, communicator } = await machine();
    target.calls.length = 0;
    const uploads = Array.from({ length: 20 }, (_, i) => ({
      source: memory(`${i}`),
      destination: `C:\\d\\${i} ä'$x.txt`,
    }));
    await communicator.uploadFiles(uploads);
    await communicator.uploadFiles(uploads.slice(0, 1));
    await communicator.uploadFiles([]);
    expect(shown(files)).toEqual(Object.fromEntries(uploads.map(({ destination }, i) => [destination, `${i}`])));
    expect(target.calls.map(({ operation }) => operation)).toEqual([
      "Create",
      ...["Command", "Send", "Receive"],
      ...["Signal", "Command", "Send", "Receive"],
    ]);
    await communicator.close();
    expect(target.shells.size).toBe(0);
  });

  test("before a command shares its shell, which is closed after the command", async () => {
    const { target, communicator } = await machine();
    target.calls.length = 0;
    await communicator.uploadFile(memory("x"), "C:\\x.ps1");
    await communicator.exec("powershell -file C:\\x.ps1");
    expect(new Set(target.calls.map(({ shell }) => shell).filter((id) => id !== "")).size).toBe(1);
    expect(target.shells.size).toBe(0);
  });

  test("is made smaller when the service refuses a request as too large", async () => {
    const content = randomBytes(500_000);
    const { target, files, communicator } = await machine(new Map(), { largest: 153_600 });
    await communicator.uploadFile(memory(content), "C:\\file");
    expect(files.get("C:\\file")?.equals(content)).toBe(true);
    expect(Math.max(...target.calls.slice(-3).map(({ size }) => size))).toBeLessThan(153_600);
  });

  test("continues after a response to input that took too long: the service has the input", async () => {
    const content = randomBytes(900_000);
    const { files, communicator } = await machine(new Map(), {
      accident: ({ operation }, nth) => (operation === "Send" && nth === 2 ? { do: "slow" } : undefined),
    });
    await communicator.uploadFile(memory(content), "C:\\file");
    expect(files.get("C:\\file")?.equals(content)).toBe(true);
  });

  test("with a slash at the end gets the name of the local file", async () => {
    const { files, communicator } = await machine();
    writeFileSync(join(folder(), "a.txt"), "a");
    await communicator.uploadFile(fileOf(join(folder(), "a.txt")), "C:\\dir\\");
    expect(shown(files)).toEqual({ "C:\\dir\\a.txt": "a" });
  });

  test.each([["a directory at the destination", new Map([["C:\\d", undefined]]), "C:/d", "destination-is-directory"]])(
    "fails for %s",
    async (_name, files, destination, code) => {
      const { communicator } = await machine(files);
      expect(await errorOf(communicator.uploadFile(memory("x"), destination))).toMatchObject({ code });
    },
  );

  test.each([
    [{ steps: [{ stderr: "C:\\x\r\n" }], exit: 95 }, "transfer-digest", "another content on the machine"],
    [
      { steps: [{ stderr: "Access to the path 'C:\\x' is denied.\r\n" }], exit: 1 },
      "transfer-failed",
      "Access to the path 'C:\\x' is denied.",
    ],
    [{ steps: [], exit: 1 }, "transfer-failed", "exit code 1"],
  ])("that PowerShell ends with %j says why", async (program, code, text) => {
    const { communicator } = await machine(new Map(), { run: () => program });
    expect(await errorOf(communicator.uploadFile(memory("x"), "C:\\x"))).toMatchObject({
      code,
      message: expect.stringContaining(text),
    });
  });

  test("of a missing file names it, and starts nothing", async () => {
    const { target, communicator } = await machine();
    target.calls.length = 0;
    const path = join(folder(), "missing");
    expect(await errorOf(communicator.uploadFile(fileOf(path), "C:\\x"))).toMatchObject({
      code: "upload-source",
      message: expect.stringContaining(path),
    });
    expect(target.calls).toEqual([]);
  });

  test("to a name with a control character is refused", async () => {
    const { communicator } = await machine();
    expect(await errorOf(communicator.uploadFile(memory("x"), "C:\\a\tb\nc"))).toMatchObject({
      code: "destination-invalid",
      message: expect.stringContaining('"C:\\\\a\\tb\\nc"'),
    });
  });

  test("whose connection is lost fails as one that can be repeated", async () => {
    const { target, communicator } = await machine();
    target.settings.accident = ({ operation }) => (operation === "Send" ? { do: "hangup" } : undefined);
    expect(await errorOf(communicator.uploadFile(memory("x"), "C:\\x"))).toMatchObject({ code: "winrm-unreachable" });
    target.settings.accident = () => undefined;
    await communicator.uploadFile(memory("x"), "C:\\x");
  });
});

describe("an upload of a directory", () => {
  const tree = () => {
    const root = join(folder(), "tree");
    mkdirSync(join(root, "a b", "ü", "empty"), { recursive: true });
    writeFileSync(join(root, "a b", "it's $x.txt"), "one");
    writeFileSync(join(root, "zero"), "");
    return root;
  };

  test.each([
    ["without a slash becomes a directory below the destination", "", "C:/dst", "C:\\dst\\tree"],
    ["with a slash gives its content", "/", "C:\\dst\\", "C:\\dst"],
  ])("%s", async (_name, slash, destination, root) => {
    const { files, communicator } = await machine();
    await communicator.uploadDirectory(tree() + slash, destination);
    expect(shown(files)).toEqual({
      [root]: undefined,
      [`${root}\\a b`]: undefined,
      [`${root}\\a b\\it's $x.txt`]: "one",
      [`${root}\\a b\\ü`]: undefined,
      [`${root}\\a b\\ü\\empty`]: undefined,
      [`${root}\\zero`]: "",
    });
  });

  test.each(["a:b", "what?", "dot.", "line\nend"])(
    "with the name %j, which Windows does not have, is refused",
    async (name) => {
      const root = mkdtempSync(join(folder(), "names-"));
      writeFileSync(join(root, name), "");
      const { communicator } = await machine();
      expect(await errorOf(communicator.uploadDirectory(root, "C:\\d"))).toMatchObject({
        code: "upload-source",
        message: expect.stringContaining(JSON.stringify(name)),
      });
    },
  );
});

test("the script that receives files fits into a line of cmd.exe", async () => {
  const { target, communicator } = await machine();
  await communicator.uploadFile(memory("x"), "C:\\x");
  const line = target.calls.find(({ operation }) => operation === "Command")?.line ?? "";
  expect(line.length).toBeLessThan(8191);
  expect(scriptOf(line)).toContain("LanguageMode");
});
