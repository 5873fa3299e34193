import { spawn } from "node:child_process";
import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { isRunning, ledgerFolder, openLedgerFile, readLedgerFile } from "../../src/cli/ledger-file.js";
import type { Intent, LedgerRecord } from "../../src/core/ledger.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("ledger");

const INTENT: Intent = { key: "k", kind: "instance", build: "web", account: { region: "us-east-1" } };
const OWNER = { startedAt: 1, template: "web.json" };

function recorded(name: string, records: readonly LedgerRecord[]): string {
  const file = openLedgerFile(join(folder(), name, "ledger.jsonl"), OWNER);
  for (const record of records) file.sink.append(record);
  file.close();
  return file.path;
}

describe("a ledger file", () => {
  test("holds its owner and every record, for its user alone", () => {
    const path = recorded("held", [
      { op: "intent", at: 1, intent: INTENT },
      { op: "made", at: 2, key: "k", id: "i-1" },
    ]);
    const { owner, records } = readLedgerFile(path);
    expect(owner).toEqual({ pid: process.pid, host: hostname(), ...OWNER });
    expect(records.map((record) => record.op)).toEqual(["intent", "made"]);
    if (process.platform !== "win32") expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("a record is on the disk when append returns", () => {
    const file = openLedgerFile(join(folder(), "at-once", "ledger.jsonl"), OWNER);
    file.sink.append({ op: "intent", at: 1, intent: INTENT });
    expect(readFileSync(file.path, "utf8")).toContain('"op":"intent"');
    file.close();
  });

  test("a torn last line is dropped", () => {
    const path = recorded("torn", [{ op: "intent", at: 1, intent: INTENT }]);
    appendFileSync(path, '{"op":"made","at":2,"key":"k","i');
    expect(readLedgerFile(path).records).toHaveLength(1);
  });

  test.each<[string, LedgerRecord[], boolean]>([
    ["released", [{ op: "released", at: 2, key: "k" }], false],
    ["open", [], true],
    ["kept", [{ op: "kept", at: 2, key: "k", why: "on-error abort" }], true],
  ])("stays only while something is there: %s", (name, more, stays) => {
    const path = recorded(name, [{ op: "intent", at: 1, intent: INTENT }, ...more]);
    expect(existsSync(path)).toBe(stays);
  });

  test("that cannot be written stops the bake before anything is created", () => {
    const blocked = join(folder(), "file");
    writeFileSync(blocked, "");
    const file = openLedgerFile(join(blocked, "ledger.jsonl"), OWNER);
    expect(() => file.sink.append({ op: "intent", at: 1, intent: INTENT })).toThrow(/^Could not write the ledger/);
  });
});

test("a run is alive while its process is", async () => {
  const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"]);
  const owner = { pid: child.pid ?? 0, host: hostname(), ...OWNER };
  expect(isRunning(owner)).toBe(true);
  expect(isRunning({ ...owner, host: "elsewhere" })).toBe(false);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await ended;
  expect(isRunning(owner)).toBe(false);
});

test.each<[NodeJS.Platform, Record<string, string>, RegExp]>([
  ["linux", { XDG_STATE_HOME: "/state" }, /^[\\/]state[\\/]bake-ami[\\/]ledgers$/],
  ["linux", {}, /[\\/]\.local[\\/]state[\\/]bake-ami[\\/]ledgers$/],
  ["darwin", {}, /Application Support[\\/]bake-ami[\\/]ledgers$/],
  ["win32", { LOCALAPPDATA: "/local" }, /[\\/]local[\\/]bake-ami[\\/]ledgers$/],
])("the folder on %s with %j", (platform, env, expected) => {
  expect(ledgerFolder(env, platform)).toMatch(expected);
});
