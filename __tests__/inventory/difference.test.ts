import { describe, expect, test } from "@jest/globals";
import { comparePackages } from "../../src/inventory/difference.js";
import { fc } from "../support/properties.js";
import { listOf, recordedList } from "./lists.js";

function changes(before: readonly string[], after: readonly string[], more: Parameters<typeof listOf>[1] = {}) {
  const difference = comparePackages(listOf(before, more), listOf(after, more));
  return difference?.changes.map(({ kind, name, from, to, security }) =>
    [kind, name, from ?? "-", to ?? "-", security].filter(Boolean).join(" "),
  );
}

describe("changes", () => {
  test.each([
    ["nothing", ["a 1"], ["a 1"], []],
    ["a new package", ["a 1"], ["a 1", "b 2"], ["added b - 2"]],
    ["a package less", ["a 1", "b 2"], ["a 1"], ["removed b 2 -"]],
    ["a newer version", ["a 1.9"], ["a 1.10"], ["upgraded a 1.9 1.10"]],
    ["an older version", ["a 1.0"], ["a 1.0~rc1"], ["downgraded a 1.0 1.0~rc1"]],
    ["one of two architectures", ["a 1 amd64", "a 1 i386"], ["a 1 amd64", "a 2 i386"], ["upgraded a 1 2"]],
  ])("%s", (_what, before, after, expected) => expect(changes(before, after)).toEqual(expected));

  test.each([
    ["a second kernel", ["kernel-core 5-1"], ["kernel-core 5-1", "kernel-core 6-1"], ["added kernel-core - 6-1"]],
    ["a kernel less", ["kernel-core 5-1", "kernel-core 6-1"], ["kernel-core 6-1"], ["removed kernel-core 5-1 -"]],
    [
      "two kernels for two others",
      ["kernel-core 5-1", "kernel-core 6-1"],
      ["kernel-core 6-1", "kernel-core 7-1"],
      ["upgraded kernel-core 5-1 7-1"],
    ],
  ])("side by side on RPM-like systems: %s", (_what, before, after, expected) => {
    expect(changes(before, after, { format: "rpm" })).toEqual(expected);
  });

  test("between formats are undefined", () => {
    expect(comparePackages(listOf(["a 1"]), listOf(["a 1"], { format: "rpm" }))).toBeUndefined();
  });

  test("applied to the old list result in the new one (property)", () => {
    const list = fc.uniqueArray(fc.tuple(fc.constantFrom(..."abcde"), fc.nat({ max: 4 })), {
      selector: ([name]) => name,
    });
    fc.assert(
      fc.property(list, list, (before, after) => {
        const texts = (each: readonly (readonly [string, number])[]) => each.map(([name, n]) => `${name} ${n}`);
        const difference = comparePackages(listOf(texts(before)), listOf(texts(after)));
        const result = new Map(before.map(([name, n]) => [name, String(n)]));
        for (const { name, from, to } of difference?.changes ?? []) {
          expect(result.get(name)).toBe(from);
          if (to === undefined) result.delete(name);
          else result.set(name, to);
        }
        expect([...result].sort()).toEqual(after.map(([name, n]) => [name, String(n)]).sort());
      }),
    );
  });
});

describe("security first", () => {
  const updates = [
    { source: "libx11", version: "1.5" },
    { source: "openssl", version: "3.2" },
  ];

  test("updates of the security archive, then targets of attacks, then the rest; downgrades before the others", () => {
    const before = ["zip 1", "bash 5", "libx11-6 1.0 amd64 libx11", "libssl3 3.1 amd64 openssl", "tzdata 2", "sudo 1"];
    const after = ["zip 2", "bash 6", "libx11-6 2.0 amd64 libx11", "libssl3 3.3 amd64 openssl", "tzdata 1", "nano 1"];
    expect(changes(before, after, { updates })).toEqual([
      "upgraded libssl3 3.1 3.3 update",
      "upgraded libx11-6 1.0 2.0 update",
      "upgraded bash 5 6 sensitive",
      "removed sudo 1 - sensitive",
      "downgraded tzdata 2 1",
      "upgraded zip 1 2",
      "added nano - 1",
    ]);
  });

  test.each([
    ["was in the old image already", "1.5", "1.6", false],
    ["is newer than the new one", "1.0", "1.4", false],
    ["is the new one", "1.4", "1.5", true],
    ["is passed on the way", "1.4", "1.6", true],
  ])("a version of the security archive that %s", (_what, from, to, expected) => {
    const [change] = changes([`libx11-6 ${from} amd64 libx11`], [`libx11-6 ${to} amd64 libx11`], { updates }) ?? [];
    expect(change?.endsWith(" update")).toBe(expected);
  });

  test.each([
    ["1:3.0.7-16.el9", "update"],
    ["1:3.0.7-20.el9", "update"],
    ["1:3.0.7-24.el9_0", undefined],
  ])("on RPM systems, by the changelogs that mention a CVE: from %s", (version, security) => {
    const after = recordedList("rocky-9");
    const sourceVersion = version.replace("1:", "");
    const before = {
      ...after,
      packages: after.packages.map((each) =>
        each.name === "openssl-libs" ? { ...each, version, sourceVersion } : each,
      ),
    };
    const changes = comparePackages(before, after)?.changes;
    expect(changes).toMatchObject([{ name: "openssl-libs", from: version }]);
    expect(changes?.[0]?.security).toBe(security);
  });

  test("from a recorded image with an older openssl", () => {
    const after = recordedList("debian-12");
    const older = (version: string) => (version === "3.0.19-1~deb12u2" ? "3.0.19-1~deb12u1" : version);
    const before = {
      ...after,
      packages: after.packages.map((each) => ({
        ...each,
        version: older(each.version),
        sourceVersion: older(each.sourceVersion),
      })),
    };
    expect(comparePackages(before, after)).toEqual({
      counts: { added: 0, removed: 0, upgraded: 2, downgraded: 0 },
      security: 2,
      changes: ["libssl3", "openssl"].map((name) => ({
        kind: "upgraded",
        name,
        arch: "amd64",
        from: "3.0.19-1~deb12u1",
        to: "3.0.19-1~deb12u2",
        security: "update",
      })),
    });
  });
});

/** Changelogs often write a version without the distribution tag of its release. */
test.each([
  ["100.el9_4.1", "100.el9_4.2", "100.2", true],
  ["100.el9_4.1", "100.el9_4.2", "100.el9_4.2", true],
  ["100.el9_4.2", "100.el9_4.3", "100.2", false],
  ["60.el9", "100.el9_4.2", "83.7", true],
  ["24.el9", "27.el9", "24", false],
  ["24.el9", "27.el9", "26", true],
  ["27.el9", "28.el9_4", "28", true],
  ["27.el9", "28.el9_4", "29", false],
  ["1.module+el8.9.0+1+ab", "2.module+el8.9.0+3+cd", "2", true],
  ["1.module+el8.9.0+1+ab", "1.module+el8.9.0+3+cd", "1", false],
  ["1.amzn2023.0.10", "1.amzn2023.0.11", "1.amzn2023.0.11", true],
  ["108.177.amzn2023", "122.189.amzn2023", "122.189", true],
  ["1.fc39", "2.fc40", "2", true],
])("from release %s to %s with a CVE in the entry of %s: a security update is %s", (from, to, entry, isUpdate) => {
  const more = { format: "rpm", updates: [{ source: "made", version: `2.34-${entry}` }] } as const;
  const found = changes([`made 2.34-${from}`], [`made 2.34-${to}`], more);
  expect(found).toEqual([`upgraded made 2.34-${from} 2.34-${to}${isUpdate ? " update" : ""}`]);
});
