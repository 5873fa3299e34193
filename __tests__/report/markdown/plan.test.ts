import { describe, expect, test } from "@jest/globals";
import type { Diagnostic } from "../../../src/core/diagnostics.js";
import type { BuildPreview, PlanPreview } from "../../../src/core/preview.js";
import { planComment, planContent, planSummary } from "../../../src/report/markdown/plan.js";
import { BEGIN } from "../events.js";
import { planOf, preview, region, unchanged } from "../previews.js";
import { FACTS } from "./facts.js";

const comment = (plan: PlanPreview | undefined, problems: readonly Diagnostic[] = [], facts = FACTS) =>
  planComment({ preview: plan, problems }, facts);

const rowsIn = (markdown: string) =>
  markdown
    .split("\n")
    .filter((line) => line.startsWith("<tr>"))
    .map((line) => [...line.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, cell = ""]) => cell.replace(/<[^>]*>/g, "")));

const problem = (severity: Diagnostic["severity"], summary: string): Diagnostic => ({ severity, code: "x", summary });

test("a plan has what would be done and why, the changed inputs, the Regions, and the source AMI", () => {
  const changes = [
    { what: "script setup.sh", from: undefined, to: undefined },
    { what: "source AMI", from: "ami-0before", to: "ami-0base" },
  ];
  const text = comment(planOf([preview({ changes })]), [], { ...FACTS, rehearsal: true, variables: [] });
  expect(text).toBe(
    [
      "## 🔨 Plan of `images/web`",
      "**1 build to bake; 2 parameters to set** from `images/web.json` at [`0123456`](https://ghes/c/0123456789), [run 1](https://ghes/r/1). Compared with the local cloud. Nothing was created or changed.",
      "Bake&#58; changed since ami-0old&#58; script setup.sh.",
      [
        "<table>",
        "<thead><tr><th>Changed input</th><th>Old</th><th>New</th></tr></thead>",
        "<tbody>",
        "<tr><td nowrap><samp>script setup.sh</samp></td><td nowrap></td><td nowrap></td></tr>",
        "<tr><td nowrap><samp>source AMI</samp></td><td nowrap><samp>ami-0before</samp></td><td nowrap><samp>ami-0base</samp></td></tr>",
        "</tbody>",
        "</table>",
      ].join("\n"),
      "Parameter: `/images/web/latest`",
      [
        "<table>",
        "<thead><tr><th>Region</th><th>AMI</th><th>Parameter now</th><th>Parameter after</th></tr></thead>",
        "<tbody>",
        "<tr><td nowrap><samp>us-east-1</samp></td><td nowrap>new</td><td nowrap><samp>ami-0old</samp></td><td nowrap>new AMI</td></tr>",
        "<tr><td nowrap><samp>eu-west-1</samp></td><td nowrap>copy</td><td nowrap><samp>ami-0old</samp></td><td nowrap>new AMI</td></tr>",
        "</tbody>",
        "</table>",
      ].join("\n"),
      "Image: <code>web-&#123;&#123;timestamp&#125;&#125;</code><br>\nSource AMI: `ami-0base` `ubuntu-24.04`, 10 days old<br>\nOnly known in the run: the name of the AMI contains the time",
    ].join("\n\n"),
  );
});

const denied = "ec2:DescribeImages in us-east-1 was denied";
const error = problem("error", 'Subnet "subnet-1" does not exist');

test.each<[string, PlanPreview | undefined, readonly Diagnostic[], string]>([
  ["with nothing to do", planOf([unchanged()], false), [], "## ✅ Plan of `images/web`\n\n**Nothing to do** from"],
  [
    "with changes",
    planOf([preview()]),
    [],
    "## 🔨 Plan of `images/web`\n\n**1 build to bake; 2 parameters to set** from",
  ],
  [
    "of an unknown decision",
    planOf([preview({ decision: "unknown" })]),
    [],
    "## ⚠️ Plan of `images/web`\n\n**1 build not known** from",
  ],
  [
    "with a lookup that was denied",
    planOf([preview({ notLookedUp: [denied] })]),
    [],
    "## ⚠️ Plan of `images/web`\n\n**1 build to bake",
  ],
  [
    "of a bake that would fail",
    planOf([preview({ problems: [error] })]),
    [],
    "## ❌ Plan of `images/web`\n\n**The bake would fail: 1 build to bake",
  ],
  ["of a template with errors", undefined, [error], "## ❌ Plan of `images/web`\n\n**Failed** from"],
])("the heading of a plan %s", (_, plan, problems, expected) => {
  expect(comment(plan, problems)).toContain(expected);
});

describe("a table of Regions", () => {
  const parameter = (more: object) => ({
    name: "/images/web/latest",
    from: "ami-1",
    isRead: true,
    to: "ami-2",
    ...more,
  });
  const cells = (decision: BuildPreview["decision"], ...regions: BuildPreview["regions"]) =>
    rowsIn(comment(planOf([preview({ decision, regions, changes: [] })]), [], { ...FACTS, variables: [] }));

  test.each<[string, BuildPreview["decision"], BuildPreview["regions"], readonly (readonly string[])[]]>([
    [
      "parameters that change, stay, are new, and could not be read",
      "reuse",
      [
        region("a", { image: "present", parameter: parameter({}) }),
        region("b", { image: "present", parameter: parameter({ to: "ami-1" }) }),
        region("c", { image: "copy", parameter: parameter({ from: undefined, to: undefined }) }),
        region("d", { image: "present", parameter: parameter({ from: undefined, isRead: false }) }),
      ],
      [
        ["a", "exists", "ami-1", "ami-2"],
        ["b", "exists", "ami-1", "unchanged"],
        ["c", "copy", "none", "new AMI"],
        ["d", "exists", "not known", "ami-2"],
      ],
    ],
    ["no parameters", "bake", [region("us-east-1", { parameter: undefined })], [["us-east-1", "new"]]],
    [
      "parameters with different names",
      "bake",
      [region("a", { parameter: parameter({ name: "/a", to: undefined }) }), region("b", { parameter: undefined })],
      [
        ["a", "copy", "ami-1", "new AMI"],
        ["b", "copy", "", ""],
      ],
    ],
    [
      "two names",
      "bake",
      [region("a", { parameter: parameter({ name: "/a" }) }), region("b", { parameter: parameter({ name: "/b" }) })],
      [
        ["a", "copy", "/a", "ami-1", "ami-2"],
        ["b", "copy", "/b", "ami-1", "ami-2"],
      ],
    ],
    ["an unknown decision", "unknown", [region("us-east-1")], [["us-east-1", "not known", "ami-0old", "not known"]]],
  ])("has %s", (_, decision, regions, expected) => {
    expect(cells(decision, ...regions)).toEqual(expected);
  });

  test("links to the console, but not to AWS for the local cloud", () => {
    const plan = planOf([preview({ regions: [region("us-east-1")] })]);
    expect(comment(plan)).toContain('#ImageDetails:imageId=ami-0old"><samp>ami-0old</samp></a>');
    expect(comment(plan)).toContain("imageId=ami-0base) `ubuntu-24.04`");
    expect(comment(plan, [], { ...FACTS, rehearsal: true })).not.toContain("console.aws");
  });
});

test("a long value wraps, a longer one is cut, and without values there is one column; a reused AMI has what would change on it", () => {
  const changes = [{ what: "variable motd", from: undefined, to: `${"x".repeat(199)}yz` }];
  const text = comment(planOf([preview({ changes, decision: "reuse" })]));
  expect(text).toContain('<tr><th>To change</th><th>Old</th><th width="220">New</th></tr>');
  expect(text).toContain(`<td><samp>${"x".repeat(199)}y…</samp></td>`);
  expect(comment(planOf([preview()]))).toContain("<thead><tr><th>Changed input</th></tr></thead>");
});

test("AMIs that would be replaced or removed are listed with their Region", () => {
  const regions = [
    region("us-east-1", { replaces: ["ami-9"], removes: ["ami-7", "ami-8"], disables: ["ami-6"] }),
    region("eu-west-1"),
  ];
  const text = comment(planOf([preview({ regions, changes: [] })]));
  expect(text).toContain(
    "**1 build to bake; 2 parameters to set, 1 AMI to replace, 2 older AMIs to remove, 1 older AMI to disable** from",
  );
  expect(rowsIn(text).filter(([, id]) => /ami-[6-9]/.test(id ?? ""))).toEqual([
    ["us-east-1", "ami-9", "replaced by the new AMI of this name"],
    ["us-east-1", "ami-7", "removed as an older image"],
    ["us-east-1", "ami-8", "removed as an older image"],
    ["us-east-1", "ami-6", "disabled as an older image"],
  ]);
});

test("what could not be looked up is listed once, with the builds if it is not about all", () => {
  const none = "No AWS credentials: source AMI, earlier images";
  const builds = [
    preview({ decision: "unknown", notLookedUp: [none, denied] }, "amazon-ebs.a"),
    preview({ decision: "unknown", notLookedUp: [none] }, "amazon-ebs.b"),
  ];
  expect(comment(planOf(builds))).toContain(
    "**Could not look up**\n\n- No AWS credentials&#58; source AMI, earlier images\n- `amazon-ebs.a`: ec2&#58;DescribeImages in us-east-1 was denied\n\n",
  );
});

test("more than eight reasons are folded, with the advice below them", () => {
  const notLookedUp = Array.from({ length: 9 }, (_, index) => `reason ${index}`);
  const report = { preview: planOf([preview({ notLookedUp })]), problems: [], advice: 'Set the input "local".' };
  expect(planComment(report, FACTS)).toMatch(
    /<summary>9 reasons<\/summary>\n\n- reason 0\n[\s\S]*- reason 8\n\n<\/details>\n\nSet the input `local`\.\n\n/,
  );
});

test("errors come first, and more than three warnings are folded; the same problem of two builds is listed once", () => {
  const build = (name: string, count: number) =>
    preview(
      { problems: [error, ...Array.from({ length: count }, (_, i) => problem("warning", `warning ${i}`))] },
      name,
    );
  const few = comment(planOf([build("a", 2), build("b", 2)]), [problem("warning", "old syntax")]);
  expect(few.split("Subnet")).toHaveLength(2);
  expect(few.indexOf("Subnet")).toBeLessThan(few.indexOf("<th>Build</th>"));
  expect(few).toContain("### ⚠️ 3 warnings\n\n**old syntax**\n\n**warning 0**\n\n**warning 1**");
  expect(comment(planOf([build("a", 4)]))).toContain("<details><summary>⚠️ 4 warnings</summary>");
  expect(comment(planOf([preview()]), [problem("warning", "one")])).toContain("### ⚠️ 1 warning\n\n**one**");
});

const SEVENTEEN = Array.from({ length: 17 }, (_, index) => region(`eu-region-${index}`));

test("two builds in 17 Regions have a table of builds, and a folded table of Regions each", () => {
  const builds = [preview({ regions: SEVENTEEN }, "amazon-ebs.web"), unchanged("amazon-ebs.db")];
  const text = comment(planOf([...builds, preview({ regions: SEVENTEEN, changes: [] }, "amazon-ebs.job")]));
  expect(rowsIn(text).slice(0, 3)).toEqual([
    ["amazon-ebs.web", "Bake", "changed since ami-0old&#58; script setup.sh"],
    ["amazon-ebs.db", "Reuse", "unchanged since 2026-11-20 &#40;ami-0same&#41;"],
    ["amazon-ebs.job", "Bake", "changed since ami-0old&#58; script setup.sh"],
  ]);
  expect(text.split("<summary>17 Regions, 17 parameters to set</summary>")).toHaveLength(3);
  expect(text).toContain("### `amazon-ebs.web`\n\n<table>\n<thead><tr><th>Changed input");
  expect(text).toContain("### `amazon-ebs.db`\n\nParameter: `/images/web/latest`");
  expect(text).toContain("Existing AMI: [`ami-0same`](https://us-east-1.console");
});

test("a comment has at most 65,536 characters and keeps what would be done with each build; a summary at most 1 MiB", () => {
  const long = "é".repeat(900);
  const warnings = Array.from({ length: 2000 }, (_, index) => problem("warning", `${index} ${long}`));
  const builds = Array.from({ length: 30 }, (_, i) => preview({ regions: SEVENTEEN, problems: warnings }, `ebs.${i}`));
  const text = comment(planOf(builds));
  expect(text.length).toBeLessThanOrEqual(65_536 - 1024);
  expect(text).toContain("<samp>ebs.29</samp>");
  expect(text).toContain("Some parts are omitted");
  const summary = planSummary({ preview: planOf(builds), problems: warnings }, FACTS);
  expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(1024 * 1024);
});

test("two runs with the same plan have the same content, and another commit or plan has not", () => {
  const report = { preview: planOf([preview()]), problems: [] };
  const run = { url: "https://ghes/r/2", commit: "0123456789", commitUrl: "https://ghes/c/0123456789", label: "run 2" };
  const content = planContent(report, FACTS);
  expect(planContent(report, { ...FACTS, run, now: BEGIN + 9 * 86_400_000 })).toBe(content);
  expect(planContent(report, { ...FACTS, run: { ...run, commit: "abcdef0" } })).not.toBe(content);
  expect(planContent({ ...report, preview: planOf([unchanged()], false) }, FACTS)).not.toBe(content);
});
