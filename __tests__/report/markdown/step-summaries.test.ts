import { expect, test } from "@jest/globals";
import {
  failedSummary,
  type PromotionRow,
  promotionSummary,
  sweepSummary,
  wrongInputsSummary,
} from "../../../src/report/markdown/step-summaries.js";
import { moveText, shortCaller } from "../../../src/report/phrases.js";

const written = {
  at: Date.UTC(2026, 10, 20, 22, 13),
  by: "arn:aws:sts::123456789012:assumed-role/night/jane",
  what: "promote by run 76 of acme/images",
};

const ROW: PromotionRow = {
  region: "us-east-1",
  pointer: "/images/web/prod",
  imageId: "ami-2",
  previous: "ami-1",
  before: { version: 2, written },
  version: 3,
  moved: true,
};

/** The cells of the table's rows, without links. */
const cells = (...rows: readonly PromotionRow[]) =>
  promotionSummary("Promoted", "/images/web/prod", rows)
    .split("\n")
    .filter((line) => line.startsWith("<tr>"))
    .map((line) =>
      line
        .replaceAll(/<\/?(a|tr)( [^>]*)?>/g, "")
        .split(/<td(?: nowrap)?>/)
        .slice(1)
        .map((cell) => cell.replace("</td>", "")),
    );

const WRITER = "2026-11-20 22&#58;13 UTC, promote by run 76 of acme/images &#40;night/jane&#41;";

test("the summary has the previous and the current image and version, and once the author and date of the previous version", () => {
  const template = { ...ROW, pointer: "launch template web", before: { version: 7 }, version: 8 };
  const [region, before, now] = ["<samp>us-east-1</samp>", "<samp>ami-1</samp>", "<samp>ami-2</samp>"];
  expect(cells(ROW, template)).toEqual([
    [region, "<samp>/images/web/prod</samp>", before, now, "2 → 3"],
    [region, "<samp>launch template web</samp>", before, now, "7 → 8"],
  ]);
  expect(cells(ROW)).toEqual([[region, before, now, "2 → 3"]]);
  const rows = [ROW, { ...ROW, region: "eu-west-1", before: { version: 5, written }, version: 6 }, template];
  const summary = promotionSummary("Promoted", "/images/web/prod", rows);
  expect(summary.split(`Previous version: ${WRITER}\n`)).toHaveLength(2);
  expect(summary).not.toContain(">Previous version<");
});

test("previous versions by different authors are in a column", () => {
  const other = { ...ROW, region: "eu-west-1", before: { version: 2, written: { ...written, what: "", by: "" } } };
  expect(cells(ROW, other).map((row) => row.at(-1))).toEqual(["2026-11-20 22&#58;13 UTC", WRITER]);
});

test("a pointer that named nothing, and one that named the image already", () => {
  const { before: _none, ...first } = { ...ROW, previous: undefined, version: 1 };
  expect(cells(first)[0]?.slice(1)).toEqual(["none", "<samp>ami-2</samp>", "1"]);
  expect(cells({ ...ROW, moved: false })[0]?.slice(1)).toEqual(["unchanged", "<samp>ami-2</samp>", "3"]);
});

test("images that a rollback skipped are named once, as text only", () => {
  const names = ["web-1", "web-1", "<img src=x> @team"].map((name) => ({ name }));
  expect(promotionSummary("Rolled back", "/p", [ROW], names)).toContain(
    "\n\nSkipped, because the tests failed: `web-1`, <code>&#60;img src&#61;x&#62; &#64;team</code>\n\n",
  );
});

test("the description of a version is only text", () => {
  const what = "promote by <img src=x> @team | **x** [y](http://z)\n# x";
  const summary = promotionSummary("Rolled back", "/p", [
    { ...ROW, before: { version: 2, written: { ...written, what } } },
  ]);
  expect(summary).not.toMatch(/<img|@team|\*\*x|\]\(http:\/\/z|^# x/m);
  expect(summary.split("\n").filter((line) => line.startsWith("<tr>"))).toHaveLength(1);
});

test.each<[Partial<PromotionRow>, string]>([
  [
    {},
    "ami-1 → ami-2 (version 3; previously version 2 of 2026-11-20 22:13 UTC, promote by run 76 of acme/images (night/jane))",
  ],
  [
    { before: { version: 2, written: { ...written, what: "", by: "" } } },
    "ami-1 → ami-2 (version 3; previously version 2 of 2026-11-20 22:13 UTC)",
  ],
  [{ moved: false }, "already set to ami-2 (version 3)"],
])("%j in words", (more, text) => expect(moveText({ ...ROW, ...more })).toBe(text));

test.each([
  ["arn:aws:iam::123456789012:user/jane", "jane"],
  ["arn:aws:sts::123456789012:assumed-role/night/run-7", "night/run-7"],
  ["arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:root"],
  ["local/jane", "local/jane"],
])("%s is %s", (arn, short) => expect(shortCaller(arn)).toBe(short));

test("the summary of a failed step has what failed, the message and the hint, as text alone", () => {
  const error = {
    severity: "error",
    code: "promotion-contended",
    summary: "another writer set ```<b>``` @team",
    hint: "Now:\n  us-east-1: /p names ami-1 (version 2)",
  } as const;
  const summary = failedSummary([error], { what: 'Promotion of "/p"' });
  expect(summary).toMatch(/^## ❌ Promotion of `\/p` failed\n\n\*\*another writer set /);
  expect(summary).toContain("Now&#58;\n\nus-east-1&#58; /p names ami-1 &#40;version 2&#41;");
  expect(summary).not.toMatch(/<b>|@team|```/);
  expect(failedSummary([error])).toMatch(/^## ❌ Failed\n/);
});

test("an error with a place has a link to the line at the commit, and an excerpt", () => {
  const start = { offset: 0, line: 2, column: 3 };
  const error = {
    severity: "error",
    code: "unknown-option",
    summary: 'Unknown option "nme"',
    range: { file: "web.json", start, end: { ...start, column: 8 } },
  } as const;
  const checkout = { blobUrl: "https://ghes/b/0123", workspace: "/w", workingDirectory: "/w/my images" };
  const run = { url: "", commit: "", commitUrl: "", label: "", checkout };
  const sources = [{ file: "web.json", text: '{\n  "nme": 1\n}' }];
  expect(failedSummary([error], { sources, run })).toBe(
    [
      "## ❌ Failed",
      "**Unknown option `nme`**",
      "At [<code>my images/web.json</code> line 2](https://ghes/b/0123/my%20images/web.json#L2)",
      '```text\n2 |   "nme": 1\n  |   ^^^^^\n```',
    ].join("\n\n"),
  );
  expect(failedSummary([error])).toContain("At `web.json` line 2");
});

test("the summary has every invalid input, as text alone", () => {
  const complaint = (summary: string, hint?: string) =>
    ({ severity: "error", code: "invalid-input", summary, ...(hint ? { hint } : {}) }) as const;
  const summary = wrongInputsSummary([
    complaint('Input "template" is required', "Set it."),
    complaint('Input "regions" is not a Region: "<b>@octocat"'),
  ]);
  expect(summary).toContain("- **Input `template` is required**<br>Set it.");
  expect(summary.split("\n")).toHaveLength(6);
  expect(summary).not.toMatch(/<b>|@octocat/);
});

test("a sweep lists the unfinished images that stay, without markup from their tags", () => {
  const unfinished = [{ id: "ami-1", region: "us-east-1", why: "run <b>4711</b> left it unfinished" }];
  const summary = sweepSummary([], [], { dryRun: false, account: "123456789012", unfinished });
  expect(summary).toContain("1 unfinished AMI stayed. Deregister what is not needed.");
  expect(summary).toContain("ami-1");
  expect(summary).not.toContain("<b>");
  expect(sweepSummary([], [], { dryRun: false, account: undefined, unfinished: [] })).not.toContain("unfinished");
});
