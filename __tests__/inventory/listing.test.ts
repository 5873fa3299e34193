import { describe, expect, test } from "@jest/globals";
import { MARKS, parsePackageList } from "../../src/inventory/listing.js";
import { fc } from "../support/properties.js";
import { recorded, recordedList } from "./lists.js";

const output = (...packages: readonly string[]) => [MARKS.release, MARKS.deb, ...packages, MARKS.end, ""].join("\n");

function parsed(text: string) {
  const result = parsePackageList(text);
  return result.ok ? result.list.packages.map(({ name, version }) => `${name} ${version}`) : result.why;
}

describe("recorded outputs", () => {
  test("of Debian 12: distribution, packages with their sources, versions from the security archive", () => {
    const list = recordedList("debian-12");
    expect(list.distribution).toEqual({ id: "debian", version: "12", name: "Debian GNU/Linux 12 (bookworm)" });
    expect(list.packages).toHaveLength(14);
    expect(list.packages.find(({ name }) => name === "libcurl4")).toEqual({
      name: "libcurl4",
      version: "7.88.1-10+deb12u14",
      arch: "amd64",
      source: "curl",
      sourceVersion: "7.88.1-10+deb12u14",
      maintainer: "Alessandro Ghedini <ghedo@debian.org>",
    });
    expect(list.securityUpdates).toContainEqual({ source: "openssh", version: "1:9.2p1-2+deb12u9" });
  });

  test("of Rocky 9: epochs only if they are not 0, two kernels, no key as a package", () => {
    const list = recordedList("rocky-9");
    expect(list.distribution).toEqual({ id: "rocky", version: "9.4", name: "Rocky Linux 9.4 (Blue Onyx)" });
    expect(list.packages.map(({ name, version, arch }) => `${name} ${version} ${arch}`)).toEqual([
      "bash 5.1.8-6.el9_1 x86_64",
      "kernel-core 5.14.0-362.8.1.el9_3 x86_64",
      "kernel-core 5.14.0-427.13.1.el9_4 x86_64",
      "openssl-libs 1:3.0.7-24.el9 x86_64",
      "tzdata 2024a-1.el9 noarch",
    ]);
    expect(list.packages[0]).toMatchObject({ source: "bash", maintainer: "Example Linux" });
    expect(list.securityUpdates).toEqual([
      { source: "openssl-libs", version: "3.0.7-24" },
      { source: "openssl-libs", version: "3.0.7-16.1" },
      { source: "bash", version: "5.1.8-6" },
    ]);
  });

  test("after the output of a login, and with the line ends of a terminal", () => {
    const noisy = `Welcome!\n${MARKS.end}\n${recorded("debian-12")}`.replaceAll("\n", "\r\n");
    expect(parsed(noisy)).toHaveLength(14);
  });
});

test.each([
  ["J <j@example.com> - 1.2-3", "1.2-3"],
  ["J <j@example.com> - 2:1.2-3.el9", "1.2-3.el9"],
  ["J <j@example.com> 1.2-3", "1.2-3"],
  ["J <j@example.com> - [1.2-3]", "1.2-3"],
  ["J <j@example.com> -1.2-3", "1.2-3"],
  ["J <j@example.com>", undefined],
  ["J <j@example.com> - <b>", undefined],
])("an entry of an RPM's changelog by %s is of %s", (entry, version) => {
  const changes = `${MARKS.security}\ncurl-1.2-3.src.rpm\t${entry}\n${MARKS.end}`;
  const result = parsePackageList(`${MARKS.rpm}\ncurl\t0\t1.2\t3\tx86_64\tcurl-1.2-3.src.rpm\tV\n${changes}`);
  expect(result.ok && result.list.securityUpdates).toEqual(version ? [{ source: "curl", version }] : []);
});

describe("untrusted output", () => {
  test.each([
    ["nothing", "", "the list is incomplete"],
    ["a list without its end", recorded("debian-12").slice(0, -20), "the list is incomplete"],
    ["no package database", `${MARKS.release}\nID=arch\n${MARKS.end}\n`, "there is no dpkg or RPM database"],
    ["no package", output(), "the list has no valid package"],
    ["no line that is right", output("ii \tcurl"), "the list has no valid package"],
    [
      "too many",
      output(...Array<string>(20_001).fill("ii \ta\t1\tall\ta\t1\tm")),
      "there are more than 20000 packages",
    ],
  ])("%s", (_what, text, why) => expect(parsed(text)).toBe(why));

  test.each([
    ["removed, its configuration left", "rc \tcurl\t1\tamd64\tcurl\t1\tm", []],
    ["on hold", "hi \tcurl\t1\tamd64\tcurl\t1\tm", ["curl 1"]],
    ["half configured", "iF \tcurl\t1\tamd64\tcurl\t1\tm", ["curl 1"]],
    ["a name with markup", "ii \t<img>\t1\tamd64\tcurl\t1\tm", []],
    ["a version with a terminal sequence", "ii \tcurl\t1\u001b[31m\tamd64\tcurl\t1\tm", []],
    ["a name that goes on and on", `ii \t${"a".repeat(200)}\t1\tamd64\tcurl\t1\tm`, []],
    ["a source that is none", "ii \tcurl\t1\tamd64\t\u202e\t1\tm", ["curl 1"]],
    ["one twice", "ii \tcurl\t1\tamd64\tcurl\t1\tm\nii \tcurl\t1\tamd64\tcurl\t1\tm", ["curl 1"]],
  ])("a package that is %s", (_what, line, expected) => {
    expect(parsed(output("ii \tz\t1\tall\tz\t1\tm", line))).toEqual([...expected, "z 1"]);
  });

  test("any text: never throws, and the result has no control characters", () => {
    const word = fc.constantFrom(...Object.values(MARKS), "\n", "\t", "ii ", "curl", "ID=\u001b]0;x\u0007", "\u0000");
    const text = fc.array(fc.oneof(word, fc.string()), { maxLength: 30 }).map((words) => words.join(""));
    fc.assert(
      fc.property(text, (given) => {
        const result = parsePackageList(given);
        expect(JSON.stringify(result)).not.toMatch(/\\u00[01]|\\[nrtbf]/);
      }),
      { numRuns: 500 },
    );
  });
});
