import { randomBytes } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { errorOf } from "../open.js";
import { machine, memory } from "../open-transfers.js";
import type { Files } from "../receiver.js";

describe("without PowerShell", () => {
  /** A machine that appends lines and decodes them by certutil. */
  function cmdMachine(files: Files, refused: { readonly exit: number; readonly stderr: string }) {
    const temp: Files = new Map();
    return (line: string) => {
      const ended = (exit: number, stderr = "") => ({ steps: [{ stderr }], exit });
      if (line.startsWith("powershell.exe")) return ended(refused.exit, refused.stderr);
      const echo = /^echo (\S*) >> "(.*)"$/.exec(line);
      if (echo) temp.set(echo[2] ?? "", Buffer.from((temp.get(echo[2] ?? "") ?? "") + (echo[1] ?? "")));
      const decode = /^certutil -f -decode "(.*)" "(.*)"$/.exec(line);
      if (decode) files.set(decode[2] ?? "", Buffer.from(temp.get(decode[1] ?? "")?.toString() ?? "", "base64"));
      const empty = /^type nul > "(.*)"$/.exec(line);
      if (empty) files.set(empty[1] ?? "", Buffer.alloc(0));
      const removed = /^del \/f \/q "(.*)"$/.exec(line);
      if (removed) temp.delete(removed[1] ?? "");
      return ended(0);
    };
  }

  test.each([
    ["in Constrained Language mode", { exit: 96, stderr: "" }],
    [
      "if it is missing",
      { exit: 1, stderr: "'powershell.exe' is not recognized as an internal or external command,\r\n" },
    ],
    ["if it is blocked", { exit: 1, stderr: "This program is blocked by group policy." }],
  ])("files are sent by echo, %s", async (_name, refused) => {
    const files: Files = new Map();
    const { target, communicator } = await machine(files, { run: cmdMachine(files, refused) });
    const content = randomBytes(20_000);
    await communicator.uploadFiles([
      { source: memory(content), destination: "C:/dir/a b.bin" },
      { source: memory(""), destination: "C:\\dir\\empty" },
    ]);
    expect(files.get("C:\\dir\\a b.bin")?.equals(content)).toBe(true);
    expect(files.get("C:\\dir\\empty")?.length).toBe(0);
    const lines = () => target.calls.filter(({ operation }) => operation === "Command").map(({ line }) => line);
    expect(lines()).toContain('if not exist "C:\\dir\\" mkdir "C:\\dir"');
    expect(Math.max(...lines().map(({ length }) => length))).toBeLessThanOrEqual(8191);
    target.calls.length = 0;
    await communicator.uploadFile(memory("x"), "C:\\x");
    expect(lines().some((line) => line.startsWith("powershell"))).toBe(false);
  });

  test("a name that cmd.exe would change is refused", async () => {
    const { communicator } = await machine(new Map(), { run: cmdMachine(new Map(), { exit: 96, stderr: "" }) });
    expect(await errorOf(communicator.uploadFile(memory("x"), "C:\\%TEMP%\\x"))).toMatchObject({
      code: "transfer-failed",
    });
  });
});
