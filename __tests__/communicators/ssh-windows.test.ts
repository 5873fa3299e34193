import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "@jest/globals";
import { openSshCommunicator, type SshCommunicator } from "../../src/communicators/ssh.js";
import { runsWindows } from "../../src/core/communicator.js";
import { startWindowsSshd, type WindowsSshd } from "../ssh/windows-sshd.js";
import { temporaryFolder } from "../support/folder.js";
import { communicatorOptions, outputOf } from "./connect.js";

const folder = temporaryFolder("ssh-windows");
const drive = () => join(folder(), "drive");
const releases: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const release of releases.splice(0).reverse()) await release();
});

interface Given extends Partial<Parameters<typeof startWindowsSshd>[0]> {
  readonly isWindows?: boolean;
}

async function connected({ isWindows = false, ...given }: Given = {}): Promise<{
  readonly sshd: WindowsSshd;
  readonly communicator: SshCommunicator;
}> {
  mkdirSync(join(drive(), "Windows/Temp"), { recursive: true });
  const sshd = await startWindowsSshd({ drive: drive(), password: "secret", ...given });
  releases.push(() => sshd.stop());
  const options = communicatorOptions({ port: sshd.port, user: sshd.user, keyFile: "" }, { isWindows });
  const credentials = { ...options.target.credentials, key: undefined, password: "secret" };
  const communicator = await openSshCommunicator({ ...options, target: { ...options.target, credentials } });
  releases.push(() => communicator.close());
  return { sshd, communicator };
}

const memory = (content: string) => ({ from: "memory", content: Buffer.from(content), mode: 0o644 }) as const;

describe("files of a Windows machine", () => {
  test.each([
    ["with slashes", "C:/Windows/Temp/my note.txt"],
    ["with backslashes", "C:\\Windows\\Temp\\my note.txt"],
  ])("are uploaded by SFTP alone to a path %s, byte for byte", async (_name, destination) => {
    const { sshd, communicator } = await connected();
    await communicator.uploadFile(memory("one\r\ntwo\n\u00e9\r\n"), destination);
    expect(readFileSync(join(drive(), "Windows/Temp/my note.txt"), "utf8")).toBe("one\r\ntwo\n\u00e9\r\n");
    expect(new Set(sshd.paths)).toEqual(new Set(["/C:/Windows/Temp/my note.txt"]));
    expect(sshd.lines.filter((line) => /\bsh\b/.test(line))).toEqual([]);
  });

  test("come back as they are, and a missing one is an error", async () => {
    const { communicator } = await connected();
    writeFileSync(join(drive(), "Windows/Temp/log.txt"), "a\r\n");
    await communicator.downloadFile("C:\\Windows\\Temp\\log.txt", join(folder(), "log.txt"));
    expect(readFileSync(join(folder(), "log.txt"), "utf8")).toBe("a\r\n");
    const missing = communicator.downloadFile("C:/Windows/Temp/none.txt", join(folder(), "none.txt"));
    await expect(missing).rejects.toMatchObject({ code: "transfer-failed" });
    expect(existsSync(join(folder(), "none.txt"))).toBe(false);
  });

  test("in directories keep Packer's slash rule both ways", async () => {
    const { communicator } = await connected();
    const tree = join(folder(), "tree");
    mkdirSync(join(tree, "sub/empty"), { recursive: true });
    writeFileSync(join(tree, "sub/two.txt"), "two\n");
    await communicator.uploadDirectory(tree, "C:/Windows");
    await communicator.uploadDirectory(`${tree}/`, "C:\\Windows\\Temp");
    expect(readFileSync(join(drive(), "Windows/tree/sub/two.txt"), "utf8")).toBe("two\n");
    expect(existsSync(join(drive(), "Windows/tree/sub/empty"))).toBe(true);
    expect(readFileSync(join(drive(), "Windows/Temp/sub/two.txt"), "utf8")).toBe("two\n");
    await communicator.downloadDirectory("C:\\Windows\\tree", join(folder(), "back"));
    expect(readFileSync(join(folder(), "back/tree/sub/two.txt"), "utf8")).toBe("two\n");
  });

  test("that a glob matches are found without a shell", async () => {
    const { sshd, communicator } = await connected();
    for (const name of ["a.log", "b.log", "c.txt"]) writeFileSync(join(drive(), "Windows/Temp", name), name);
    await communicator.downloadDirectory("C:/Win*/Temp/*.log", join(folder(), "logs"));
    expect(["a.log", "b.log", "c.txt"].map((name) => existsSync(join(folder(), "logs", name)))).toEqual([
      true,
      true,
      false,
    ]);
    expect(sshd.lines).toHaveLength(1);
    const none = communicator.downloadDirectory("C:/Windows/Temp/*.zip", join(folder(), "zips"));
    await expect(none).rejects.toThrow('Could not download "/C:/Windows/Temp/*.zip": no file or directory matches');
  });
});

describe("a command on Windows", () => {
  test("reaches cmd.exe as it is, and its exit code has 32 bits", async () => {
    const codes: Readonly<Record<string, number>> = { reboot: 3010, busy: 1115, crash: 0xc0000005 };
    const { sshd, communicator } = await connected({ exitCode: (line) => codes[line] ?? 0 });
    for (const [line, code] of Object.entries(codes)) {
      expect((await outputOf(communicator, line)).result).toEqual({ status: "exited", code });
    }
    const line = 'set "A=b c" && "c:/Windows/Temp/script.bat"';
    await communicator.exec(line);
    expect(sshd.lines.at(-1)).toBe(line);
  });

  test("runs in cmd.exe where PowerShell is the default shell", async () => {
    const { sshd, communicator } = await connected({ shell: "powershell", exitCode: () => 3010 });
    const line = `powershell "& { . 'a.ps1'; exit $LastExitCode }" && echo "\u00e9"`;
    expect((await communicator.exec(line)).status).toBe("exited");
    const sent = sshd.lines.at(-1) ?? "";
    expect(sent).not.toMatch(/["\\\n]/);
    const argument = /FromBase64String\('([^']*)'\)/.exec(sent)?.[1] ?? "";
    expect(Buffer.from(argument, "base64").toString("utf8")).toBe(`/s /c "${line}"`);
    expect(sent).toMatch(/exit \$p\.ExitCode$/);
  });

  test("is not changed where another shell is the default one", async () => {
    const { sshd, communicator } = await connected({ shell: "bash" });
    await communicator.exec("uname -a");
    expect(sshd.lines.at(-1)).toBe("uname -a");
  });
});

describe("Windows is recognized", () => {
  test("by the identification, also where the builder does not know the image", async () => {
    const { communicator } = await connected();
    expect(runsWindows(communicator)).toBe(true);
  });

  test("by the builder where the server is another one: it gets SFTP and paths without a slash in front", async () => {
    const { sshd, communicator } = await connected({ identification: "AsyncSSH_2.24.1", isWindows: true });
    await communicator.uploadFile(memory("x"), "C:\\Windows\\Temp\\x");
    expect(readFileSync(join(drive(), "Windows/Temp/x"), "utf8")).toBe("x");
    expect(sshd.paths[0]).toBe("C:/Windows/Temp/x");
    expect(sshd.lines).toEqual([]);
  });

  test("not by an identification that only has the word", async () => {
    const { sshd, communicator } = await connected({ identification: "OpenSSH_9.2_not_Windows" });
    expect(sshd.lines).toEqual(["exit 0"]);
    expect(runsWindows(communicator)).toBe(false);
  });
});
