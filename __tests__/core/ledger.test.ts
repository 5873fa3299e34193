import { describe, expect, test } from "@jest/globals";
import { type Intent, type LedgerSink, openLedger } from "../../src/core/ledger.js";

const INTENT: Intent = { key: "k", kind: "instance", build: "web", account: { region: "us-east-1" } };

/** A sink on a disk that can be full. */
function disk() {
  const state = { full: false, written: [] as string[] };
  const sink: LedgerSink = {
    append(record) {
      if (state.full) throw new Error("no space left on the disk");
      state.written.push(record.op);
    },
  };
  return { state, sink };
}

describe("on a full disk", () => {
  test("an intent is refused and not remembered: nothing is created that is not recorded", () => {
    const { state, sink } = disk();
    state.full = true;
    const ledger = openLedger(sink, () => 0);
    expect(() => ledger.intend(INTENT)).toThrow("no space left on the disk");
    expect(ledger.entries()).toEqual([]);
  });

  test("what happened is remembered, and the first error is reported once", () => {
    const { state, sink } = disk();
    const lost: unknown[] = [];
    const ledger = openLedger(
      sink,
      () => 0,
      [],
      (error) => lost.push(error),
    );
    ledger.intend(INTENT);
    state.full = true;
    ledger.made("k", "i-1");
    expect(ledger.entries()).toMatchObject([{ state: "open", id: "i-1" }]);
    ledger.intendRemoval({ ...INTENT, key: "old", kind: "snapshot" });
    ledger.kept("old", "finished");
    ledger.released("k");
    expect(ledger.entries().map(({ state, intent: { key } }) => [key, state])).toEqual([
      ["k", "released"],
      ["old", "kept"],
    ]);
    expect(lost).toEqual([new Error("no space left on the disk")]);
    expect(state.written).toEqual(["intent"]);
  });
});
