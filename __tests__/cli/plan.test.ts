import { describe, expect, test } from "@jest/globals";
import { runCommandLine } from "../../src/cli/run.js";
import { noDebug } from "../../src/core/debug.js";
import type { Diagnostic } from "../../src/core/diagnostics.js";
import type { PlanPreview } from "../../src/core/preview.js";
import { redactor } from "../../src/core/secrets/redactor.js";
import { setting } from "../../src/core/setting.js";
import type { Engine, OpenLocalRun, PreparedTemplate, PreviewRun } from "../../src/engine/api.js";
import { planOf, preview, region, unchanged } from "../report/previews.js";
import { noStreams } from "../support/streams.js";
import { recordedEngine } from "./engine.js";

/** Runs `bake-ami plan` with an engine that returns this plan. */
async function run(flags: readonly string[], plan: PlanPreview, prepared: Partial<PreparedTemplate> = {}) {
  const [out, err]: [string[], string[]] = [[], []];
  const [opened, previewed]: [OpenLocalRun[], PreviewRun[]] = [[], []];
  let closed = 0;
  const recorded = recordedEngine([], prepared);
  const engine: Engine = {
    ...recorded,
    preview: async (_plan, _request, previewRun) => {
      previewed.push(previewRun);
      return plan;
    },
    openLocal: async (local) => {
      opened.push(local);
      return { stateDirectory: "/state", recorded: () => [], close: async () => void closed++ };
    },
  };
  const code = await runCommandLine(["plan", ...flags, "web.json"], {
    terminal: {
      write: (line) => out.push(line),
      error: (line) => err.push(line),
      isTerminal: false,
      streams: noStreams(),
      isFile: false,
      whileOthersPrint: (work) => work(),
      ask: undefined,
      readAll: async () => "",
      async *readLines() {},
    },
    ...{ engine, env: {}, cwd: "/work", secrets: redactor(), debug: noDebug, signal: new AbortController().signal },
  });
  const { requests } = recorded;
  return { code, out: out.join("\n"), err: err.join("\n"), opened, closed, previewed, requests };
}

const problem = (severity: Diagnostic["severity"]): Diagnostic => ({
  ...{ severity, code: "key-disabled", summary: 'KMS key "alias/x" is disabled', hint: `Set ${setting("region")}.` },
});
const failing = planOf([preview({ problems: [problem("error")] })]);
const warning = planOf([preview({ problems: [problem("warning")] })]);

describe("the exit code", () => {
  test.each<[string, PlanPreview, number, number]>([
    ["nothing to do", planOf([unchanged()], false), 0, 0],
    ["changes", planOf([preview()]), 0, 2],
    ["a warning", warning, 0, 2],
    ["an error of a build", failing, 1, 1],
  ])("with %s", async (_, plan, plain, detailed) => {
    expect((await run([], plan)).code).toBe(plain);
    expect((await run(["-detailed-exitcode"], plan)).code).toBe(detailed);
  });

  test("is 1 for a template with errors, of which -json prints a document", async () => {
    const prepared = { plan: undefined, diagnostics: [problem("error")] };
    const { code, out, err } = await run(["-json", "-detailed-exitcode"], failing, prepared);
    expect([code, err]).toEqual([1, expect.stringContaining('Error: KMS key "alias/x" is disabled')]);
    expect(JSON.parse(out)).toMatchObject({ changes: null, builds: [], problems: [{ code: "key-disabled" }] });
  });
});

test("the text has each build, and the plan on its last line", async () => {
  const two = planOf([
    preview({
      changes: [{ what: "source AMI", from: "ami-1 (a)", to: "ami-2 (b)" }],
      regions: [
        region("us-east-1", { replaces: ["ami-0r"] }),
        region("eu-west-1", { removes: ["ami-0o"], disables: ["ami-0d"] }),
      ],
      notLookedUp: ["The network could not be read: no"],
    }),
    unchanged("amazon-ebs.db"),
  ]);
  const { out, err } = await run([], two);
  expect(err).toBe("");
  expect(out).toBe(`AWS account: 123456789012

amazon-ebs.web (amazon-ebs)
  Bake: changed since ami-0old: script setup.sh

  Changes:
    source AMI: ami-1 (a) → ami-2 (b)

  AMI name:    web-{{timestamp}}
  Source AMI:  ami-0base (ubuntu-24.04), created 2026-11-11T10:00:00.000Z

  REGION     AMI     PARAMETER           NAMES
  us-east-1  create  /images/web/latest  ami-0old → new AMI
  eu-west-1  copy    /images/web/latest  ami-0old → new AMI

  Replaced by the new AMI:
    ami-0r in us-east-1

  Removed as older AMIs:
    ami-0o in eu-west-1

  Disabled as older AMIs:
    ami-0d in eu-west-1

  Known only in the run:
    the name of the AMI contains the time

  Not looked up:
    The network could not be read: no

amazon-ebs.db (amazon-ebs)
  Reuse: unchanged since 2026-11-20 (ami-0same)

  AMI name:    web-{{timestamp}}
  Source AMI:  ami-0base (ubuntu-24.04), created 2026-11-11T10:00:00.000Z

  REGION     AMI      PARAMETER           NAMES
  us-east-1  present  /images/web/latest  ami-0same (unchanged)

Plan: 1 build to bake, 1 to reuse; 2 parameters to set, 1 AMI to replace, 1 older AMI to remove, 1 older AMI to disable.`);
});

test("problems name flags, secrets are masked, and what AWS sends has no terminal sequences", async () => {
  const source = { imageId: "ami-0base", name: "\u001b[31mhunter2\nPlan: Nothing to do.", createdAt: "2026" };
  const { out, err } = await run([], planOf([preview({ source, problems: [problem("warning")] })]));
  expect(err).toContain("Hint: Set -region.");
  expect(out).not.toMatch(/\u001b|hunter2|^Plan: Nothing/m);
});

test("a build of which nothing is known has no Regions that are created", async () => {
  const parameter = { name: "/x", from: undefined, isRead: false, to: undefined };
  const unknown = preview({ decision: "unknown", reason: "no", regions: [region("us-east-1", { parameter })] });
  expect((await run([], planOf([unknown]))).out).toMatch(/us-east-1 {2}not known {2}\/x {9}not known → not known/);
});

test("a plan has the flags of build, and with -local those of the local cloud, without its instances", async () => {
  const flags = ["-skip-unchanged", "-force", "-keep=3", "-regions=eu-west-1", "-local", "-local-state=state"];
  const { opened, closed, previewed, requests, err } = await run(flags, failing);
  expect(opened).toMatchObject([{ machines: "none", stateDirectory: "/work/state" }]);
  expect([closed, previewed.length]).toEqual([1, 1]);
  expect(requests[0]).toMatchObject({
    ssmParameter: "/images/{image}/latest",
    retention: { keep: 3 },
    settings: { force: true, regions: ["eu-west-1"], skipUnchanged: { enabled: true } },
  });
  expect(err).not.toContain("provided but not defined");
});
