import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { openSshCommunicator, type SshCommunicator, type SshCommunicatorOptions } from "../../src/communicators/ssh.js";
import { systemClock } from "../../src/core/clock.js";
import type { ExecResult, OutputStream } from "../../src/core/communicator.js";
import { hasSshd, type Sshd, startSshd } from "../ssh/sshd.js";
import { targetOf } from "../ssh/targets.js";

if (!hasSshd) throw new Error("these tests need OpenSSH's server: apt-get install openssh-server");

let sshd: Sshd;
let folder: string;
let communicator: SshCommunicator;

function options(changes: Partial<SshCommunicatorOptions> = {}): SshCommunicatorOptions {
  return {
    target: targetOf(sshd),
    limits: { timeout: 10_000, handshakeAttempts: 3 },
    pty: false,
    fileTransfer: "scp",
    localTunnels: [],
    remoteTunnels: [],
    pauseBeforeConnecting: 0,
    clock: systemClock,
    signal: new AbortController().signal,
    ...changes,
  };
}

beforeAll(async () => {
  sshd = await startSshd();
  folder = await mkdtemp(join(tmpdir(), "communicator-"));
  communicator = await openSshCommunicator(options());
});

afterAll(async () => {
  await communicator.close();
  await sshd.stop();
  await rm(folder, { recursive: true, force: true });
});

async function output(command: string): Promise<{ result: ExecResult; stdout: string; stderr: string }> {
  const said = { stdout: "", stderr: "" };
  const result = await communicator.exec(command, {
    onOutput: (chunk, stream: OutputStream) => {
      said[stream] += Buffer.from(chunk).toString();
    },
  });
  return { result, ...said };
}

describe("exec", () => {
  test.each<[string, ExecResult]>([
    ["true", { status: "exited", code: 0 }],
    ["exit 3", { status: "exited", code: 3 }],
    ["kill -9 $$", { status: "signalled", signal: "SIGKILL" }],
  ])("%s", async (command, expected) => {
    expect((await output(command)).result).toEqual(expected);
  });

  test("keeps stdout and stderr apart", async () => {
    expect(await output("echo out; echo err >&2")).toMatchObject({ stdout: "out\n", stderr: "err\n" });
  });
});

describe("transfers", () => {
  test("a file goes up and comes back", async () => {
    const from = join(folder, "a file's name");
    await writeFile(from, "content\n", { mode: 0o640 });
    const to = join(folder, "up — loaded");
    await communicator.uploadFile({ from: "file", path: from }, to);
    expect(await readFile(to, "utf8")).toBe("content\n");
    expect((await stat(to)).mode & 0o777).toBe(0o640);
    await communicator.downloadFile(to, join(folder, "back"));
    expect(await readFile(join(folder, "back"), "utf8")).toBe("content\n");
  });

  test("a folder goes up and comes back", async () => {
    const from = join(folder, "tree");
    await mkdir(join(from, "empty"), { recursive: true });
    await writeFile(join(from, "x.txt"), "x");
    await mkdir(join(folder, "dst"));
    await communicator.uploadDirectory(from, join(folder, "dst"));
    expect(execFileSync("find", [join(folder, "dst")], { encoding: "utf8" })).toContain("dst/tree/empty");
    await communicator.downloadDirectory(join(folder, "dst", "tree"), join(folder, "fetched"));
    expect(await readFile(join(folder, "fetched/tree/x.txt"), "utf8")).toBe("x");
  });
});
