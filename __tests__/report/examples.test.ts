import { expect, test } from "@jest/globals";
import * as documents from "../../src/report/markdown/documents.js";
import * as plan from "../../src/report/markdown/plan.js";
import * as retention from "../../src/report/markdown/retention.js";
import * as steps from "../../src/report/markdown/step-summaries.js";
import * as report from "../../src/report/report.js";

/** Returns the documents that scripts/reports.mjs draws. */
async function exampleDocuments(): Promise<Readonly<Record<string, string>>> {
  const path = "../../scripts/reports/examples.mjs";
  const examples: { documentsOf(renderers: object): Readonly<Record<string, string>> } = await import(path);
  return examples.documentsOf({ ...documents, ...plan, ...retention, ...steps, ...report });
}

test("the example runs are of the shapes that the reports have, and each has a document", async () => {
  const made = Object.entries(await exampleDocuments());
  expect(made.length).toBeGreaterThan(20);
  for (const [name, markdown] of made) {
    expect([name, markdown]).toEqual([name, expect.stringMatching(/\S/)]);
    expect([name, markdown]).not.toEqual([name, expect.stringMatching(/undefined|NaN|\[object Object\]/)]);
  }
});
