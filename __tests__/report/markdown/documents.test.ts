import { describe, expect, test } from "@jest/globals";
import type { AmiArtifact } from "../../../src/core/artifact.js";
import { commentContent, commentMarkdown, summaryMarkdown } from "../../../src/report/markdown/documents.js";
import { releaseSummary } from "../../../src/report/markdown/step-summaries.js";
import { type BakeReport, type RunFacts, reportFrom } from "../../../src/report/report.js";
import { ami, at, BEGIN, mixedBake, successfulBake } from "../events.js";
import { FACTS } from "./facts.js";

function bakeOf(artifact: AmiArtifact): BakeReport {
  return reportFrom([
    at(0, { type: "bake-started", builds: [{ name: "web", builder: "amazon-ebs" }] }, null),
    at(0, { type: "build-started" }),
    at(9, { type: "build-ended", outcome: "succeeded", artifacts: [artifact] }),
    at(9, { type: "bake-ended", outcome: "succeeded" }, null),
  ]);
}

describe("the comment", () => {
  const comment = commentMarkdown(reportFrom(successfulBake()), FACTS);

  test("opens with image, outcome, template, commit and run", () => {
    expect(comment.split("\n").slice(0, 3)).toEqual([
      "## `web`",
      "",
      "**Baked** in 1 minute 5 seconds: `images/web.json` from [`0123456`](https://ghes/c/0123456789), [run 1](https://ghes/r/1)",
    ]);
  });

  test("has the same content in a later run of the same commit that found the same, and another where it failed", () => {
    const report = reportFrom(successfulBake());
    const later: BakeReport = { ...report, startedAt: BEGIN - 9000 };
    const run = {
      url: "https://ghes/r/2",
      commit: "0123456789",
      commitUrl: "https://ghes/c/0123456789",
      label: "run 2",
    };
    const other: RunFacts = { ...FACTS, run, now: BEGIN + 9 * 86_400_000 };
    expect(commentContent(later, other)).toBe(commentContent(report, FACTS));
    expect(commentContent(report, { ...FACTS, run: { ...run, commit: "abcdef0" } })).not.toBe(
      commentContent(report, FACTS),
    );
    const failed = reportFrom(mixedBake());
    expect(commentContent(failed, other)).not.toBe(commentContent(failed, FACTS));
  });

  test("names the AMI of each region with a link to its console, and its parameter", () => {
    expect(comment).toContain(
      "| `us-east-1` | [`ami-1`](https://us-east-1.console.aws.amazon.com/ec2/home?region=us-east-1#ImageDetails:imageId=ami-1) " +
        "| [`/images/web/latest`](https://us-east-1.console.aws.amazon.com/systems-manager/parameters/%2Fimages%2Fweb%2Flatest/description?region=us-east-1) version 3 |",
    );
    expect(comment).toMatch(/\| `us-west-2` \| \[`ami-2`\]\(\S+\) \| {2}\|/);
  });

  test("tells the source AMI, its age, and the variables", () => {
    expect(comment).toContain("`ubuntu-24.04`, 10 days old");
    expect(comment).toContain("| `version` | `1.2` |");
    expect(comment).toContain("| `token` |  |");
  });

  test("tells failures with the last lines of output, beside what succeeded", () => {
    const mixed = commentMarkdown(reportFrom(mixedBake()), FACTS);
    expect(mixed).toContain("**Failed** in 8 seconds");
    expect(mixed).toContain("| `web` | `amazon-ebs` | failed | 5 seconds |");
    expect(mixed).toContain("Error: setup.sh exited with 3\n  Hint: Look at its output.");
    expect(mixed).toContain("```text\ncannot find nginx\n```");
    expect(mixed).toContain("### `worker`\n\n| Region | AMI |");
  });

  test("keeps the table when it has to be cut", () => {
    const noise = Array.from({ length: 3000 }, (_, index) =>
      at(1, {
        type: "diagnostic",
        diagnostic: { severity: "warning", code: "x", summary: `warning ${index} ${"y".repeat(60)}` },
      }),
    );
    const long = commentMarkdown(reportFrom([...successfulBake(), ...noise]), FACTS);
    expect(long.length).toBeLessThanOrEqual(65_536);
    expect(long).toContain("| `us-east-1` | [`ami-1`]");
    expect(long).toContain("Some parts are left out");
  });

  test("a table that alone is too long is cut at a line", () => {
    const images = Array.from({ length: 2000 }, (_, index) => ({
      region: `us-east-${index}`,
      imageId: `ami-${index}`,
      snapshotIds: [],
    }));
    const long = commentMarkdown(bakeOf(ami({ images })), FACTS);
    expect(long.length).toBeLessThanOrEqual(65_536);
    expect(long).toContain("ami-0`");
    expect(long.trimEnd().endsWith("too long._")).toBe(true);
  });
});

describe("links", () => {
  test.each([
    ["cn-north-1", "https://cn-north-1.console.amazonaws.cn/ec2/home?region=cn-north-1#ImageDetails:imageId=ami-1"],
    [
      "us-gov-west-1",
      "https://us-gov-west-1.console.amazonaws-us-gov.com/ec2/home?region=us-gov-west-1#ImageDetails:imageId=ami-1",
    ],
  ])("lead to the console of the region's partition: %s", (region, url) => {
    const images = [{ region, imageId: "ami-1", snapshotIds: [] }];
    expect(commentMarkdown(bakeOf(ami({ images })), FACTS)).toContain(`[\`ami-1\`](${url})`);
  });

  test.each(["us-iso-east-1", "local-1"])("are not guessed: %s", (region) => {
    const images = [{ region, imageId: "ami-1", snapshotIds: [] }];
    expect(commentMarkdown(bakeOf(ami({ images })), FACTS)).toContain(`| \`${region}\` | \`ami-1\` |`);
  });

  test("of a rehearsal lead nowhere in AWS", () => {
    const text = commentMarkdown(reportFrom(successfulBake()), { ...FACTS, rehearsal: true });
    expect(text).toContain("(a rehearsal: nothing is in AWS)");
    expect(text).not.toContain("console.aws");
  });
});

describe("the summary", () => {
  test("draws the steps in time", () => {
    const text = summaryMarkdown(reportFrom(successfulBake()), FACTS);
    expect(text).toContain(
      `\`\`\`mermaid\ngantt\n  dateFormat x\n  axisFormat %H:%M:%S\n  todayMarker off\n  section web\n    Launch the instance :${BEGIN + 1000}, ${BEGIN + 9000}\n    Provision :${BEGIN + 10_000}, ${BEGIN + 20_000}\n\`\`\``,
    );
  });

  test("no step's title can break the drawing", () => {
    const events = [
      at(0, { type: "bake-started", builds: [{ name: "a:b;c\n```", builder: "x" }] }, null),
      at(0, { type: "step-started", step: "s", title: "x :crit, 1, 2\n```\n%%{init}%% #" }, "a:b;c\n```"),
      at(1, { type: "bake-ended", outcome: "failed" }, null),
    ];
    const [, drawing = ""] = summaryMarkdown(reportFrom(events), FACTS).split("```mermaid\n");
    expect(drawing.split("\n").slice(4)).toEqual([
      "  section a b c",
      `    x crit 1 2 init :${BEGIN}, ${BEGIN + 1}`,
      "```",
    ]);
  });

  test.each(["click here", "section x", "Title of it", "2026-11-21 x", "dateFormat y"])(
    "%j is a title, no statement",
    (title) => {
      const events = [...successfulBake().slice(0, 2), at(0, { type: "step-started", step: "s", title })];
      expect(summaryMarkdown(reportFrom(events), FACTS)).toContain(`\n    · ${title} :`);
    },
  );

  test("is at most 1 MiB", () => {
    const text = "é".repeat(4000);
    const noise = Array.from({ length: 400 }, () =>
      at(1, { type: "diagnostic", diagnostic: { severity: "error", code: "x", summary: text } }),
    );
    const long = summaryMarkdown(reportFrom([...successfulBake(), ...noise]), FACTS);
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(1024 * 1024);
    expect(long).toContain("ami-1");
  });
});

describe("what a bake says of unusual ends", () => {
  test("a missing region, with its reason", () => {
    const text = commentMarkdown(
      bakeOf(ami({ missing: [{ region: "eu-west-1", reason: "KMS key *denied*" }] })),
      FACTS,
    );
    expect(text).toContain("| `eu-west-1` | missing: KMS key &#42;denied&#42; |");
  });

  test("an image that was taken instead of baking", () => {
    const skip = { skipped: true, reason: "unchanged since 2026-11-20" };
    const text = commentMarkdown(bakeOf(ami({ skip })), FACTS);
    expect(text).toContain("**Unchanged**");
    expect(text).toContain("unchanged since 2026-11-20");
  });

  test("what post released and what it could not", () => {
    const left = { action: "left", kind: "instance", id: "i-1", region: "us-east-1", why: "no permission" } as const;
    const text = releaseSummary(2, [left]);
    expect(text).toContain("2 resources were released");
    expect(text).toMatch(
      /\| \*\*could not be removed\*\* \| instance \| \[`i-1`\]\(\S+instanceId=i-1\) \| `us-east-1` \| no permission \|/,
    );
    expect(releaseSummary(0, [])).toBe("");
  });
});
