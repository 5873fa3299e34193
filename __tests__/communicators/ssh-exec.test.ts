import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "@jest/globals";
import { openSshCommunicator, type SshCommunicator } from "../../src/communicators/ssh.js";
import type { ExecResult } from "../../src/core/communicator.js";
import { Cancelled } from "../../src/core/errors.js";
import { startBatchingRelay } from "../ssh/batching-relay.js";
import { describe, test } from "../ssh/openssh.js";
import { type Sshd, startSshd } from "../ssh/sshd.js";
import { temporaryFolder } from "../support/folder.js";
import { communicatorOptions, outputOf } from "./connect.js";

const folder = temporaryFolder("exec");
let sshd: Sshd;
let communicator: SshCommunicator;

beforeAll(async () => {
  sshd = await startSshd();
  communicator = await openSshCommunicator(communicatorOptions(sshd));
});

afterAll(async () => {
  await communicator.close();
  await sshd.stop();
});

describe("the result of a command", () => {
  test.each<[string, ExecResult]>([
    ["true", { status: "exited", code: 0 }],
    ["exit 3", { status: "exited", code: 3 }],
    ["no-such-command 2>/dev/null", { status: "exited", code: 127 }],
    ["kill -9 $$", { status: "signalled", signal: "SIGKILL" }],
    ["kill -9 $PPID; sleep 30", { status: "disconnected" }],
  ])("%s", async (command, expected) => {
    expect((await outputOf(communicator, command)).result).toEqual(expected);
  });

  test.each([0, 3])("exit status %i, in one packet with all that comes before it", async (code) => {
    const relay = await startBatchingRelay(sshd.port);
    const slow = await openSshCommunicator(communicatorOptions(sshd, {}, { port: relay.port }));
    relay.batch(300);
    expect(await outputOf(slow, `echo said; exit ${code}`)).toEqual({
      result: { status: "exited", code },
      stdout: "said\n",
      stderr: "",
    });
    relay.batch(0);
    await slow.close();
    await relay.close();
  });

  test("after a lost connection the next command reconnects", async () => {
    await outputOf(communicator, "kill -9 $PPID");
    expect(await outputOf(communicator, "echo back")).toMatchObject({ stdout: "back\n" });
  });
});

describe("output", () => {
  test("stdout and stderr are separate", async () => {
    expect(await outputOf(communicator, "echo out; echo err >&2")).toMatchObject({ stdout: "out\n", stderr: "err\n" });
  });

  test("arrives while the command runs", async () => {
    const go = join(folder(), "go");
    let seen = false;
    const result = await communicator.exec(`echo first; while [ ! -e '${go}' ]; do sleep 0.05; done`, {
      onOutput() {
        if (!seen) void communicator.exec(`touch '${go}'`);
        seen = true;
      },
    });
    expect(result).toEqual({ status: "exited", code: 0 });
  });

  test("of a terminal is one stream", async () => {
    const pty = await openSshCommunicator(communicatorOptions(sshd, { pty: true }));
    const { stdout } = await outputOf(pty, "tty >/dev/null && stty size && echo $TERM");
    await pty.close();
    expect(stdout).toBe("40 80\r\nxterm\r\n");
  });

  test("hundreds of megabytes are streamed, not kept in memory", async () => {
    let bytes = 0;
    const before = process.memoryUsage().rss;
    await communicator.exec("head -c 300000000 /dev/zero", {
      onOutput: (chunk) => {
        bytes += chunk.length;
      },
    });
    expect(bytes).toBe(300_000_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
  });
});

test("input is read to its end", async () => {
  const pieces = async function* () {
    for (let n = 0; n < 1000; n++) yield Buffer.from(`${n}\n`.repeat(1000));
  };
  let counted = "";
  await communicator.exec("wc -l", {
    stdin: pieces(),
    onOutput: (chunk) => {
      counted += Buffer.from(chunk).toString();
    },
  });
  expect(counted.trim()).toBe("1000000");
});

test("ten commands run in parallel on one connection", async () => {
  const results = await Promise.all(
    Array.from({ length: 10 }, (_, n) => outputOf(communicator, `echo ${n}; exit ${n}`)),
  );
  expect(results.map(({ result, stdout }) => [result, stdout])).toEqual(
    Array.from({ length: 10 }, (_, n) => [{ status: "exited", code: n }, `${n}\n`]),
  );
});

test("more sessions than the server allows get a new connection, and none is lost", async () => {
  const results = await Promise.all(
    Array.from({ length: 14 }, (_, n) => outputOf(communicator, `sleep 0.3; echo ${n}`)),
  );
  expect(results.map(({ stdout }) => stdout)).toEqual(Array.from({ length: 14 }, (_, n) => `${n}\n`));
});

describe("abort", () => {
  test("rejects with the reason and kills the command on the machine", async () => {
    const controller = new AbortController();
    const pidFile = join(folder(), "pid");
    let pid = 0;
    const running = communicator.exec(`echo $$ > '${pidFile}'; echo $$; sleep 300`, {
      signal: controller.signal,
      onOutput(chunk) {
        pid = Number(Buffer.from(chunk).toString());
        controller.abort(new Cancelled("stop"));
      },
    });
    await expect(running).rejects.toThrow("stop");
    // OpenSSH accepts signals for sessions of all users except root (it has no monitor process for root).
    if (process.getuid?.() === 0) process.kill(pid, "SIGKILL");
    const { stdout } = await outputOf(
      communicator,
      `for n in $(seq 100); do kill -0 ${pid} 2>/dev/null || { echo gone; break; }; sleep 0.05; done`,
    );
    expect(stdout).toBe("gone\n");
  });

  test("before the start runs nothing", async () => {
    const file = join(folder(), "never");
    const exec = communicator.exec(`touch '${file}'`, { signal: AbortSignal.abort(new Cancelled("too late")) });
    await expect(exec).rejects.toThrow("too late");
    expect(existsSync(file)).toBe(false);
  });
});

test("an abort does not wait for a server that hangs", async () => {
  const hanging = await startSshd();
  const other = await openSshCommunicator(communicatorOptions(hanging));
  hanging.signal("SIGSTOP");
  const controller = new AbortController();
  const running = other.exec("true", { signal: controller.signal });
  controller.abort(new Cancelled("stop"));
  await expect(running).rejects.toThrow("stop");
  hanging.signal("SIGCONT");
  await other.close();
  await hanging.stop();
});

test("a command after close is an error", async () => {
  const other = await openSshCommunicator(communicatorOptions(sshd));
  await other.close();
  await expect(other.exec("true")).rejects.toMatchObject({ code: "ssh-disconnected" });
});

describe("input", () => {
  test("that never ends does not block a command that has exited", async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("first\n");
      await new Promise(() => undefined);
    }
    const said: string[] = [];
    const result = await communicator.exec("head -n 1", {
      stdin: endless(),
      onOutput: (chunk) => said.push(Buffer.from(chunk).toString()),
    });
    expect([result, said.join("")]).toEqual([{ status: "exited", code: 0 }, "first\n"]);
  });

  test("of a command without a terminal is not echoed", async () => {
    const pty = await openSshCommunicator(communicatorOptions(sshd, { pty: true }));
    const said: string[] = [];
    const result = await pty.exec("cat", {
      pty: false,
      stdin: Buffer.from("a\nb\u0003c\n"),
      onOutput: (chunk) => said.push(Buffer.from(chunk).toString()),
    });
    await pty.close();
    expect([result, said.join("")]).toEqual([{ status: "exited", code: 0 }, "a\nb\u0003c\n"]);
  });
});
