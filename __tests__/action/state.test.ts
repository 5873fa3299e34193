import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { writeOutputs } from "../../src/action/runner-commands.js";
import {
  ledgerFromState,
  notesFromState,
  saveNotes,
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
    expect(ledgerFromState(read(path, "STATE_"))).toEqual(written);
  });

  test("goes on in post behind what main left", () => {
    const path = join(folder(), "goes-on");
    const [first, second] = [records(2), records(1)];
    const inMain = stateLedger(path);
    for (const record of first) inMain.append(record);
    const inPost = stateLedger(path, ledgerFromState(read(path, "STATE_")).length);
    for (const record of second) inPost.append(record);
    expect(ledgerFromState(read(path, "STATE_"))).toEqual([...first, ...second]);
  });

  test("a torn record is dropped, the others count", () => {
    const env = { STATE_ledger_000001: '{"op":"released","at":1,"key":"a"}', STATE_ledger_000002: '{"op":"rel' };
    expect(ledgerFromState(env)).toEqual([{ op: "released", at: 1, key: "a" }]);
    expect(ledgerFromState({ STATE_other: "{}", PATH: "/bin" })).toEqual([]);
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

test("notes reach post", () => {
  const path = join(folder(), "notes");
  saveNotes(path, { bake: "reported" });
  expect(notesFromState(read(path, "STATE_"))).toEqual({ bake: "reported" });
  expect(notesFromState({})).toEqual({});
});

test("no value of an output can set another one", async () => {
  const path = join(folder(), "outputs");
  writeFileSync(path, "");
  await writeOutputs(path, { reason: "x\nEOF\nami-id<<EOF\nami-evil\nEOF", "ami-id": "ami-1" });
  expect(read(path)).toEqual({ reason: "x\nEOF\nami-id<<EOF\nami-evil\nEOF", "ami-id": "ami-1" });
});
