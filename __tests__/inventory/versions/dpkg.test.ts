import { spawnSync } from "node:child_process";
import { describe, expect, test } from "@jest/globals";
import { compareDpkg } from "../../../src/inventory/versions.js";
import { fc } from "../../support/properties.js";
import { relation, totalOrder } from "./total-order.js";

describe("the order of Debian versions", () => {
  test.each([
    // Debian Policy §5.6.12.
    ["1.0", "<", "1.1"],
    ["1.9", "<", "1.10"],
    ["1.0-1", "<", "1.0-2"],
    ["1.0", "<", "1.0-1"],
    ["1.0", "=", "1.0-0"],
    ["1.0", "=", "0:1.0"],
    ["2.0", "<", "1:1.0"],
    ["1:1.0", "<", "2:0.1"],
    ["1.0", "=", "1.00"],
    ["1.2.3", "=", "1.02.003"],
    ["1.0~rc1", "<", "1.0"],
    ["1.0~~", "<", "1.0~"],
    ["1.0~~", "<", "1.0~~a"],
    ["1.0~~a", "<", "1.0~"],
    ["1.0~", "<", "1.0"],
    ["1.0", "<", "1.0a"],
    ["1.0a", "<", "1.0+"],
    ["1.0Z", "<", "1.0a"],
    ["1.0-1~deb12u1", "<", "1.0-1"],
    ["1.0-1", "<", "1.0-1+deb12u1"],
    ["3.0.11-1~deb12u2", "<", "3.0.14-1~deb12u1"],
    ["7.88.1-10+deb12u4", "<", "7.88.1-10+deb12u14"],
    ["5.15.0-91.101", "<", "5.15.0-101.111"],
    ["1:8.9p1-3ubuntu0.6", "<", "1:8.9p1-3ubuntu0.10"],
    ["1.0-1-1", ">", "1.0-1"],
    ["99999999999999999999", "<", "100000000000000000000"],
  ])("%s %s %s", (a, sign, b) => {
    expect(relation(compareDpkg(a, b))).toBe(sign);
    expect(relation(0 - compareDpkg(b, a))).toBe(sign);
  });

  test("is total", () => totalOrder(compareDpkg, "019azA.+~-:"));
});

const hasDpkg = spawnSync("dpkg", ["--version"]).status === 0;
const withDpkg = hasDpkg || process.env.BAKE_AMI_REQUIRE_TOOLS === "1" ? test : test.skip;

describe("compared with dpkg", () => {
  withDpkg("random versions are in its order", () => {
    const text = fc.array(fc.constantFrom(..."0019ab.~+-"), { maxLength: 6 }).map((chars) => `1${chars.join("")}0`);
    const property = fc.property(text, text, (a, b) => {
      const word = { "<": "lt", "=": "eq", ">": "gt" }[relation(compareDpkg(a, b))] ?? "";
      expect([a, word, b, spawnSync("dpkg", ["--compare-versions", a, word, b]).status]).toEqual([a, word, b, 0]);
    });
    fc.assert(property, { numRuns: 60 });
  });
});
