import { randomUUID } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { annotator } from "../../src/action/annotations.js";
import { commentBody } from "../../src/action/comment/body.js";
import { actionLog } from "../../src/action/log.js";
import type { BakeEvent } from "../../src/core/events.js";
import type { PackageReport } from "../../src/core/packages.js";
import type { RegionPreview } from "../../src/core/preview.js";
import { redactor } from "../../src/core/secrets/redactor.js";
import { consoleStory } from "../../src/report/console/story.js";
import { commentMarkdown, summaryMarkdown } from "../../src/report/markdown/documents.js";
import { type PlanReport, planComment, planSummary } from "../../src/report/markdown/plan.js";
import { type RunFacts, reportFrom } from "../../src/report/report.js";
import { commandsIn } from "../action/runner.js";
import { ami, at, BEGIN } from "../report/events.js";
import { fc } from "../support/properties.js";

/** Cases of each property; `BAKE_AMI_CASES=10000` tries more. */
const RUNS = Number(process.env.BAKE_AMI_CASES ?? 300);

/** Text that Markdown, HTML, GitHub or Mermaid interprets. */
const PIECES = [
  "<script>alert(1)</script>",
  "</details>",
  "</code>",
  "<!--",
  "-->",
  "<img src=x onerror=y>",
  "![x](https://evil.example/p.png)",
  "[x](javascript:alert)",
  "https://evil.example",
  "www.evil.example",
  "@octocat",
  "@org/team",
  "#12",
  "GH-1",
  "owner/repo#3",
  "**",
  "__",
  "~~~",
  "```",
  "`",
  "|",
  "\\",
  "\n",
  "\r",
  "\n## Heading\n",
  "\n| a | b |\n| --- | --- |\n",
  "- [ ] task",
  "$$x$$",
  ":tada:",
  "&lt;b&gt;",
  "click A href evil",
  ": crit, 0, 1",
  "section x",
  "\u202e",
  "\u001b[31m",
  "x",
];

const hostile = fc.array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(""));

/** Returns events in which every text from a template, an account or an instance is `text`. */
function eventsWith(text: string): readonly BakeEvent[] {
  const source = { imageId: text, name: text, createdAt: "2026-11-11T10:00:00.000Z", owner: text, ownerAlias: text };
  const artifact = ami({
    imageName: text,
    missing: [{ region: "eu-west-1", reason: text }],
    source: { ...source, architecture: text, tags: { [text]: text } },
  });
  const error = { severity: "error", code: "x", summary: text, hint: text, resource: text } as const;
  return [
    at(0, { type: "bake-started", builds: [{ name: text, builder: "amazon-ebs" }] }, null),
    at(0, { type: "build-started" }, text),
    at(1, { type: "step-started", step: text, title: text }, text),
    at(2, { type: "output", stream: "stderr", text }, text),
    at(3, { type: "step-ended", step: text, outcome: "failed" }, text),
    at(4, { type: "diagnostic", diagnostic: { ...error, severity: "warning" } }, text),
    at(5, { type: "resource", action: "left", kind: "instance", id: text, region: "us-east-1", why: text }, text),
    at(6, { type: "packages", packages: packagesWith(text) }, text),
    at(6, { type: "build-ended", outcome: "failed", artifacts: [artifact], error }, text),
    at(7, { type: "bake-ended", outcome: "failed" }, null),
  ];
}

/** Returns a plan of two builds in which every text from a template or an account is `text`. */
function planWith(text: string): PlanReport {
  const problem = { severity: "warning", code: "x", summary: text, hint: text } as const;
  const region: RegionPreview = {
    ...{ region: text, image: "create" as const, replaces: [text], removes: [text], disables: [text] },
    parameter: { name: text, from: text, isRead: true, to: `${text}2` },
  };
  const build = {
    ...({ decision: "bake", reason: text, changes: [{ what: text, from: text, to: text }], imageName: text } as const),
    ...{ existing: text, source: { imageId: text, name: text, createdAt: "2026-11-11T10:00:00.000Z" } },
    ...{ regions: [region, region], notLookedUp: [text], knownLater: [text], problems: [problem] },
    identity: { name: text, shortName: text, sourceName: text, builderType: text },
  };
  return { preview: { builds: [build, { ...build, reason: "" }], changes: true, account: text }, problems: [problem] };
}

/** Returns a package report as an instance, or a parameter of unknown origin, could contain it. */
function packagesWith(text: string): PackageReport {
  const change = { kind: "upgraded", name: text, arch: text, from: text, to: text, security: "update" } as const;
  const counts = { added: 0, removed: 0, upgraded: 1, downgraded: 0 };
  const difference = { counts, security: 1, changes: [change] };
  return { distribution: text, count: 1, since: text, difference, file: text, sbom: text };
}

function factsWith(text: string): RunFacts {
  return {
    template: text,
    image: text,
    variables: [{ name: text, value: text }],
    sources: [],
    rehearsal: false,
    recorded: 0,
    run: { url: "https://ghes/r/1", commit: "0123456789", commitUrl: "https://ghes/c/0123456789", label: "run 1" },
    now: BEGIN,
  };
}

/** Returns the text that Markdown interprets: without fenced blocks and character references. */
function active(markdown: string): string {
  return markdown.replace(/^(`{3,})\w*\n[\s\S]*?\n\1$/gm, "FENCED").replace(/&#\d+;/g, "");
}

/** Returns the same without code and paths of links, in which GitHub makes no links or mentions. */
function sentences(markdown: string): string {
  return active(markdown)
    .replace(/`[^`\n]*`|<code>[^<]*<\/code>/g, "CODE")
    .replace(/(\]\(https:\/\/[a-z0-9.-]+)[^)\s]*\)/g, "$1)")
    .replace(/(href="https:\/\/[a-z0-9.-]+)[^"]*"/g, '$1"');
}

/** Returns the structure of a document: tags, headings, links, table rows and fences, in order. */
function skeleton(markdown: string): readonly string[] {
  return (
    sentences(markdown).match(
      /<\/?[a-z]+|^#+ |\]\(https:\/\/[a-z.-]+|href="https:\/\/[a-z0-9.-]+"|^\||FENCED|!\[|https?:/gm,
    ) ?? []
  );
}

describe("comment and summary", () => {
  const renderers: Readonly<Record<string, (text: string) => string>> = {
    comment: (text) => commentMarkdown(reportFrom(eventsWith(text)), factsWith(text)),
    summary: (text) => summaryMarkdown(reportFrom(eventsWith(text)), factsWith(text)),
    "comment of a plan": (text) => planComment(planWith(text), factsWith(text)),
    "summary of a plan": (text) => planSummary(planWith(text), factsWith(text)),
  };

  test.each(Object.entries(renderers))("%s: external text adds no structure, mentions and links", (_name, render) => {
    const expected = skeleton(render("harmless"));
    fc.assert(
      fc.property(hostile, (text) => {
        const markdown = render(text);
        expect(skeleton(markdown)).toEqual(expected);
        expect(sentences(markdown)).not.toMatch(/(^|[^\w`=])[@#]\w|\bGH-\d|\/repo#|www\./);
        expect(markdown).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u202e]/);
      }),
      { numRuns: RUNS },
    );
  });

  test("a body stays within GitHub's size limit and keeps its marker, however long the report", () => {
    const long = "<x>`|".repeat(40_000);
    const names = { workflow: long, job: "--> <b>", template: "-->", image: long, only: [long], key: long };
    const identity = { ...names, former: undefined };
    const body = commentBody(identity, commentMarkdown(reportFrom(eventsWith(long)), factsWith(long)), long);
    expect(body.length).toBeLessThanOrEqual(65_536);
    expect(body).toMatch(/^<!-- bake-ami [0-9a-f]{32} -->\n<!-- content [0-9a-f]{32} -->\n/);
  });
});

/** Returns the action's log of these events, without colors. */
function logOf(events: readonly BakeEvent[]): string {
  const lines: string[] = [];
  const log = actionLog({
    write: (line) => lines.push(line),
    story: consoleStory({ colour: false, introduce: true, timestamps: false, progressInterval: 0, sources: undefined }),
    annotate: annotator({ workspace: "/w", workingDirectory: () => "/w", sources: () => [], secrets: redactor() }),
    token: randomUUID,
  });
  for (const event of events) log.listener(event);
  log.end();
  return lines.join("\n");
}

/** Text that the runner or a terminal interprets, at the start of a line or anywhere. */
const COMMANDS = [
  "::error::x",
  "::add-mask::e",
  "\n::set-output name=ami-id::ami-evil",
  "\r::stop-commands::t\n",
  "##[error]x",
  "\n##[add-mask]e",
  "%0A::error::x",
  "\u2028::warning::x",
  "\u001b]0;title\u0007",
  "\u0000",
];

const commanding = fc
  .array(fc.constantFrom(...COMMANDS, ...PIECES), { minLength: 1, maxLength: 6 })
  .map((pieces) => pieces.join(""));

test("the action's log: external text is not a workflow command, and the log's own commands stay the same", () => {
  const names = (log: string) => commandsIn(log).map(({ name }) => name);
  const expected = names(logOf(eventsWith("harmless")));
  fc.assert(
    fc.property(commanding, (text) => {
      const log = logOf(eventsWith(text));
      expect(names(log)).toEqual(expected);
      expect(log).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/);
    }),
    { numRuns: RUNS },
  );
});

test("an annotation is one command, whatever its text", () => {
  fc.assert(
    fc.property(hostile, hostile, (summary, hint) => {
      const annotate = annotator({
        workspace: "/w",
        workingDirectory: () => "/w",
        sources: () => [],
        secrets: redactor(),
      });
      const line = annotate({ severity: "error", code: "x", summary, hint }) ?? "";
      expect(line).not.toMatch(/[\r\n]/);
      expect(commandsIn(line).map(({ name }) => name)).toEqual(["error"]);
    }),
  );
});
