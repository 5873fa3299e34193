import { join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { openFiles } from "../../../src/local/windows/files.js";
import { packerTransfer } from "../../../src/local/windows/packer-transfer.js";
import { openRecorder, type Recorder } from "../../../src/local/windows/record.js";
import { temporaryFolder } from "../../support/folder.js";

const folder = temporaryFolder("packer-transfer");
let recorder: Recorder | undefined;

afterEach(() => recorder?.close());

function transfer() {
  recorder = openRecorder(join(folder(), "records"), "i-1", Date.now);
  const files = openFiles(join(folder(), "files"), recorder);
  return { files, run: packerTransfer(files) };
}

/** What Packer's WinRM client sends after the pieces. */
const restore = (destination: string) =>
  `$tmp_file_path = [System.IO.Path]::GetFullPath("$env:TEMP\\winrmcp-1.tmp")\n$dest_file_path = [System.IO.Path]::GetFullPath("${destination}".Trim("'"))`;

describe("an upload of Packer's WinRM client", () => {
  test("is made of the lines that cmd.exe appends", () => {
    const { files, run } = transfer();
    for (const piece of ["first ", "second"]) {
      expect(run(`echo ${Buffer.from(piece).toString("base64")} >> "%TEMP%\\winrmcp-1.tmp"`, undefined)?.exit).toBe(0);
    }
    expect(run("powershell.exe -EncodedCommand X", restore("C:/Windows/Temp/my note.txt"))).toMatchObject({ exit: 0 });
    expect(files.read("C:\\Windows\\Temp\\my note.txt")?.toString()).toBe("first second");
    expect(run("", '[System.IO.File]::ReadAllBytes("c:/windows/temp/MY NOTE.txt")')?.stdout).toBe(
      Buffer.from("first second").toString("base64"),
    );
  });

  test("of nothing makes an empty file, and one to a directory fails", () => {
    const { files, run } = transfer();
    expect(run("", restore("C:/empty.txt"))?.exit).toBe(0);
    expect(files.read("C:/empty.txt")).toHaveLength(0);
    files.makeDirectory("C:/Data");
    expect(run("", restore("'C:/Data'"))?.exit).toBe(1);
  });

  test("is not seen in other commands", () => {
    const { run } = transfer();
    expect(run("echo hello", undefined)).toBeUndefined();
    expect(run("powershell.exe -EncodedCommand X", "Write-Host winrmcp-1.tmp")).toBeUndefined();
  });
});
