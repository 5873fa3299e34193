import { brotliCompressSync, constants } from "node:zlib";
import { describe, expect, test } from "@jest/globals";
import { packedHead, packList, unpackList } from "../../src/inventory/pack.js";
import { fc } from "../support/properties.js";
import { listOf, recordedList } from "./lists.js";

const IMAGE = "ami-0123456789abcdef0";

const FAST = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } };

/** A list too long for one piece. */
const long = listOf(
  Array.from({ length: 3000 }, (_, i) => `p${(i * 7919) % 1_000_003} ${(i * 104_729) % 65_537}-${i}`),
);

describe("a list as values of parameters", () => {
  test.each(["debian-12", "rocky-9"] as const)("of %s is unpacked, except for maintainers and changelogs", (name) => {
    const list = recordedList(name);
    const values = packList(list, IMAGE);
    expect(values).toHaveLength(1);
    expect(unpackList(values)).toEqual({
      ...list,
      packages: list.packages.map((each) => ({ ...each, maintainer: "" })),
      securityUpdates: [],
    });
    expect(packedHead(values[0] ?? "")).toEqual({ imageId: IMAGE, count: 1 });
  });

  test("of many packages needs several values, each within the limit of a standard parameter", () => {
    const values = packList(long, IMAGE);
    expect(values.length).toBeGreaterThan(3);
    for (const value of values) expect(Buffer.byteLength(value)).toBeLessThanOrEqual(4096);
    expect(unpackList(values)).toEqual(long);
  });

  test("of any packages is unpacked (property)", () => {
    const text = fc.stringMatching(/^[a-z0-9][a-z0-9.+-]{0,10}$/);
    const arch = fc.constantFrom("amd64", "x86_64", "all");
    const property = fc.property(fc.array(fc.tuple(text, text, arch, text)), (rows) => {
      const list = listOf(rows.map((row) => row.join(" ")));
      expect(unpackList(packList(list, IMAGE))).toEqual(list);
    });
    fc.assert(property, { numRuns: 30 });
  });
});

describe("values that are not one complete list", () => {
  const values = packList(long, IMAGE);
  const other = packList(long, "ami-0fedcba9876543210");
  const bomb = brotliCompressSync(Buffer.alloc(16 * 1024 * 1024), FAST).toString("base64");
  test.each([
    ["none", []],
    ["empty", [""]],
    ["another text", ["ami-0123456789abcdef0"]],
    ["one is missing", values.slice(0, -1)],
    ["in another order", [...values].reverse()],
    ["of two images", [values[0] ?? "", ...other.slice(1)]],
    ["cut off", values.map((value) => value.slice(0, -40))],
    ["not compressed", [`bake-ami-packages 1 ${IMAGE} 1/1 ${Buffer.from("deb\td\t12\tD").toString("base64")}`]],
    ["of a format that is not known", [packed("exe\td\t12\tD\na\t1\tall")]],
    ["more packages than any image has", [packed(`deb\td\t12\tD${"\na\t1\tall".repeat(20_001)}`)]],
    ["larger than they look", [`bake-ami-packages 1 ${IMAGE} 1/1 ${bomb}`]],
  ])("%s", (_what, given) => expect(unpackList(given)).toBeUndefined());

  test("lines that are not packages are ignored", () => {
    const list = unpackList([packed("deb\tdebian\t12\tD\ncurl\t1\tamd64\n<b>\t1\tall\nx")]);
    expect(list?.packages.map(({ name }) => name)).toEqual(["curl"]);
  });
});

function packed(text: string): string {
  return `bake-ami-packages 1 ${IMAGE} 1/1 ${brotliCompressSync(text, FAST).toString("base64")}`;
}
