import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { ledgerDirectory, openLedgerFile, readLedgerFile } from "../../src/cli/ledger-file.js";
import type { Intent, LedgerRecord } from "../../src/core/ledger.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("ledger");

const INTENT: Intent = { key: "k", kind: "instance", build: "web", account: { region: "us-east-1" } };
const OWNER = { startedAt: 1, template: "web.json" };
const OPEN: LedgerRecord = { op: "intent", at: 1, intent: INTENT };
const RELEASED: LedgerRecord = { op: "released", at: 2, key: "k" };

async function recorded(name: string, records: readonly LedgerRecord[]): Promise<string> {
  const file = await openLedgerFile(join(folder(), name, "ledger.jsonl"), OWNER);
  for (const record of records) file.sink.append(record);
  file.close();
  return file.path;
}

describe("a ledger file", () => {
  test("has the run and every record, for its user alone", async () => {
    const path = await recorded("held", [OPEN, { op: "made", at: 2, key: "k", id: "i-1" }]);
    const { runs, records, problems } = readLedgerFile(path);
    expect(runs).toMatchObject([{ version: 2, pid: process.pid, host: hostname(), ...OWNER }]);
    expect(records.map((record) => record.op)).toEqual(["intent", "made"]);
    expect(problems).toEqual([]);
    if (process.platform !== "win32") expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("a record is on the disk when append returns", async () => {
    const file = await openLedgerFile(join(folder(), "at-once", "ledger.jsonl"), OWNER);
    file.sink.append(OPEN);
    expect(readFileSync(file.path, "utf8")).toContain('"op":"intent"');
    file.close();
  });

  test.each<[string, LedgerRecord[], boolean]>([
    ["released", [RELEASED], false],
    ["open", [], true],
    ["kept", [{ op: "kept", at: 2, key: "k", why: "on-error abort" }], true],
  ])("stays only while something exists: %s", async (name, more, stays) => {
    const path = await recorded(name, [OPEN, ...more]);
    expect(existsSync(path)).toBe(stays);
  });

  test("that cannot be written stops the bake before anything is created", async () => {
    const blocked = join(folder(), "file");
    writeFileSync(blocked, "");
    const file = await openLedgerFile(join(blocked, "ledger.jsonl"), OWNER);
    expect(() => file.sink.append(OPEN)).toThrow(/^Could not write the ledger/);
  });

  test("of a run that has ended is continued with a header for each run, and stays while a record of any is open", async () => {
    const path = await recorded("reused", [OPEN]);
    const second = await openLedgerFile(path, { startedAt: 2, template: "db.json" });
    second.sink.append({ ...OPEN, intent: { ...INTENT, key: "second" } });
    second.sink.append({ ...RELEASED, key: "second" });
    second.close();
    const { runs, records } = readLedgerFile(path);
    expect(runs.map(({ template }) => template)).toEqual(["web.json", "db.json"]);
    expect(records).toHaveLength(3);

    const third = await openLedgerFile(path, { startedAt: 3, template: "db.json" });
    third.sink.append(RELEASED);
    third.close();
    expect(existsSync(path)).toBe(false);
  });

  test("that ends within a line is continued on a new line, and is not removed", async () => {
    const path = await recorded("torn", [OPEN]);
    appendFileSync(path, '{"op":"made","at":2,"key":"k","i');
    const file = await openLedgerFile(path, OWNER);
    file.sink.append(RELEASED);
    file.close();
    const { records, problems } = readLedgerFile(path);
    expect(records.map((record) => record.op)).toEqual(["intent", "released"]);
    expect(problems).toEqual([{ place: "3", problem: "The line is not JSON, or is truncated" }]);
  });
});

test.each<[NodeJS.Platform, Record<string, string>, RegExp]>([
  ["linux", { XDG_STATE_HOME: "/state" }, /^[\\/]state[\\/]bake-ami[\\/]ledgers$/],
  ["linux", {}, /[\\/]\.local[\\/]state[\\/]bake-ami[\\/]ledgers$/],
  ["darwin", {}, /Application Support[\\/]bake-ami[\\/]ledgers$/],
  ["win32", { LOCALAPPDATA: "/local" }, /[\\/]local[\\/]bake-ami[\\/]ledgers$/],
])("the directory on %s with %j", (platform, env, expected) => {
  expect(ledgerDirectory(env, platform)).toMatch(expected);
});
