import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { loadOutputWriter } from "../../src/action/runner-commands.js";
import {
  ledgerFromState,
  notesFromState,
  openNotes,
  stateLedger,
  stateVault,
  vaultFromState,
} from "../../src/action/state.js";
import type { LedgerRecord } from "../../src/core/ledger.js";
import { temporaryFolder } from "../support/folder.js";

const folder = temporaryFolder("state");

/** What the runner makes of a command file: each key with the value between its delimiters. */
function read(path: string, prefix = ""): Record<string, string> {
  const entries = [...readFileSync(path, "utf8").matchAll(/^(\S+?)<<(\S+)\n([\s\S]*?)\n\2$/gm)];
  return Object.fromEntries(entries.map(([, key = "", , value = ""]) => [prefix + key, value]));
}

function records(count: number): readonly LedgerRecord[] {
  return Array.from({ length: count }, (_, index) => ({ op: "released", at: index, key: `run/web/instance/${index}` }));
}

describe("the ledger in the state", () => {
  test("reaches post whole and in order", () => {
    const path = join(folder(), "ledger");
    const intent = { key: "k", kind: "instance", build: "web\n<<x", account: { region: "us-east-1" } } as const;
    const written: readonly LedgerRecord[] = [{ op: "intent", at: 1, intent }, ...records(1200)];
    const sink = stateLedger(path);
    for (const record of written) sink.append(record);
    expect(ledgerFromState(read(path, "STATE_"))).toMatchObject({ records: written, problems: [] });
  });

  test("is continued in post after the records of main, readable or not", () => {
    const path = join(folder(), "goes-on");
    const [first, second] = [records(2), records(1)];
    const inMain = stateLedger(path);
    for (const record of first) inMain.append(record);
    const damaged = { ...read(path, "STATE_"), STATE_ledger_000001: "{" };
    const inPost = stateLedger(path, ledgerFromState(damaged).count);
    for (const record of second) inPost.append(record);
    expect(ledgerFromState(read(path, "STATE_")).records).toEqual([...first, ...second]);
  });

  test("a record that cannot be read is a problem at its key, and the others count", () => {
    const env = { STATE_ledger_000001: '{"op":"released","at":1,"key":"a"}', STATE_ledger_000002: '{"op":"rel' };
    expect(ledgerFromState(env)).toMatchObject({
      records: [{ op: "released", at: 1, key: "a" }],
      problems: [{ place: "ledger_000002", problem: "The line is not JSON, or is truncated" }],
    });
    expect(ledgerFromState({ STATE_other: "{}", PATH: "/bin" })).toMatchObject({ records: [], problems: [], count: 0 });
  });

  const onFullDisk = process.platform === "linux" ? test : test.skip;
  onFullDisk("says which file cannot be written, and why", () => {
    expect(() => stateLedger("/dev/full").append(records(1)[0] as LedgerRecord)).toThrow(
      'Could not write "/dev/full" (GITHUB_STATE): no space left on the disk',
    );
  });
});

describe("access keys in the state", () => {
  test("are masked before they are written, and masked again in post", () => {
    const path = join(folder(), "keys");
    const masked: string[] = [];
    const keys = { accessKeyId: "AKIAEXAMPLE", secretAccessKey: "s3cret/key", sessionToken: "t0ken" };
    const vault = stateVault(path, (secret) => masked.push(secret));
    vault.put("keys-1", keys);
    vault.put("keys-1", keys);
    expect(masked).toEqual(["s3cret/key", "t0ken"]);
    expect(vault.get("keys-1")).toEqual(keys);
    const post = vaultFromState(read(path, "STATE_"), (secret) => masked.push(secret));
    expect(post.get("keys-1")).toEqual(keys);
    expect(masked).toHaveLength(4);
  });
});

describe("notes", () => {
  test("reach post, and later ones replace the first in place: the disk can be full then", () => {
    const path = join(folder(), "notes");
    writeFileSync(path, "before<<x\n1\nx\n");
    const notes = openNotes(path);
    notes.save({ bake: "started" });
    stateLedger(path).append({ op: "released", at: 1, key: "a" });
    const { size } = statSync(path);
    notes.save({ bake: "cancelled", comment: "/täglich/comment.json" });
    expect(statSync(path).size).toBe(size);
    const state = read(path, "STATE_");
    expect(notesFromState(state)).toEqual({ bake: "cancelled", comment: "/täglich/comment.json" });
    expect(ledgerFromState(state).records).toHaveLength(1);
    expect(state.STATE_before).toBe("1");
    expect(notesFromState({})).toEqual({});
  });

  test("that do not fit are appended", () => {
    const path = join(folder(), "long-notes");
    const comment = `/${"x".repeat(3000)}`;
    const notes = openNotes(path);
    notes.save({ bake: "started" });
    notes.save({ bake: "cancelled", comment });
    expect(notesFromState(read(path, "STATE_"))).toEqual({ bake: "cancelled", comment });
  });
});

test("no value of an output can set another one", async () => {
  const path = join(folder(), "outputs");
  writeFileSync(path, "");
  const write = await loadOutputWriter();
  write(path, "reason", "x\nEOF\nami-id<<EOF\nami-evil\nEOF");
  write(path, "ami-id", "ami-1");
  expect(read(path)).toEqual({ reason: "x\nEOF\nami-id<<EOF\nami-evil\nEOF", "ami-id": "ami-1" });
});
