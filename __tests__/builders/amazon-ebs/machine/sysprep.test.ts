import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { watchForSysprep } from "../../../../src/builders/amazon-ebs/machine/sysprep.js";
import type { Communicator } from "../../../../src/core/communicator.js";
import { temporaryFolder } from "../../../support/folder.js";

const folder = temporaryFolder("sysprep");

function watched() {
  const sent: unknown[] = [];
  const communicator = {
    type: "winrm",
    exec: async (command: string) => {
      sent.push(command);
      return { status: "exited", code: 0 };
    },
    uploadFile: async (source: unknown) => void sent.push(source),
    uploadFiles: async (files: unknown) => void sent.push(files),
    connection: () => undefined,
  } as Partial<Communicator> as Communicator;
  return { watch: watchForSysprep(communicator), sent };
}

const memory = (text: string) => ({ from: "memory", content: Buffer.from(text), mode: 0o644 }) as const;
const encoded = (script: string) => `powershell -EncodedCommand ${Buffer.from(script, "utf16le").toString("base64")}`;
const run = (line: string) => (to: Communicator) => to.exec(line);
const upload = (text: string) => (to: Communicator) => to.uploadFile(memory(text), "c:/x.ps1");

describe("the preparation of Windows for an image", () => {
  test.each<[string, boolean, (to: Communicator) => Promise<unknown>]>([
    ["EC2Launch v2", true, run(`& "$env:ProgramFiles/Amazon/EC2Launch/ec2launch" sysprep --block`)],
    ["a reset of EC2Launch v2", true, upload(`& 'C:\\Program Files\\Amazon\\EC2Launch\\EC2Launch.exe' reset --block`)],
    ["EC2Launch v1", true, upload("C:/ProgramData/Amazon/EC2-Windows/Launch/Scripts/InitializeInstance.ps1 -Schedule")],
    ["sysprep itself", true, run("C:\\Windows\\System32\\Sysprep\\sysprep.exe /oobe /generalize /shutdown")],
    ["an encoded command", true, run(encoded("ec2launch reset --block"))],
    [
      "several files",
      true,
      (to) =>
        to.uploadFiles([
          { source: memory("x"), destination: "a" },
          { source: memory("sysprep"), destination: "b" },
        ]),
    ],
    ["a program that connects by itself", true, async (to) => to.connection()],
    ["other commands", false, run("powershell -file c:/Windows/Temp/script.ps1")],
    ["another command of EC2Launch", false, run("ec2launch version")],
    ["other scripts", false, upload("Install-WindowsFeature Web-Server")],
    ["a large file", false, upload(`${"x".repeat(300_000)} sysprep`)],
  ])("%s: %p", async (_what, expected, act) => {
    const { watch } = watched();
    await act(watch.communicator);
    expect(watch.seen()).toBe(expected);
  });

  test("is seen in a file on the runner, and a missing file is left to the upload", async () => {
    writeFileSync(join(folder(), "prep.ps1"), "& sysprep\r\n");
    const { watch, sent } = watched();
    await watch.communicator.uploadFile({ from: "file", path: join(folder(), "nowhere") }, "c:/a");
    expect(watch.seen()).toBe(false);
    await watch.communicator.uploadFile({ from: "file", path: join(folder(), "prep.ps1") }, "c:/a");
    expect([watch.seen(), sent.length]).toEqual([true, 2]);
  });
});
