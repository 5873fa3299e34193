import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { BAKE, REHEARSE } from "../../src/action/bake.js";
import type { RoleInputs } from "../../src/action/inputs/account.js";
import { MATRIX } from "../../src/action/matrix.js";
import { PLAN } from "../../src/action/plan.js";
import { POST } from "../../src/action/post.js";
import { PROMOTE } from "../../src/action/promote.js";
import { PRUNE } from "../../src/action/prune.js";
import type { ActionStep } from "../../src/action/step.js";
import { SWEEP } from "../../src/action/sweep.js";
import { BakeError } from "../../src/core/errors.js";
import { TAG } from "../../src/core/ownership.js";
import type { Engine } from "../../src/engine/api.js";
import { recordedEngine } from "../cli/engine.js";
import { successfulBake } from "../report/events.js";
import { temporaryFolder } from "../support/folder.js";
import { commandsIn, inputsEnvironment, runOnRunner } from "./runner.js";

const folder = temporaryFolder("endings");

const fails = async () => {
  throw new BakeError("the work failed", { code: "broken", hint: "Try another time." });
};
const FAILING: Engine = {
  ...recordedEngine([]),
  ...{ prepare: fails, openLocal: fails, sweep: fails, prune: fails, promote: fails, matrix: fails, release: fails },
};
const WORKING: Engine = {
  ...recordedEngine(successfulBake()),
  sweep: async () => ({ account: undefined, findings: [], removed: [], left: [] }),
  matrix: async () => ({
    matrix: { include: [{ name: "web", template: "web.json", image: "web", only: "" }] },
    ...{ notices: [], errors: [], sources: [] },
  }),
};

/** A resource that the main step left to post. */
const OPEN = {
  STATE_ledger_000001: JSON.stringify({
    op: "intent",
    at: 0,
    intent: { key: "k", kind: "instance", build: "web", account: { region: "us-east-1" } },
  }),
  STATE_ledger_000002: JSON.stringify({ op: "made", at: 0, key: "k", id: "i-1" }),
};

type Outputs = Readonly<Record<string, string>>;

interface Row {
  readonly run: (engine: Engine, env: Outputs) => ReturnType<typeof runOnRunner>;
  /** The step where its inputs cannot be read at all. */
  readonly runWithoutInputs: () => ReturnType<typeof runOnRunner>;
  readonly inputs: Outputs;
  readonly wrong: Outputs;
  /** The inputs are those of the main step, which has reported what is wrong with them. */
  readonly ignoresInputs?: true;
  /** Outputs of a step that did not do its work. */
  readonly failed: Outputs;
  /** Some outputs of one that did, and what its summary has. */
  readonly worked: Outputs;
  readonly summary: string;
}

function row<Inputs extends { readonly role: RoleInputs | undefined }, Parts>(
  step: ActionStep<Inputs, Parts>,
  engineOf: (engine: Engine) => Parts,
  more: Omit<Row, "run" | "runWithoutInputs">,
): Row {
  const unreadable = () => {
    throw new Error("the inputs cannot be read");
  };
  return {
    ...more,
    run: (engine, env) => runOnRunner({ ...step, engine: () => engineOf(engine) }, folder(), env),
    runWithoutInputs: () => runOnRunner({ ...step, readInputs: unreadable }, folder(), {}),
  };
}

const whole = (engine: Engine) => engine;
const BAKE_OUTPUTS = {
  ...{ "ami-id": "", "ami-ids": "{}", "artifact-id": "", "image-name": "", "source-ami": "", "snapshot-ids": "{}" },
  ...{ "ssm-parameters": "{}", manifest: "", packages: "", sbom: "", builds: "[]", duration: "0", outcome: "failed" },
  ...{ skipped: "false", reason: "", tests: "", "test-results": "" },
};
const bake = {
  inputs: inputsEnvironment({ template: "web.json" }),
  wrong: inputsEnvironment({ force: "perhaps" }),
  failed: BAKE_OUTPUTS,
  worked: { outcome: "succeeded", "ami-id": "ami-2" },
  summary: "**Baked**",
};
const EMPTY_PLAN =
  '{"format_version":"1.0","template":"web.json","image":"web","account":null,"changes":false,"builds":[],"problems":[]}';
const promote = { parameter: "/images/web", artifact: "us-east-1:ami-01234567" };

test("a sweep lists unfinished images in the log and in the summary", async () => {
  const tags = { [TAG.unfinished]: "copy:eu-west-1" };
  const place = { kind: "image" as const, region: "us-east-1", id: "ami-1", tags };
  const resource = { ...place, createdAt: 0, state: "available", snapshotIds: [] };
  const finding = { resource, verdict: "unfinished" as const, why: "run 4711 left it unfinished" };
  const outcome = { account: undefined, findings: [finding], removed: [], left: [] };
  const engine: Engine = { ...recordedEngine([]), sweep: async () => outcome };
  const ended = await runOnRunner({ ...SWEEP, engine: () => engine }, folder(), {});
  expect(ended).toMatchObject({ code: 0, outputs: { removed: "[]", left: "[]" } });
  expect(ended.log).toContain("Unfinished: image ami-1 in us-east-1 (run 4711 left it unfinished)");
  expect(ended.files.summary).toContain("1 unfinished AMI stayed");
});

const ROWS: readonly (readonly [string, Row])[] = [
  ["main", row(BAKE, whole, bake)],
  ["rehearse", row(REHEARSE, whole, bake)],
  [
    "plan",
    row(PLAN, whole, {
      inputs: inputsEnvironment({ template: "web.json" }),
      wrong: inputsEnvironment({ template: "web.json", local: "perhaps" }),
      failed: { changes: "", plan: "{}", "comment-url": "" },
      worked: { changes: "false", plan: EMPTY_PLAN },
      summary: "## ✅ Plan of `web`\n\n**Nothing to do** from `web.json`",
    }),
  ],
  [
    "sweep",
    row(SWEEP, whole, {
      inputs: {},
      wrong: inputsEnvironment({ regions: "mars" }),
      failed: { removed: "[]", left: "[]" },
      worked: { removed: "[]", left: "[]" },
      summary: "0 resources of interrupted bakes were removed",
    }),
  ],
  [
    "promote",
    row(PROMOTE, whole, {
      inputs: inputsEnvironment(promote),
      wrong: inputsEnvironment({ ...promote, artifact: "web" }),
      failed: { "ami-ids": "{}", previous: "{}", moved: "[]", changed: "false" },
      worked: { "ami-ids": "{}", changed: "false" },
      summary: "## ✅ Promoted `/images/web`",
    }),
  ],
  [
    "prune",
    row(PRUNE, whole, {
      inputs: inputsEnvironment({ keep: "3" }),
      wrong: {},
      failed: { images: "[]", removed: "[]", left: "[]" },
      worked: { images: "[]" },
      summary: "## ✅ Older images",
    }),
  ],
  [
    "matrix",
    row(MATRIX, whole, {
      inputs: {},
      wrong: inputsEnvironment({ "per-build": "perhaps" }),
      failed: { matrix: '{"include":[]}' },
      worked: { matrix: '{"include":[{"name":"web","template":"web.json","image":"web","only":""}]}' },
      summary: "<tr><td nowrap><samp>web</samp></td><td nowrap><code>web.json</code></td><td nowrap>all</td></tr>",
    }),
  ],
  [
    "post",
    row(POST, (engine) => ({ release: engine.release }), {
      inputs: OPEN,
      wrong: { ...OPEN, ...inputsEnvironment({ force: "perhaps" }) },
      ignoresInputs: true,
      failed: {},
      worked: {},
      summary: "1 resource was released after the bake ended.",
    }),
  ],
];

describe.each(ROWS)(
  "however the step %s ends, the runner has its outputs, its summary and its exit code",
  (_, given) => {
    const errors = (log: string) => commandsIn(log).filter(({ name }) => name === "error");

    test("its work fails", async () => {
      const { code, outputs, files, log } = await given.run(FAILING, given.inputs);
      expect(code).toBe(1);
      expect(outputs).toEqual(given.failed);
      expect(errors(log)).toEqual([expect.objectContaining({ message: expect.stringMatching(/^the work failed/) })]);
      expect(files.summary).toMatch(/^## ❌ [^\n]+\n\n(\*\*Failed[^\n]+\n\n)?\*\*the work failed\*\*\n\n/);
      expect(files.summary).toContain("Try another time.");
    });

    test("something fails before its inputs are read", async () => {
      const { code, outputs, files, log } = await given.runWithoutInputs();
      expect(code).toBe(1);
      expect(outputs).toEqual(given.failed);
      expect(errors(log)).toEqual([expect.objectContaining({ message: "the inputs cannot be read" })]);
      expect(files.summary).toContain("**the inputs cannot be read**");
    });

    test("its inputs are wrong", async () => {
      const { code, outputs, files, log } = await given.run(WORKING, given.wrong);
      if (given.ignoresInputs) return expect([code, errors(log)]).toEqual([0, []]);
      expect(code).toBe(1);
      expect(outputs).toEqual(given.failed);
      expect(errors(log).length).toBeGreaterThan(0);
      for (const { message } of errors(log)) expect(message).toMatch(/^(Input "|One of the inputs ")/);
      expect(files.summary).toContain("## ❌ Invalid inputs\n\nNothing was changed.\n\n- **");
    });

    test("it succeeds", async () => {
      const { code, outputs, files, log } = await given.run(WORKING, given.inputs);
      expect(code).toBe(0);
      expect(outputs).toMatchObject(given.worked);
      expect(Object.keys(outputs).sort()).toEqual(Object.keys(given.failed).sort());
      expect(errors(log)).toEqual([]);
      expect(files.summary).toContain(given.summary);
      expect(files.summary).not.toContain("❌");
    });

    const nowhere = (file: string) => join(folder(), "nowhere", file);
    const reports = (log: string) => commandsIn(log).filter(({ message }) => message.startsWith("Could not write "));

    test("its summary cannot be written: a warning names the file, and the exit code is that of the work", async () => {
      const GITHUB_STEP_SUMMARY = nowhere("summary");
      const worked = await given.run(WORKING, { ...given.inputs, GITHUB_STEP_SUMMARY });
      expect(worked).toMatchObject({ code: 0, outputs: given.worked });
      expect(reports(worked.log)).toEqual([
        expect.objectContaining({
          name: "warning",
          message: expect.stringContaining(
            `Could not write the job summary to "${GITHUB_STEP_SUMMARY}" (GITHUB_STEP_SUMMARY): no such file or directory`,
          ),
        }),
      ]);
      const failed = await given.run(FAILING, { ...given.inputs, GITHUB_STEP_SUMMARY });
      expect(failed).toMatchObject({ code: 1, outputs: given.failed });
    });

    test("its outputs cannot be written: an error names the file, and the values are in the log", async () => {
      const GITHUB_OUTPUT = nowhere("output");
      const worked = await given.run(WORKING, { ...given.inputs, GITHUB_OUTPUT });
      expect(worked.code).toBe(given.worked.matrix === undefined ? 0 : 1);
      expect(worked.files.summary).toContain(given.summary);
      for (const [name, value] of Object.entries(given.worked)) {
        expect(worked.log).toContain(`Output ${name}: ${value}`);
      }
      expect(reports(worked.log).map(({ name, message }) => [name, message])).toEqual(
        Object.keys(given.failed).length === 0
          ? []
          : [["error", expect.stringContaining(`to "${GITHUB_OUTPUT}" (GITHUB_OUTPUT): no such file or directory`)]],
      );
      const failed = await given.run(FAILING, { ...given.inputs, GITHUB_OUTPUT });
      expect([failed.code, failed.files.summary]).toEqual([1, expect.stringMatching(/^## ❌ [^\n]+\n\n\*\*/)]);
    });
  },
);
