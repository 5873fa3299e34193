import { describe, expect, test } from "@jest/globals";
import { ACTION_WORDS } from "../../src/action/words.js";
import type { PlanPreview, PreviewDecision } from "../../src/core/preview.js";
import { redactor } from "../../src/core/secrets/redactor.js";
import { planDocument } from "../../src/report/plan-json.js";
import {
  changeText,
  decisionText,
  type PreviewedParameter,
  parameterText,
  planLine,
} from "../../src/report/plan-phrases.js";
import { redactPlan } from "../../src/report/redact.js";
import { planInWords } from "../../src/report/wording.js";
import { planOf, preview, region, unchanged } from "./previews.js";

const RANGE = {
  file: "images/web.json",
  start: { offset: 10, line: 2, column: 5 },
  end: { offset: 12, line: 2, column: 7 },
};
const WARNING = { severity: "warning", code: "quota", summary: "Only 2 vCPUs are left", range: RANGE } as const;

describe("the JSON document", () => {
  test("has every field of a build; what is unknown is null", () => {
    const build = preview({
      changes: [{ what: "source AMI", from: "ami-0a", to: undefined }],
      regions: [
        region("us-east-1", { replaces: ["ami-0r"], removes: ["ami-0d"], disables: ["ami-0c"] }),
        region("eu-west-1", { parameter: undefined }),
      ],
      problems: [WARNING],
    });
    const facts = {
      template: "images/web.json",
      image: "web",
      problems: [{ ...WARNING, range: undefined, hint: "Ask." }],
    };
    const problem = { severity: "warning", code: "quota", summary: "Only 2 vCPUs are left", detail: null };
    expect(JSON.parse(JSON.stringify(planDocument(planOf([build]), facts)))).toEqual({
      format_version: "1.0",
      template: "images/web.json",
      image: "web",
      account: "123456789012",
      changes: true,
      builds: [
        {
          name: "amazon-ebs.web",
          builder: "amazon-ebs",
          decision: "bake",
          reason: "changed since ami-0old: script setup.sh",
          changes: [{ what: "source AMI", from: "ami-0a", to: null }],
          image_name: "web-{{timestamp}}",
          existing_ami: null,
          source_ami: { id: "ami-0base", name: "ubuntu-24.04", creation_date: "2026-11-11T10:00:00.000Z" },
          regions: [
            {
              region: "us-east-1",
              ami: "create",
              parameter: { name: "/images/web/latest", from: "ami-0old", from_known: true, to: null },
              replaces: ["ami-0r"],
              removes: ["ami-0d"],
              disables: ["ami-0c"],
            },
            { region: "eu-west-1", ami: "copy", parameter: null, replaces: [], removes: [], disables: [] },
          ],
          not_looked_up: [],
          known_later: ["the name of the AMI contains the time"],
          problems: [{ ...problem, hint: null, file: "images/web.json", line: 2, column: 5 }],
        },
      ],
      problems: [{ ...problem, hint: "Ask.", file: null, line: null, column: null }],
    });
  });

  test("of a template with errors has no builds, and does not say whether there are changes", () => {
    const facts = { template: "web.json", image: "web", problems: [] };
    expect(planDocument(undefined, facts)).toMatchObject({ account: null, changes: null, builds: [] });
  });

  test("of a build without an AMI has no name and no source", () => {
    const build = preview({ imageName: undefined, source: undefined, regions: [] });
    const { builds } = Object(planDocument(planOf([build]), { template: "t", image: "i", problems: [] }));
    expect(builds).toMatchObject([{ image_name: null, source_ami: null, regions: [] }]);
  });
});

describe("a plan for people and for programs", () => {
  const secrets = redactor();
  for (const secret of ["hunter22", "create", "bake"]) secrets.add(secret);
  const plan = planOf([
    preview({
      reason: "variable password is hunter22",
      changes: [{ what: "variable password", from: "hunter22", to: undefined }],
      imageName: "web-hunter22",
      notLookedUp: ["hunter22 was denied"],
      problems: [{ severity: "error", code: "x", summary: 'hunter22: ‹regions› is not "x"' }],
    }),
  ]);

  test.each([
    [true, "web-hunter22"],
    [false, "web-<sensitive>"],
  ])("has no secrets in its texts; with exact: %s, the name is %s", (exact, imageName) => {
    const [build] = redactPlan(plan, secrets, exact).builds;
    expect(build).toMatchObject({
      decision: "bake",
      imageName,
      reason: "variable password is <sensitive>",
      changes: [{ what: "variable password", from: "<sensitive>" }],
      notLookedUp: ["<sensitive> was denied"],
      problems: [{ summary: '<sensitive>: ‹regions› is not "x"' }],
    });
    // These words are of the plan, also if a secret has the same characters.
    expect(build?.regions.map(({ image }) => image)).toEqual(["create", "copy"]);
  });

  test("names settings in the words of the front end", () => {
    const marked = preview({
      ...plan.builds[0],
      reason: "‹regions› is set",
      notLookedUp: ["set ‹image›"],
      knownLater: [],
    });
    const [build] = planInWords(planOf([marked]), ACTION_WORDS).builds;
    expect(build).toMatchObject({
      reason: 'Input "regions" is set',
      notLookedUp: ['set the input "image"'],
      problems: [{ summary: 'hunter22: the input "regions" is not "x"' }],
    });
  });
});

describe("one line on a plan", () => {
  const unread = { from: undefined, isRead: false, to: undefined, name: "/p" };
  const replacing = [region("eu-west-1", { removes: ["a", "b"], replaces: ["c"], disables: ["d"] })];
  const resumed = preview({ decision: "resume", regions: [region("eu-west-1"), region("eu-west-2")] });
  test.each<[string, PlanPreview]>([
    ["Nothing to do", planOf([unchanged()], false)],
    ["1 build to bake; 2 parameters to set", planOf([preview()])],
    ["1 build to bake, 2 to reuse; 2 parameters to set", planOf([preview(), unchanged(), unchanged()])],
    [
      "1 build to reuse; 1 copy to make, 1 parameter to set, 1 AMI to replace, 2 older AMIs to remove, 1 older AMI to disable",
      planOf([preview({ decision: "reuse", regions: replacing })]),
    ],
    [
      "1 build to resume, 1 waiting for another run; 2 copies to make, 2 parameters to set",
      planOf([resumed, preview({ decision: "wait", regions: [] })]),
    ],
    ["1 build not known", planOf([preview({ decision: "unknown", regions: [region("a", { parameter: unread })] })])],
    ["2 builds not known", planOf([preview({ decision: "unknown", regions: [] }), preview({ decision: "unknown" })])],
  ])("is %j", (expected, plan) => {
    expect(planLine(plan)).toBe(expected);
  });
});

test.each<[PreviewDecision, string, string]>([
  ["bake", "no earlier image of this build exists", "Bake: no earlier image of this build exists"],
  ["wait", "run 7 bakes it", "Wait for another run: run 7 bakes it"],
  ["unknown", "", "Not known"],
])("a build to %s because of %j is %j", (decision, reason, expected) => {
  expect(decisionText({ decision, reason })).toBe(expected);
});

test.each([
  [undefined, undefined, "script a.sh"],
  ["1", "2", "script a.sh: 1 → 2"],
  [undefined, "2", "script a.sh: 2"],
  ["1", undefined, "script a.sh: 1 → removed"],
])("a change from %j to %j is %j", (from, to, expected) => {
  expect(changeText({ what: "script a.sh", from, to })).toBe(expected);
});

test.each<[Partial<PreviewedParameter>, PreviewDecision, string]>([
  [{}, "bake", "ami-1 → new AMI"],
  [{ from: undefined }, "bake", "none → new AMI"],
  [{ from: undefined, isRead: false }, "bake", "not known → new AMI"],
  [{ to: "ami-1" }, "reuse", "ami-1 (unchanged)"],
  [{ to: "ami-2" }, "reuse", "ami-1 → ami-2"],
  [{ from: undefined, isRead: false, to: "ami-2" }, "reuse", "not known → ami-2"],
  [{}, "unknown", "ami-1 → not known"],
])("the parameter %j of a build to %s is %j", (more, decision, expected) => {
  expect(parameterText({ name: "/p", from: "ami-1", isRead: true, to: undefined, ...more }, decision)).toBe(expected);
});
