import { describe, expect, test } from "@jest/globals";
import { changeTexts } from "../../src/core/fingerprint.js";
import { changingTags, namePattern } from "../../src/fingerprint/names.js";
import { changesSince, recordOf } from "../../src/fingerprint/record.js";

type Parts = Readonly<Record<string, string>>;

/** Returns the texts of the changes since an image with these tags. */
function textsSince(tags: Parts, sourceImageId: string, parts: Parts): readonly string[] {
  return changeTexts(changesSince(tags, { sourceImageId, parts, values: new Map() }));
}

const before = { "variable version": "1", "script a.sh": "h1", "script b.sh": "h2", "option size": "8" };

describe("the list of changes", () => {
  test.each<[string, string, Readonly<Record<string, string>>, readonly string[]]>([
    ["the source AMI", "ami-2", before, ["source AMI ami-1 → ami-2"]],
    [
      "a variable and the script that uses it",
      "ami-1",
      { ...before, "script a.sh": "x", "variable version": "2" },
      ["variable version", "script a.sh"],
    ],
    ["a new script", "ami-1", { ...before, "script c.sh": "h3" }, ["script c.sh (new)"]],
    [
      "a removed option",
      "ami-1",
      { "variable version": "1", "script a.sh": "h1", "script b.sh": "h2" },
      ["1 option or provisioner removed"],
    ],
    ["only the order", "ami-1", before, ["the order of the provisioners"]],
  ])("contains %s", (_, source, now, changes) => {
    expect(textsSince(recordOf("ami-1", before), source, now)).toEqual(changes);
  });

  test("has the old and the new source AMI, and the new value of a variable that is not sensitive", () => {
    const parts = { ...before, "variable version": "2", "variable token": "3" };
    const values = new Map([["variable version", "2"]]);
    expect(changesSince(recordOf("ami-1", before), { sourceImageId: "ami-2", parts, values })).toEqual([
      { what: "source AMI", from: "ami-1", to: "ami-2" },
      { what: "variable version", from: undefined, to: "2" },
      { what: "variable token (new)", from: undefined, to: undefined },
    ]);
  });

  test("is truncated with a count", () => {
    const now = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`script ${index}`, "x"]));
    const changes = textsSince(recordOf("ami-1", { "script 0": "x" }), "ami-1", now);
    expect(changes).toHaveLength(7);
    expect(changes.at(-1)).toBe("13 more");
  });

  test("is empty for an image without recorded parts", () => {
    expect(textsSince({}, "ami-1", before)).toEqual([]);
  });

  test("fits into tags for over a hundred parts", () => {
    const many = Object.fromEntries(Array.from({ length: 108 }, (_, index) => [`script ${index}.sh`, String(index)]));
    const tags = recordOf("ami-1", many);
    expect(Object.values(tags).every((value) => value.length <= 256)).toBe(true);
    expect(Object.keys(tags)).toHaveLength(4);
    expect(textsSince(tags, "ami-1", { ...many, "script 107.sh": "other" })).toEqual(["script 107.sh"]);
  });
});

describe("namePattern", () => {
  test.each([
    ["web", "web", "web"],
    ["web 0", "web 100000000", "web *"],
    ["web-1970-01-01T00:00:00Z-x", "web-1973-03-03T09:46:40Z-x", "web-*Z-x"],
    ["0-web", "100000000-web", "*-web"],
    ["v1 0 a", "v1 1 a", "v1 * a"],
    ["0", "1", "*"],
  ])("of %s and %s is %s", (one, other, pattern) => {
    expect(namePattern(one, other)).toBe(pattern);
  });
});

test("changingTags returns the keys of tags that differ between two plans", () => {
  const text = (source: string) => ({ source, render: () => source });
  const tags = (time: string) => [
    [
      { key: text("App"), value: text("web") },
      { key: text("Baked"), value: text(time) },
    ],
    [{ key: text("At"), value: text(time) }],
  ];
  expect(changingTags(tags("1"), tags("2"))).toEqual(["Baked", "At"]);
});
