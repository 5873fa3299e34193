import { expect, test } from "@jest/globals";
import {
  failedSummary,
  type PromotionRow,
  promotionSummary,
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
    .filter((line) => line.startsWith("| `"))
    .map((line) =>
      line
        .replaceAll(/\]\([^)]*\)|\[/g, "")
        .split(" | ")
        .slice(1)
        .map((cell) => cell.replace(/ \|$/, "")),
    );

test("the summary tells from where to where, and who wrote the version before, when", () => {
  const template = { ...ROW, pointer: "launch template web", before: { version: 7 }, version: 8 };
  expect(cells(ROW, template)).toEqual([
    [
      "`/images/web/prod`",
      "`ami-1`",
      "`ami-2`",
      "3",
      "version 2 of 2026-11-20 22&#58;13 UTC, promote by run 76 of acme/images &#40;night/jane&#41;",
    ],
    ["`launch template web`", "`ami-1`", "`ami-2`", "8", "version 7"].map((cell) =>
      cell === "`launch template web`" ? "<code>launch template web</code>" : cell,
    ),
  ]);
});

test("a pointer that named nothing, and one that was there already", () => {
  const { before: _none, ...first } = { ...ROW, previous: undefined, version: 1 };
  expect(cells(first)[0]?.slice(1)).toEqual(["nothing", "`ami-2`", "1", ""]);
  expect(cells({ ...ROW, moved: false })[0]?.[1]).toBe("the same");
});

test("what a description says is only text", () => {
  const what = "promote by <img src=x> @team | **x** [y](http://z)\n# x";
  const summary = promotionSummary("Rolled back", "/p", [
    { ...ROW, before: { version: 2, written: { ...written, what } } },
  ]);
  expect(summary).not.toMatch(/<img|@team|\*\*x|\]\(http:\/\/z|^# x/m);
  expect(summary.split("\n").filter((line) => line.startsWith("| `"))).toHaveLength(1);
});

test.each<[Partial<PromotionRow>, string]>([
  [
    {},
    "ami-1 → ami-2 (version 3; before, version 2 of 2026-11-20 22:13 UTC, promote by run 76 of acme/images (night/jane))",
  ],
  [
    { before: { version: 2, written: { ...written, what: "", by: "" } } },
    "ami-1 → ami-2 (version 3; before, version 2 of 2026-11-20 22:13 UTC)",
  ],
  [{ moved: false }, "names ami-2 already (version 3)"],
])("%j in words", (more, text) => expect(moveText({ ...ROW, ...more })).toBe(text));

test.each([
  ["arn:aws:iam::123456789012:user/jane", "jane"],
  ["arn:aws:sts::123456789012:assumed-role/night/run-7", "night/run-7"],
  ["arn:aws:iam::123456789012:root", "arn:aws:iam::123456789012:root"],
  ["local/jane", "local/jane"],
])("%s is %s", (arn, short) => expect(shortCaller(arn)).toBe(short));

test("a failure stands in the summary, whatever it names", () => {
  const error = {
    severity: "error",
    code: "promotion-contended",
    summary: "another writer set ```<b>``` @team",
    hint: "Now:\n  us-east-1: /p names ami-1 (version 2)",
  } as const;
  const summary = failedSummary([error]);
  expect(summary).toMatch(/^## Failed\n\n````text\nError: another writer set/);
  expect(summary).toContain("us-east-1: /p names ami-1 (version 2)");
  expect(summary.trimEnd().endsWith("````")).toBe(true);
});

test("every wrong input stands in the summary, as text alone", () => {
  const complaint = (summary: string, hint?: string) =>
    ({ severity: "error", code: "invalid-input", summary, ...(hint ? { hint } : {}) }) as const;
  const summary = wrongInputsSummary([
    complaint("the input template is required", "Give it."),
    complaint('the input regions is not a valid Region name: "<b>@octocat"'),
  ]);
  expect(summary).toContain("- the input template is required Give it.");
  expect(summary.split("\n")).toHaveLength(4);
  expect(summary).not.toMatch(/<b>|@octocat/);
});
