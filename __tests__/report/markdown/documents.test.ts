import { describe, expect, test } from "@jest/globals";
import type { AmiArtifact } from "../../../src/core/artifact.js";
import type { BakeEvent } from "../../../src/core/events.js";
import { commentContent, commentMarkdown, summaryMarkdown } from "../../../src/report/markdown/documents.js";
import { interruptedMarkdown, releaseSummary } from "../../../src/report/markdown/step-summaries.js";
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

describe("how a build connects", () => {
  const connected = (names: readonly string[]) =>
    reportFrom([
      at(0, { type: "bake-started", builds: names.map((name) => ({ name, builder: "amazon-ebs" })) }, null),
      ...names.map((name) => at(0, { type: "access", way: "Session Manager", why: '"a<b>" is set' }, name)),
      ...names.map((name) => at(9, { type: "build-ended", outcome: "succeeded", artifacts: [ami()] }, name)),
      at(9, { type: "bake-ended", outcome: "succeeded" }, null),
    ]);

  test.each<[readonly string[], readonly string[]]>([
    [["web"], ["Access: Session Manager, because <code>a&#60;b&#62;</code> is set"]],
    [
      ["web", "db"],
      [
        "Access of `web`: Session Manager, because <code>a&#60;b&#62;</code> is set",
        "Access of `db`: Session Manager, because <code>a&#60;b&#62;</code> is set",
      ],
    ],
  ])("is in the summary and the comment: %j", (names, expected) => {
    for (const text of [summaryMarkdown(connected(names), FACTS), commentMarkdown(connected(names), FACTS)])
      expect(text.split("\n").filter((line) => line.startsWith("Access"))).toEqual(expected);
  });

  test("is not in a report of a bake that connects as the template sets it", () => {
    expect(summaryMarkdown(reportFrom(successfulBake()), FACTS)).not.toMatch(/Access/);
  });
});

describe("the comment", () => {
  const comment = commentMarkdown(reportFrom(successfulBake()), FACTS);

  test("begins with image, outcome, template, commit and run", () => {
    expect(comment.split("\n").slice(0, 3)).toEqual([
      "## ✅ `images/web`",
      "",
      "**Baked** in 1 m 5 s from `images/web.json` at [`0123456`](https://ghes/c/0123456789), [run 1](https://ghes/r/1).",
    ]);
  });

  test("has the same content in a later run of the same commit with the same result, and not if it failed", () => {
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

  test("lists the AMI of each Region with a link to the console, and the version of the parameter", () => {
    expect(comment).toContain("\nParameter: `/images/web/latest`\n");
    expect(comment).toContain(
      '<tr><td nowrap><samp>us-east-1</samp></td><td nowrap><a href="https://us-east-1.console.aws.amazon.com/ec2/home?region=us-east-1#ImageDetails:imageId=ami-1"><samp>ami-1</samp></a></td>' +
        '<td nowrap><a href="https://us-east-1.console.aws.amazon.com/systems-manager/parameters/%2Fimages%2Fweb%2Flatest/description?region=us-east-1">3</a></td></tr>',
    );
    expect(comment).toMatch(
      /<td nowrap><samp>us-west-2<\/samp><\/td><td nowrap><a href="\S+"><samp>ami-2<\/samp><\/a><\/td><td nowrap><\/td>/,
    );
  });

  test("has a column for parameters whose names differ", () => {
    const events = [
      ...successfulBake().slice(0, -2),
      at(31, { type: "parameter-published", region: "us-west-2", parameter: "/b", imageId: "ami-2", version: 1 }),
      ...successfulBake().slice(-2),
    ];
    const text = commentMarkdown(reportFrom(events), { ...FACTS, rehearsal: true });
    expect(text).toContain("<th>Region</th><th>AMI</th><th>Parameter</th><th>Version</th>");
    expect(text).toContain("<samp>/b</samp></td><td nowrap>1</td></tr>");
  });

  test("folds the table of more than eight Regions below the AMI of the build Region", () => {
    const images = ["us-west-2", ..."abcdefgh"].map((region, i) => ({ region, imageId: `ami-${i}`, snapshotIds: [] }));
    const folded = commentMarkdown(bakeOf(ami({ images })), { ...FACTS, rehearsal: true });
    expect(folded).toContain("AMI: `ami-0` in `us-west-2`\n\n<details><summary>AMIs in 9 Regions</summary>\n\n<table>");
    expect(commentMarkdown(bakeOf(ami({ images: images.slice(1) })), FACTS)).not.toContain("AMIs in");
  });

  test("has the source AMI, its age, and the variables", () => {
    expect(comment).toContain("`ubuntu-24.04`, 10 days old");
    expect(comment).toContain("<tr><td nowrap><samp>version</samp></td><td><code>1.2</code></td></tr>");
    expect(comment).toContain("<tr><td nowrap><samp>token</samp></td><td><em>sensitive or not set</em></td></tr>");
  });

  test("has the failure first: message, hint and last lines of output, then the builds that succeeded", () => {
    const mixed = commentMarkdown(reportFrom(mixedBake()), FACTS);
    expect(mixed).toContain("## ⚠️ `images/web`\n\n**Failed: 1 of 2 builds** after 8 s from");
    expect(mixed).toContain(
      [
        "### ❌ `web`",
        "**setup.sh exited with 3**",
        "Look at its output.",
        "Last lines of output:",
        "```text\ncannot find nginx\n```",
        "<table>",
      ].join("\n\n"),
    );
    expect(mixed).toContain(
      "<tr><td nowrap><samp>web</samp></td><td nowrap><samp>amazon-ebs</samp></td><td nowrap>❌ failed</td><td nowrap>5 s</td></tr>",
    );
    expect(mixed).toContain("### `worker`\n\n<table>\n<thead><tr><th>Region</th><th>AMI</th></tr></thead>");
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
    expect(long).toContain("<samp>us-east-1</samp></td><td nowrap><a ");
    expect(long).toContain("Some parts are omitted");
  });

  test("a table that alone is too long is cut at a line", () => {
    const images = Array.from({ length: 2000 }, (_, index) => ({
      region: `us-east-${index}`,
      imageId: `ami-${index}`,
      snapshotIds: [],
    }));
    const long = commentMarkdown(bakeOf(ami({ images })), FACTS);
    expect(long.length).toBeLessThanOrEqual(65_536);
    expect(long).toContain("<samp>ami-0</samp>");
    expect(long.trimEnd().endsWith("too long._")).toBe(true);
    expect(long.match(/<table>/g)).toEqual(["<table>"]);
    expect(long.split("</table>")).toHaveLength(2);
    expect(long.split("</details>")).toHaveLength(2);
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
    expect(commentMarkdown(bakeOf(ami({ images })), FACTS)).toContain(`<a href="${url}"><samp>ami-1</samp></a>`);
  });

  test.each(["us-iso-east-1", "local-1"])("are not guessed: %s", (region) => {
    const images = [{ region, imageId: "ami-1", snapshotIds: [] }];
    expect(commentMarkdown(bakeOf(ami({ images })), FACTS)).toContain(
      `<td nowrap><samp>${region}</samp></td><td nowrap><samp>ami-1</samp></td>`,
    );
  });

  test("of a rehearsal do not lead to AWS", () => {
    const text = commentMarkdown(reportFrom(successfulBake()), { ...FACTS, rehearsal: true });
    expect(text).toContain("Rehearsal on the local cloud: nothing was created in AWS.");
    expect(text).not.toContain("console.aws");
  });
});

describe("the summary", () => {
  const chart = (events: readonly BakeEvent[]) =>
    (summaryMarkdown(reportFrom(events), FACTS).split("```mermaid\n")[1] ?? "").split("\n```")[0]?.split("\n") ?? [];
  const steps = (...list: readonly (readonly [string, number, number])[]) => [
    ...successfulBake().slice(0, 2),
    ...list.flatMap(([step, from, to]) => [
      at(from, { type: "step-started", step, title: `Step ${step}` }),
      at(to, { type: "step-ended", step, outcome: "succeeded" }),
    ]),
    ...successfulBake().slice(-2),
  ];

  test("draws the steps in time", () => {
    expect(chart(successfulBake()).slice(1)).toEqual([
      "gantt",
      "  dateFormat x",
      "  axisFormat %H:%M:%S",
      "  tickInterval 5second",
      "  todayMarker off",
      `    Launch instance (8 s) :${BEGIN + 1000}, ${BEGIN + 9000}`,
      `    Provision (10 s) :${BEGIN + 10_000}, ${BEGIN + 20_000}`,
    ]);
  });

  test("draws the steps that decided the duration in colour, others in grey, and none that took less than a second", () => {
    expect(chart(steps(["a", 0, 10], ["b", 0, 4], ["c", 10, 10.9], ["d", 11, 30])).slice(6)).toEqual([
      `    Step a (10 s) :${BEGIN}, ${BEGIN + 10_000}`,
      `    Step b (4 s) :done, ${BEGIN}, ${BEGIN + 4000}`,
      `    Step d (19 s) :${BEGIN + 11_000}, ${BEGIN + 30_000}`,
    ]);
  });

  test("leaves out a duration that has no space in, after or before its bar on a phone", () => {
    const connect = "connect to the instance by SSH";
    expect(chart(steps(["launch", 0, 17], [connect, 17, 39], ["provision", 39, 61])).slice(6)).toEqual([
      expect.stringMatching(/^ {4}Step launch \(17 s\) :/),
      expect.stringMatching(/^ {4}Step connect to instance by SSH :/),
      expect.stringMatching(/^ {4}Step provision \(22 s\) :/),
    ]);
  });

  test("leaves out a duration with which the label before a bar would begin outside the chart", () => {
    expect(chart(steps(["launch", 0, 225], ["copying Regions", 225, 445])).slice(6)[1]).toMatch(
      /^ {4}Step copying Regions :/,
    );
    expect(chart(steps(["launch", 0, 285], ["copying Regions", 285, 505])).slice(6)[1]).toMatch(
      /^ {4}Step copying Regions \(3 m 40 s\) :/,
    );
  });

  test("draws more than four parallel steps of one kind as one bar, and lists each", () => {
    const copies = Array.from({ length: 5 }, (_, i) => [`copy ${i}`, 1, 10 + i] as const);
    expect(chart(steps(...copies)).slice(6)).toEqual([
      `    Step copy 5 Regions (13 s) :${BEGIN + 1000}, ${BEGIN + 14_000}`,
    ]);
    expect(summaryMarkdown(reportFrom(steps(...copies)), FACTS)).toContain(
      "<tr><td nowrap>Step copy 3</td><td nowrap>12 s</td></tr>",
    );
  });

  test("has a chart for each build of several", () => {
    const second = [at(3, { type: "step-started", step: "x", title: "Step x" }, "worker")] as const;
    const text = summaryMarkdown(reportFrom([...mixedBake().slice(0, 3), ...second, ...mixedBake().slice(3)]), FACTS);
    expect(text).toContain("### Timeline\n\n**`worker`**\n\n```mermaid\n");
  });

  test("no title of a step can break the chart", () => {
    const events = [
      at(0, { type: "bake-started", builds: [{ name: "a:b;c\n```", builder: "x" }] }, null),
      at(0, { type: "step-started", step: "s", title: "x :crit, 1, 2\n```\n%%{init}%% #" }, "a:b;c\n```"),
      at(2, { type: "step-ended", step: "s", outcome: "succeeded" }, "a:b;c\n```"),
      at(2, { type: "bake-ended", outcome: "failed" }, null),
    ];
    const [, drawing = ""] = summaryMarkdown(reportFrom(events), FACTS).split("```mermaid\n");
    expect(drawing.split("\n").slice(6, 8)).toEqual([`    x crit 1 2 init (2 s) :${BEGIN}, ${BEGIN + 2000}`, "```"]);
  });

  test.each(["click here", "section x", "Title of it", "2026-11-21 x", "dateFormat y"])(
    "%j is a title, not a statement",
    (title) => {
      const events = [
        ...successfulBake().slice(0, 2),
        at(0, { type: "step-started", step: "s", title }),
        at(2, { type: "step-ended", step: "s", outcome: "succeeded" }),
      ];
      expect(summaryMarkdown(reportFrom(events), FACTS)).toContain(`\n    · ${title} (2 s) :`);
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

describe("a bake with an unusual end", () => {
  test("has a missing Region with the reason", () => {
    const text = commentMarkdown(
      bakeOf(ami({ missing: [{ region: "eu-west-1", reason: "KMS key *denied*" }] })),
      FACTS,
    );
    expect(text).toContain("- ⚠️ No AMI in `eu-west-1`: KMS key &#42;denied&#42;");
    expect(text).toContain("## ⚠️ `images/web`\n\n**Baked, but not in 1 Region** in 9 s");
  });

  test("has the reason for an image that was reused", () => {
    const skip = { skipped: true, reason: "unchanged since 2026-11-20" };
    const text = commentMarkdown(bakeOf(ami({ skip })), FACTS);
    expect(text).toContain("**Unchanged, existing AMI reused** in 9 s");
    expect(text).toContain("unchanged since 2026-11-20");
  });

  test("has the run whose interrupted bake was resumed", () => {
    const skip = { skipped: false, reason: "resumed ami-1, left unfinished by run 4711 (2 hours ago)" };
    const text = commentMarkdown(bakeOf(ami({ skip })), FACTS);
    expect(text).not.toContain("existing AMI reused");
    expect(text).toMatch(/resumed \S*ami-1\S*, left unfinished by run 4711 \S+2 hours ago/);
  });

  test("is marked as cancelled", () => {
    const report = { ...reportFrom(successfulBake()), outcome: "cancelled" as const };
    expect(commentMarkdown(report, FACTS)).toContain("## ⏹️ `images/web`\n\n**Cancelled** after 1 m 5 s");
  });

  test("has the released resources and those that could not be removed", () => {
    const left = { action: "left", kind: "instance", id: "i-1", region: "us-east-1", why: "no permission" } as const;
    const text = releaseSummary({ released: 2, remaining: [left] });
    expect(text).toContain("2 resources were released");
    expect(text).toMatch(
      /<td nowrap>❌ could not be removed<\/td><td nowrap>instance<\/td><td nowrap><a href="\S+instanceId=i-1"><samp>i-1<\/samp><\/a><\/td><td nowrap><samp>us-east-1<\/samp><\/td><td>no permission<\/td>/,
    );
    expect(releaseSummary({ released: 0, remaining: [] })).toBe("");
  });

  test("has a heading and a link to the run if the process was killed", () => {
    const bake = { title: "`images/web`", how: "killed" as const, runUrl: "https://ghes/r/1" };
    expect(interruptedMarkdown(bake, { released: 1, remaining: [] })).toBe(
      [
        "## ⏹️ `images/web`",
        "**Killed**: the runner ended the process before the bake ended. See the [log of the run](https://ghes/r/1).",
        "1 resource was released after the bake ended.",
      ].join("\n\n"),
    );
  });
});
