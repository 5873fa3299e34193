import { describe, expect, test } from "@jest/globals";
import { formatPlace } from "../../src/core/source.js";
import type { CheckContext } from "../../src/options/schema.js";
import { makePlan } from "../../src/plan/make-plan.js";
import { loadHclTemplate } from "../../src/template/hcl/load.js";
import { lookups } from "../support/lookups.js";
import { catalog } from "../support/small-catalog.js";

const checks: CheckContext = {
  pathKind: () => "missing",
  pathFromTemplate: () => undefined,
  readText: () => undefined,
  env: () => undefined,
  now: () => 0,
};

describe("durations of an HCL2 provisioner", () => {
  const planned = (line: string) => {
    const text = `source "machine" "m" {\n  ami_name = "web"\n}\nbuild {\n  sources = ["machine.m"]\n  provisioner "shell" {\n    ${line}\n  }\n}\n`;
    const inputs = { path: "t.pkr.hcl", variables: [], variableFiles: [], only: [], except: [] };
    const { template, diagnostics, secrets } = loadHclTemplate(inputs, lookups({ files: { "t.pkr.hcl": text } }));
    if (!template) throw new Error(diagnostics[0]?.summary);
    return makePlan(template, catalog, checks, { secrets, reevaluate: undefined });
  };

  test.each([
    ['pause_before = "5"', 'error 7:20 "pause_before" has no unit: "5"'],
    ["pause_before = 5", 'error 7:20 "pause_before" has no unit: "5"'],
    ['timeout = "90"', 'error 7:15 "timeout" has no unit: "90"'],
    ['timeout = "soon"', 'error 7:15 "timeout" is not a duration: "soon"'],
  ])("%s is rejected", (line, summary) => {
    const { plan: made, diagnostics } = planned(line);
    expect(made).toBeUndefined();
    expect(
      diagnostics.map(
        ({ severity, range, summary }) => `${severity} ${range && formatPlace(range).slice(10)} ${summary}`,
      ),
    ).toEqual([summary]);
  });

  test.each([
    ['pause_before = "5s"', { pauseBefore: 5000, timeout: undefined }],
    ['timeout = "1m30s"', { pauseBefore: undefined, timeout: 90_000 }],
    ['timeout = ""', { pauseBefore: undefined, timeout: undefined }],
    ['pause_before = ""', { pauseBefore: undefined, timeout: undefined }],
  ])("%s is accepted", (line, expected) => {
    const [build] = planned(line).plan?.builds ?? [];
    expect(build?.state === "ready" && build.provisioners[0]).toMatchObject(expected);
  });
});
