import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { appendFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { transformFile } from "@swc/core";
import { openLedgerFile, readLedgerFile } from "../../src/cli/ledger-file.js";
import { stateOf, takeLock, thisHost } from "../../src/cli/ledger-lock.js";
import type { LedgerRecord } from "../../src/core/ledger.js";
import type { LedgerRun } from "../../src/core/ledger-records.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("lock");
const source = join(dirname(fileURLToPath(import.meta.url)), "../../src/cli/ledger-lock.ts");

/** A process that holds a lock in the directory of its first argument, and prints its header. */
const HOLDER = `
import { takeLock, thisHost } from "./ledger-lock.mjs";
const lock = takeLock(process.argv[2]);
const run = { ...thisHost(), version: 2, pid: process.pid, startedAt: 1, template: "", lock: lock?.name };
process.stdout.write(JSON.stringify(run));
setInterval(() => {}, 1000);
`;

beforeAll(async () => {
  const jsc = { parser: { syntax: "typescript" }, target: "es2022" } as const;
  const { code } = await transformFile(source, { jsc, module: { type: "es6" } });
  writeFileSync(join(folder(), "ledger-lock.mjs"), code);
  writeFileSync(join(folder(), "holder.mjs"), HOLDER);
});

const children = new Set<ChildProcess>();
afterEach(async () => {
  await Promise.all([...children].map(kill));
});

async function kill(child: ChildProcess): Promise<void> {
  children.delete(child);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
}

/** Starts a process that holds a lock in `where`; returns it with the header that it would write. */
async function hold(where: string, launcher: readonly string[] = []) {
  mkdirSync(where, { recursive: true });
  const [program = "", ...args] = [...launcher, process.execPath, join(folder(), "holder.mjs"), where];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"] });
  children.add(child);
  const run = await new Promise<LedgerRun>((resolve) => {
    child.stdout?.once("data", (text: Buffer) => resolve(JSON.parse(text.toString())));
  });
  return { child, run };
}

const onUnix = process.platform === "win32" ? test.skip : test;
const unshares = (flag: string) => spawnSync("unshare", [flag, "--fork", "true"]).status === 0;

describe("a run", () => {
  test("is alive until its process ends, however it ends", async () => {
    const { child, run } = await hold(folder());
    expect(await stateOf(run, folder())).toBe("alive");
    await kill(child);
    expect(await stateOf(run, folder())).toBe("ended");
  });

  onUnix("is alive while its process is stopped", async () => {
    const { child, run } = await hold(folder());
    child.kill("SIGSTOP");
    expect(await stateOf(run, folder())).toBe("alive");
  });

  test.each(["--pid", "--net", "--uts"])("is alive in another namespace: unshare %s", async (flag) => {
    if (!unshares(flag)) return;
    const { run } = await hold(folder(), ["unshare", flag, "--fork", "--kill-child"]);
    expect(await stateOf({ ...run, host: "container" }, folder())).toBe("alive");
  });

  onUnix("is alive in a directory whose path is longer than a socket's can be", async () => {
    if (process.platform !== "linux") return;
    const long = join(folder(), "x".repeat(150));
    const { child, run } = await hold(long);
    expect(await stateOf(run, long)).toBe("alive");
    await kill(child);
    expect(await stateOf(run, long)).toBe("ended");
  });

  test("has ended although its process ID belongs to another process now", async () => {
    const { child, run } = await hold(folder());
    await kill(child);
    expect(await stateOf({ ...run, pid: process.ppid }, folder())).toBe("ended");
  });

  test("that released its lock has ended, and leaves no file", () => {
    const where = join(folder(), "released");
    mkdirSync(where);
    const lock = takeLock(where);
    expect(readdirSync(where)).toEqual([lock?.name]);
    lock?.release();
    expect(readdirSync(where)).toEqual([]);
  });

  const HERE = { ...thisHost(), version: 2, pid: 1, startedAt: 1, template: "", lock: "bake-ami-00000000.lock" };
  const onLinux = HERE.boot !== undefined;
  test.each<[string, Partial<LedgerRun>, string]>([
    ["without its socket has ended", {}, "ended"],
    ["of this host before it restarted has ended", { boot: "earlier" }, onLinux ? "ended" : "unknown"],
    ["of another host is unknown", { host: "elsewhere", boot: "other" }, "unknown"],
    ["of another host without a boot ID is unknown", { host: "elsewhere", boot: undefined }, "unknown"],
    ["without a lock is alive while its process exists", { lock: undefined, pid: process.ppid }, "alive"],
    [
      "without a lock and process is unknown: it can be in another namespace",
      { lock: undefined, pid: 2 ** 22 + 1 },
      "unknown",
    ],
    ["whose header names another file is unknown", { lock: "../../docker.sock" }, "unknown"],
  ])("%s", async (_, more, state) => {
    expect(await stateOf({ ...HERE, ...more }, folder())).toBe(state);
  });
});

describe("a ledger file", () => {
  const OPEN: LedgerRecord = {
    op: "intent",
    at: 1,
    intent: { key: "k", kind: "instance", build: "web", account: { region: "us-east-1" } },
  };
  const OWNER = { startedAt: 1, template: "web.json" };
  const IN_USE = { code: "ledger-in-use", message: expect.stringContaining(`in use by process`) };

  test("of a live run cannot be opened, and can when the run was killed", async () => {
    const where = join(folder(), "live");
    const { child, run } = await hold(where);
    const path = join(where, "ledger.jsonl");
    appendFileSync(path, `${JSON.stringify({ run })}\n${JSON.stringify(OPEN)}\n`);
    await expect(openLedgerFile(path, OWNER)).rejects.toMatchObject(IN_USE);
    await kill(child);
    const next = await openLedgerFile(path, OWNER);
    next.sink.append({ op: "released", at: 2, key: "k" });
    next.close();
    expect(readdirSync(where)).toEqual([]);
  });

  test("that two runs start at once has one writer: the other creates nothing", async () => {
    const path = join(folder(), "two", "ledger.jsonl");
    const [first, second] = [await openLedgerFile(path, OWNER), await openLedgerFile(path, OWNER)];
    first.sink.append(OPEN);
    expect(() => second.sink.append(OPEN)).toThrow(expect.objectContaining(IN_USE));
    second.close();
    expect(readLedgerFile(path).records).toHaveLength(1);
    first.close();
    expect(existsSync(path)).toBe(true);
  });

  test("that its run removes while another one opens it is made again", async () => {
    const path = join(folder(), "removed", "ledger.jsonl");
    const first = await openLedgerFile(path, OWNER);
    first.sink.append(OPEN);
    first.sink.append({ op: "released", at: 2, key: "k" });
    const opening = openLedgerFile(path, { ...OWNER, template: "db.json" });
    await expect(opening).rejects.toMatchObject(IN_USE);
    first.close();
    const second = await openLedgerFile(path, { ...OWNER, template: "db.json" });
    second.sink.append(OPEN);
    expect(readLedgerFile(path)).toMatchObject({ runs: [{ template: "db.json", host: hostname() }] });
    second.close();
  });
});
