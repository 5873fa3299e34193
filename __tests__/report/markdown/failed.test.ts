import { expect, test } from "@jest/globals";
import { wrongInputsSummary } from "../../../src/report/markdown/failed.js";

test("every wrong input stands in the summary, as text alone", () => {
  const complaint = (summary: string, hint?: string) =>
    ({ severity: "error", code: "invalid-input", summary, ...(hint ? { hint } : {}) }) as const;
  const summary = wrongInputsSummary([
    complaint("the input template is required", "Give it."),
    complaint('the input regions is not the name of a region: "<b>@octocat"'),
  ]);
  expect(summary).toContain("- the input template is required Give it.");
  expect(summary.split("\n")).toHaveLength(4);
  expect(summary).not.toMatch(/<b>|@octocat/);
});
