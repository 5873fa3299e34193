import { describe, expect, test } from "@jest/globals";
import { isHeld, LEASE, leaseEnd, leaseUntil, runText } from "../../src/core/lease.js";
import { TAG } from "../../src/core/ownership.js";

const NOW = Date.parse("2026-11-30T07:00:00Z");
const US = { runId: "4711", attempt: "2" };
const tags = (run: string, attempt: string, end: number | string) => ({
  [TAG.run]: run,
  [TAG.attempt]: attempt,
  [TAG.lease]: typeof end === "string" ? end : new Date(end).toISOString(),
});

describe("an unfinished image is held", () => {
  test.each([
    ["by another run with a lease", tags("4700", "1", NOW + 1000), true],
    ["by a later attempt of this run", tags("4711", "3", NOW + 1000), true],
    ["by a job of the same attempt", tags("4711", "2", NOW + 1000), true],
    ["not by an earlier attempt of this run", tags("4711", "1", NOW + 1000), false],
    ["not after the end of the lease", tags("4700", "1", NOW), false],
    ["not without a lease", { [TAG.run]: "4700", [TAG.attempt]: "1" }, false],
    ["not by a lease that is not a time", tags("4700", "1", "forever"), false],
    ["not by a lease that is longer than any run writes", tags("4700", "1", NOW + 2 * LEASE), false],
  ])("%s", (_, described, held) => expect(isHeld(described, US, NOW)).toBe(held));

  test("until the end that a renewal wrote", () => {
    expect(leaseEnd({ [TAG.lease]: leaseUntil(NOW) }, NOW)).toBe(NOW + LEASE);
  });

  test.each([
    [{ [TAG.run]: "4711" }, "run 4711"],
    [{}, "an earlier run"],
  ])("and %j is named in messages", (described, text) => expect(runText(described)).toBe(text));
});
