import { describe, expect, test } from "@jest/globals";
import { compareRanks, newestFirst, originTag, rankOf } from "../../src/core/image-order.js";
import { OWNER, TAG } from "../../src/core/ownership.js";
import { fc } from "../support/properties.js";

const AT = "2026-11-30T07:00:00.000Z";
const LATER = "2026-11-30T08:00:00.000Z";
const image = (id: string, createdAt: string, tags: Readonly<Record<string, string>> = {}) => ({ id, createdAt, tags });
const copyOf = (origin: string, tags = {}) => ({ [TAG.owner]: OWNER, [TAG.origin]: origin, ...tags });

describe("the order of images", () => {
  test.each([
    ["an image has its own time and ID", image("ami-1", AT), { createdAt: Date.parse(AT), id: "ami-1" }],
    [
      "a copy has those of its origin",
      image("ami-2", LATER, copyOf(`${AT} ami-1`)),
      { createdAt: Date.parse(AT), id: "ami-1" },
    ],
    [
      "an origin that is later than the copy is ignored",
      image("ami-2", AT, copyOf(`${LATER} ami-1`)),
      { createdAt: Date.parse(AT), id: "ami-2" },
    ],
    [
      "an origin on an image that bake-ami did not make is ignored",
      image("ami-2", LATER, copyOf(`${AT} ami-1`, { [TAG.owner]: "someone" })),
      { createdAt: Date.parse(LATER), id: "ami-2" },
    ],
    [
      "a malformed origin is ignored",
      image("ami-2", AT, copyOf("yesterday")),
      { createdAt: Date.parse(AT), id: "ami-2" },
    ],
    ["an image without a creation time is the oldest", image("ami-3", ""), { createdAt: 0, id: "ami-3" }],
  ])("%s", (_, described, rank) => expect(rankOf(described)).toEqual(rank));

  test("a copy of a copy has the origin of the first image", () => {
    const first = image("ami-1", AT);
    const copy = image("ami-2", LATER, copyOf(originTag(first)));
    expect(originTag(copy)).toBe(`${AT} ami-1`);
    expect(compareRanks(rankOf(copy), rankOf(first))).toBe(0);
  });

  test("images of one creation second are ordered by their IDs, in whatever order they are listed", () => {
    const images = fc.uniqueArray(fc.tuple(fc.constantFrom("ami-a", "ami-b", "ami-c"), fc.constantFrom(AT, LATER)), {
      selector: ([id]) => id,
    });
    fc.assert(
      fc.property(images, (rows) => {
        const listed = rows.map(([id, createdAt]) => image(id, createdAt));
        const sorted = [...listed].sort(newestFirst);
        expect([...listed].reverse().sort(newestFirst)).toEqual(sorted);
        for (const [index, each] of sorted.slice(1).entries())
          expect(compareRanks(rankOf(each), rankOf(sorted[index] ?? each))).toBeLessThan(0);
      }),
    );
  });
});
