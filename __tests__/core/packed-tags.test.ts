import { createHash } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { OWNER, ownershipTags, TAG } from "../../src/core/ownership.js";
import { arePacked, packRetired, packTags, storedValues, unpackTags } from "../../src/core/packed-tags.js";
import { pattern } from "../../src/local/endpoint/wire/filters.js";

const HASH = createHash("sha256").update("inputs").digest("hex");
const GIVEN = { Name: "web", "cost center": "a b=c" };

function owned(build: string, key = `4711/${build}/image/1a2b3c4d`) {
  const ownership = { runId: "4711", attempt: "2", repository: "acme/images" };
  return ownershipTags({ ownership, build, key }, Date.parse("2026-11-30T10:00:00Z"));
}

const COPY = {
  ...GIVEN,
  ...owned("amazon-ebs.web"),
  [TAG.lease]: "2026-11-30T10:30:00.000Z",
  [TAG.unfinished]: "copy:eu-west-1 copy:us-west-2",
  [TAG.image]: "base/web",
  [TAG.fingerprint]: HASH,
  [TAG.names]: "web-*-{x}",
  [TAG.origin]: "2026-11-30T09:12:13.456Z ami-0123456789abcdef0",
};

describe("packed tags", () => {
  test.each<[string, Readonly<Record<string, string>>]>([
    ["of an instance", { ...GIVEN, ...owned("amazon-ebs.web") }],
    ["of a build whose name has spaces, signs and letters of other scripts", { ...owned("web = ü/日本 repo:x") }],
    ["of an unfinished copy", COPY],
    ["of an image under a temporary name", { ...COPY, [TAG.finalName]: "web-2026-11-30-10-00-00" }],
    ["with another owner of the key", { ...owned("web", "9/web/image/1"), [TAG.lease]: "2026-11-30T10:30:00.000Z" }],
    [
      "with a fingerprint and an origin of another form",
      { ...COPY, [TAG.fingerprint]: "abc", [TAG.origin]: "x ami-1" },
    ],
  ])("%s are three, and are read as they were", (_, tags) => {
    const packed = packTags(tags);
    expect(
      Object.keys(packed)
        .filter((key) => key.startsWith("bake-ami:"))
        .sort(),
    ).toEqual([TAG.build, TAG.key, TAG.owner]);
    expect(arePacked(packed)).toBe(true);
    for (const value of Object.values(packed)) expect(value.length).toBeLessThanOrEqual(256);
    for (const key of [TAG.build, TAG.key]) expect(packed[key]).toMatch(/^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u);
    expect(unpackTags(packed)).toEqual(tags);
  });

  test("of a finished image are two: those of the run are removed with the key", () => {
    const { [TAG.key]: _key, ...finished } = packTags(COPY);
    const { [TAG.repository]: repository, [TAG.origin]: origin, ...rest } = unpackTags(finished);
    expect([repository, origin]).toEqual(["acme/images", COPY[TAG.origin]]);
    expect(Object.keys(rest).sort()).toEqual(
      ["Name", "cost center", TAG.owner, TAG.build, TAG.image, TAG.fingerprint, TAG.names].sort(),
    );
  });

  test("have the first of many missing Regions, and room for a lease that another run adds", () => {
    const { [TAG.lease]: _lease, ...tags } = {
      ...COPY,
      [TAG.unfinished]: Array.from({ length: 17 }, (_, n) => `copy:us-east-${n}`).join(" "),
    };
    const packed = packTags(tags);
    expect(unpackTags(packed)[TAG.unfinished]).toMatch(/^copy:us-east-0 copy:us-east-1 /);
    const claimed = { ...unpackTags(packed), [TAG.lease]: "2026-11-30T11:00:00.000Z" };
    expect(unpackTags(packTags(claimed))).toEqual(claimed);
    expect(Object.keys(packTags(claimed)).length).toBe(Object.keys(packed).length);
  });

  test("stay tags of their own where they have no room, or where the build has none for the repository", () => {
    const long = { ...COPY, [TAG.names]: `${"n".repeat(200)}*` };
    expect(packTags(long)).toMatchObject({ [TAG.names]: long[TAG.names], [TAG.owner]: OWNER });
    expect(unpackTags(packTags(long))).toEqual(long);
    const none = { ...COPY, [TAG.build]: "b".repeat(250) };
    expect(packTags(none)).toEqual(none);
  });

  test.each<[string, Readonly<Record<string, string>>]>([
    ["of an earlier version", { ...COPY }],
    ["of a build whose name looks packed", { ...COPY, [TAG.build]: "x image:y" }],
    ["of somebody else", { ...packTags(COPY), [TAG.owner]: "someone" }],
    ["that have no build", { [TAG.owner]: OWNER, [TAG.key]: "4711/web attempt:2" }],
    ["that are not bake-ami's", { Name: "x", [TAG.build]: "web repo:acme/images" }],
  ])("tags %s are read as they are", (_, tags) => {
    expect(arePacked(tags)).toBe(false);
    expect(unpackTags(tags)).toEqual(tags);
  });

  test.each([
    "web repo:a origin:zzzzzzzzz/ami-1 hash:- names:=ZZ=FF constructor:y",
    "web repo:=00=FF=C3 image:",
    "web repo: origin:/",
  ])("a damaged value is read without an error: %s", (build) => {
    const read = unpackTags({ [TAG.owner]: OWNER, [TAG.build]: build, [TAG.key]: "k missing:" });
    expect(read[TAG.build]).toBe("web");
    expect(Object.keys(read).every((key) => key.startsWith("bake-ami:"))).toBe(true);
  });

  test.each(["4711/amazon-ebs.web/image/1a2b", "a b=c/ü"])("are found by a filter for %s", (value) => {
    const matches = (stored: string) => storedValues(value).some((each) => pattern(each).test(stored));
    const packed = packTags({ ...owned("web", value), [TAG.run]: "other" });
    expect([matches(value), matches(packed[TAG.key] ?? ""), matches(`${value}2`), matches(`x${value}`)]).toEqual([
      ...[true, true],
      ...[false, false],
    ]);
  });

  test("of a retired snapshot are one", () => {
    const tags = { [TAG.retired]: packRetired("ami-1", "2026-11-30T10:00:00.000Z") };
    expect(unpackTags(tags)).toEqual({ [TAG.retired]: "ami-1", [TAG.expires]: "2026-11-30T10:00:00.000Z" });
  });
});
