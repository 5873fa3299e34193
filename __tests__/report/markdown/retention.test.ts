import { describe, expect, test } from "@jest/globals";
import type { RetentionRow } from "../../../src/core/retention.js";
import { commentContent, commentMarkdown, summaryMarkdown } from "../../../src/report/markdown/documents.js";
import { type BakeReport, reportFrom } from "../../../src/report/report.js";
import { ami, at } from "../events.js";
import { FACTS } from "./facts.js";

describe("older images", () => {
  const row = (imageId: string, more: Partial<RetentionRow> = {}): RetentionRow => ({
    region: "us-east-1",
    imageId,
    name: `web-${imageId}`,
    age: 3 * 86_400_000,
    what: "removed",
    why: "2 newer ones",
    spared: false,
    ...more,
  });

  function bakeWith(...rows: readonly RetentionRow[]): BakeReport {
    return reportFrom([
      at(0, { type: "bake-started", builds: [{ name: "web", builder: "amazon-ebs" }] }, null),
      at(8, { type: "retention", retention: { text: "1 of 2 images stay, 1 were removed", rows } }),
      at(9, { type: "build-ended", outcome: "succeeded", artifacts: [ami()] }),
      at(9, { type: "bake-ended", outcome: "succeeded" }, null),
    ]);
  }

  test("are counted, and folded by region: those that went or stay because they are used", () => {
    const text = commentMarkdown(
      bakeWith(
        row("ami-7"),
        row("ami-8", { what: "stays", why: "one of the newest 3" }),
        row("ami-6", { region: "eu-west-1", what: "disabled" }),
        row("ami-5", { what: "stays", why: "used by instance i-1", spared: true }),
      ),
      { ...FACTS, rehearsal: true },
    );
    expect(text).toContain("Older images: 1 of 2 images stay, 1 were removed.");
    expect(text).toContain(
      [
        "<details><summary>Older images that went, or stay only because they are used</summary>",
        "",
        "| Region | AMI | Name | Age |  | Why |",
        "| --- | --- | --- | --- | --- | --- |",
        "| `eu-west-1` | `ami-6` | `web-ami-6` | 3 d | **disabled** | 2 newer ones |",
        "| `us-east-1` | `ami-7` | `web-ami-7` | 3 d | **removed** | 2 newer ones |",
        "| `us-east-1` | `ami-5` | `web-ami-5` | 3 d | stays | used by instance i-1 |",
        "",
        "</details>",
      ].join("\n"),
    );
    expect(text).not.toContain("ami-8");
  });

  test("link to their console, but not in a rehearsal", () => {
    expect(commentMarkdown(bakeWith(row("ami-7")), FACTS)).toContain("ImageDetails:imageId=ami-7");
  });

  test("none that went have no table", () => {
    const text = commentMarkdown(bakeWith(row("ami-8", { what: "stays" })), FACTS);
    expect(text).toContain("Older images: 1 of 2");
    expect(text).not.toContain("<details><summary>Older");
  });

  test("are the same to tell a day later", () => {
    const [one, two] = [row("ami-7"), row("ami-7", { age: 4 * 86_400_000 })];
    expect(commentContent(bakeWith(one), FACTS)).toBe(commentContent(bakeWith(two), FACTS));
  });

  test("names and reasons of others are only text", () => {
    const why = "used by parameter /a|b </details> @team **x** [y](http://z)";
    const hostile = row("ami-66", { name: "a|b<img src=x>`</details>\n# @all", why, what: "stays", spared: true });
    const text = commentMarkdown(bakeWith(hostile), { ...FACTS, variables: [] });
    expect(text).not.toMatch(/<img|@team|@all|\]\(http:\/\/z|\*\*x|^# {1,2}@/m);
    expect(text.match(/<\/details>/g)).toHaveLength(1);
    expect(
      text
        .split("\n")
        .find((line) => line.includes("ami-66`]"))
        ?.split(" | "),
    ).toHaveLength(6);
  });

  test("that are many are cut, in the comment sooner than in the summary", () => {
    const report = bakeWith(...Array.from({ length: 1200 }, (_, i) => row(`ami-${i}`)));
    expect(commentMarkdown(report, FACTS)).toContain("… and 1050 more.");
    expect(summaryMarkdown(report, FACTS)).toContain("… and 200 more.");
    const long = bakeWith(...Array.from({ length: 150 }, (_, i) => row(`ami-${i}`, { why: "~".repeat(200) })));
    expect(commentMarkdown(long, FACTS)).toContain("Some parts are left out");
    expect(commentMarkdown(long, FACTS)).toContain("Older images: 1 of 2");
  });
});
