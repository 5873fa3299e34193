import { describe, expect, test } from "@jest/globals";
import type { PackageChange, PackageReport } from "../../../src/core/packages.js";
import { commentMarkdown, summaryMarkdown } from "../../../src/report/markdown/documents.js";
import { type BakeReport, reportFrom } from "../../../src/report/report.js";
import { ami, at, successfulBake } from "../events.js";
import { FACTS } from "./facts.js";

describe("packages", () => {
  const change = (name: string, more: Partial<PackageChange> = {}): PackageChange => ({
    kind: "upgraded",
    name,
    arch: "amd64",
    from: "1.0-1",
    to: "1.0-2",
    ...more,
  });

  function bakeWith(changes: readonly PackageChange[], more: Partial<PackageReport> = {}): BakeReport {
    const counts = { added: 0, removed: 0, upgraded: changes.length, downgraded: 0 };
    const difference = { counts, security: changes.filter((each) => each.security).length, changes };
    const packages: PackageReport = { distribution: "Debian 12", count: 400, since: "ami-9", difference, ...more };
    return reportFrom([
      at(0, { type: "bake-started", builds: [{ name: "web", builder: "amazon-ebs" }] }, null),
      at(8, { type: "packages", packages }),
      at(9, { type: "build-ended", outcome: "succeeded", artifacts: [ami()] }),
      at(9, { type: "bake-ended", outcome: "succeeded" }, null),
    ]);
  }

  test("a few changes are not folded, and in the reported order", () => {
    const comment = commentMarkdown(
      bakeWith([
        change("libssl3", { security: "update" }),
        change("bash", { security: "sensitive" }),
        change("zip", { kind: "downgraded" }),
      ]),
      FACTS,
    );
    expect(comment).toContain("Packages: 400 on Debian 12; since `ami-9`: 3 upgraded (2 security-relevant)");
    expect(comment).toContain(
      [
        "<thead><tr><th>Package</th><th>Change</th><th>From</th><th>To</th><th>Security</th></tr></thead>",
        "<tbody>",
        ...[
          ["<samp>libssl3</samp>", "upgraded", "<samp>1.0-1</samp>", "<samp>1.0-2</samp>", "<b>security update</b>"],
          ["<samp>bash</samp>", "upgraded", "<samp>1.0-1</samp>", "<samp>1.0-2</samp>", "sensitive"],
          ["<samp>zip</samp>", "downgraded", "<samp>1.0-1</samp>", "<samp>1.0-2</samp>", ""],
        ].map((cells) => `<tr>${cells.map((cell) => `<td nowrap>${cell}</td>`).join("")}</tr>`),
      ].join("\n"),
    );
    expect(comment).not.toContain("<details><summary>Changed");
  });

  test("many changes are folded and cut, at fewer rows in the comment than in the summary", () => {
    const report = bakeWith(Array.from({ length: 1200 }, (_, i) => change(`package-${i}`)));
    const comment = commentMarkdown(report, FACTS);
    expect(comment).toContain("<details><summary>Changed packages: 1200 upgraded</summary>");
    expect(comment).toContain("… and 1050 more.");
    expect(summaryMarkdown(report, FACTS)).toContain("… and 200 more.");
  });

  test("changes never displace the table of AMIs", () => {
    const long = "~".repeat(120);
    const report = bakeWith(Array.from({ length: 1200 }, (_, i) => change(`${i}${long}`, { from: long, to: long })));
    const comment = commentMarkdown(report, FACTS);
    expect(comment.length).toBeLessThanOrEqual(65_536);
    expect(comment).toContain("<samp>ami-1</samp>");
    expect(comment).toContain("1200 upgraded");
    expect(comment).toContain("Some parts are omitted");
  });

  test("text from the instance is only text", () => {
    const comment = commentMarkdown(
      bakeWith([change("a|b<img src=x>", { to: "`@team` [x](http://y)" })], { distribution: "**@all** <b>" }),
      FACTS,
    );
    expect(comment).not.toMatch(/<img|@team|@all|\]\(http:\/\/y|\*\*@/);
  });

  test("a previous image without a package list is not the same as no previous image", () => {
    const { difference: _none, ...without } = bakeWith([]).builds[0]?.packages ?? { distribution: "", count: 0 };
    const commentWith = (packages: PackageReport) =>
      commentMarkdown(reportFrom([...successfulBake().slice(0, -2), at(60, { type: "packages", packages })]), FACTS);
    expect(commentWith(without)).toContain("the previous image (`ami-9`) has no package list");
    expect(commentWith({ distribution: "Debian 12", count: 7 })).toMatch(/Packages: 7 on Debian 12$/m);
  });

  test("no change is reported as such", () => {
    expect(commentMarkdown(bakeWith([]), FACTS)).toContain("since `ami-9`: nothing changed");
  });
});
