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

  test("are counted, and listed by Region if they were changed or are in use", () => {
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
    const cells = (region: string, ami: string, result: string, reason: string) =>
      `<tr><td nowrap><samp>${region}</samp></td><td nowrap><samp>${ami}</samp></td><td nowrap>${result}</td><td nowrap>3 d</td><td>${reason}</td><td nowrap><samp>web-${ami}</samp></td></tr>`;
    expect(text).toContain(
      [
        "<details><summary>Older images: changed, or kept because they are in use</summary>",
        "",
        "<table>",
        '<thead><tr><th>Region</th><th>AMI</th><th>Result</th><th>Age</th><th width="220">Reason</th><th>Name</th></tr></thead>',
        "<tbody>",
        cells("eu-west-1", "ami-6", "<b>disabled</b>", "2 newer ones"),
        cells("us-east-1", "ami-7", "<b>removed</b>", "2 newer ones"),
        cells("us-east-1", "ami-5", "stays", "used by instance i-1"),
        "</tbody>",
        "</table>",
        "",
        "</details>",
      ].join("\n"),
    );
    expect(text).not.toContain("ami-8");
  });

  test("link to the console, but not in a rehearsal", () => {
    expect(commentMarkdown(bakeWith(row("ami-7")), FACTS)).toContain("ImageDetails:imageId=ami-7");
  });

  test("have no table if all stay", () => {
    const text = commentMarkdown(bakeWith(row("ami-8", { what: "stays" })), FACTS);
    expect(text).toContain("Older images: 1 of 2");
    expect(text).not.toContain("<details><summary>Older");
  });

  test("have the same content a day later", () => {
    const [one, two] = [row("ami-7"), row("ami-7", { age: 4 * 86_400_000 })];
    expect(commentContent(bakeWith(one), FACTS)).toBe(commentContent(bakeWith(two), FACTS));
  });

  test("have names and reasons that are only text", () => {
    const why = "used by parameter /a|b </details> @team **x** [y](http://z)";
    const hostile = row("ami-66", { name: "a|b<img src=x>`</details>\n# @all", why, what: "stays", spared: true });
    const text = commentMarkdown(bakeWith(hostile), { ...FACTS, variables: [] });
    expect(text).not.toMatch(/<img|@team|@all|\]\(http:\/\/z|\*\*x|^# {1,2}@/m);
    expect(text.match(/<\/details>/g)).toHaveLength(1);
    const line = text.split("\n").find((each) => each.includes("<samp>ami-66</samp>"));
    expect(line?.match(/<td[ >]/g)).toHaveLength(6);
  });

  test("are cut, at fewer rows in the comment than in the summary", () => {
    const report = bakeWith(...Array.from({ length: 1200 }, (_, i) => row(`ami-${i}`)));
    expect(commentMarkdown(report, FACTS)).toContain("… and 1050 more.");
    expect(summaryMarkdown(report, FACTS)).toContain("… and 200 more.");
    const long = bakeWith(...Array.from({ length: 150 }, (_, i) => row(`ami-${i}`, { why: "~".repeat(200) })));
    expect(commentMarkdown(long, FACTS)).toContain("Some parts are omitted");
    expect(commentMarkdown(long, FACTS)).toContain("Older images: 1 of 2");
  });
});
