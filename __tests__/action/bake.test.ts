import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { BAKE } from "../../src/action/bake.js";
import { ledgerFromState } from "../../src/action/state.js";
import type { Engine, EngineSetting } from "../../src/engine/api.js";
import { recordedEngine } from "../cli/engine.js";
import { at, successfulBake, tested, testedBake, testResult } from "../report/events.js";
import { temporaryFolder } from "../support/folder.js";
import { commandsIn, outputsIn, runOnRunner } from "./runner.js";

const folder = temporaryFolder("step");

/** Runs the main step as the runner would: the files it wrote, its log, its exit code. */
async function step(parts: Engine, more: Readonly<Record<string, string>> = {}) {
  const settings: EngineSetting[] = [];
  const engine = (setting: EngineSetting) => {
    settings.push(setting);
    return parts;
  };
  const given = { INPUT_TEMPLATE: "web.json", ...more };
  const { code, log, files } = await runOnRunner({ ...BAKE, engine }, folder(), given);
  return { code, log, ...files, webIdentity: settings[0]?.webIdentity };
}

describe("a step of the Action", () => {
  test("masks first, bakes, and writes outputs and summary", async () => {
    const events = [...successfulBake()];
    events.splice(3, 0, at(1, { type: "output", stream: "stdout", text: "::error::the password is hunter2" }));
    const { code, log, output, summary } = await step(recordedEngine(events));
    expect(code).toBe(0);
    expect(commandsIn(log)[0]).toEqual({ name: "add-mask", properties: "", message: "hunter2" });
    expect(commandsIn(log).map((command) => command.name)).not.toContain("error");
    expect(log.replace("::add-mask::hunter2", "")).not.toContain("hunter2");
    expect(output).toMatch(/^ami-id<<(\S+)\nami-2\n\1$/m);
    expect(summary).toContain("<tr><td nowrap><samp>us-east-1</samp></td>");
    expect(summary).not.toContain("hunter2");
  });

  test("sets the outputs of failed tests, with the path of their results", async () => {
    const failed = testResult("tests/tls.sh", { outcome: "failed", message: "password hunter2 is refused" });
    const events = testedBake(tested([testResult("boot: login"), failed]));
    // A secret that is known only after the tests.
    const late = at(63, { type: "secret", value: "password" });
    const engine = recordedEngine(events.toSpliced(-2, 0, late));
    const { code, output, log } = await step(engine, { RUNNER_TEMP: folder() });
    expect(code).toBe(1);
    const { tests, "test-results": path = "" } = outputsIn(output);
    expect([tests, path.startsWith(folder())]).toEqual(["failed", true]);
    expect(log).toContain(`Test results: ${path}`);
    const results = readFileSync(path, "utf8");
    expect(results).toMatch(/<testcase [^>]*name="tests\/tls.sh"/);
    expect(results).toContain("&lt;sensitive&gt; &lt;sensitive&gt; is refused");
  });

  test("sets the outputs, and warns, where the results of the tests cannot be written", async () => {
    const temporary = join(folder(), "no-directory");
    writeFileSync(temporary, "");
    const { code, output, log } = await step(recordedEngine(testedBake(tested([testResult("boot: login")]))), {
      RUNNER_TEMP: temporary,
    });
    expect(code).toBe(0);
    expect(outputsIn(output)).toMatchObject({ tests: "passed", "test-results": "", "ami-id": "ami-2" });
    const warnings = commandsIn(log).filter(({ name }) => name === "warning");
    expect(warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining("Could not write the results of the tests: "),
    ]);
  });

  test("an invalid template: annotations, summary, outputs, nothing baked", async () => {
    const diagnostics = [{ severity: "error", code: "x", summary: "unknown key" }] as const;
    const engine = recordedEngine([], { diagnostics, plan: undefined });
    const { code, log, output, summary } = await step(engine);
    expect(code).toBe(1);
    expect(engine.runs).toEqual([]);
    expect(commandsIn(log).filter((command) => command.name === "error")).toHaveLength(1);
    expect(output).toMatch(/^outcome<<(\S+)\nfailed\n\1$/m);
    expect(summary).toContain("\n\n**unknown key**");
  });

  test("a working directory that does not exist", async () => {
    const engine = recordedEngine(successfulBake());
    const { code, log } = await step(engine, { "INPUT_WORKING-DIRECTORY": "nowhere" });
    expect(code).toBe(1);
    expect(engine.runs).toEqual([]);
    const said = `Input "working-directory" is not a directory: "${join(folder(), "nowhere")}"`;
    expect(commandsIn(log).at(-1)).toMatchObject({ name: "error", message: expect.stringContaining(said) });
  });

  test("a part that throws still leaves a summary, outputs and an annotation", async () => {
    const engine: Engine = {
      ...recordedEngine([]),
      bake: async () => {
        throw new Error("the engine broke");
      },
    };
    const { code, log, summary } = await step(engine);
    expect(code).toBe(1);
    expect(commandsIn(log).at(-1)).toMatchObject({ name: "error", message: "the engine broke" });
    expect(summary).toContain("\n\n**the engine broke**");
  });

  test("what the ledger records is in the state before the engine continues", async () => {
    const seen: unknown[] = [];
    const state = join(folder(), "ledger-state");
    const engine: Engine = {
      ...recordedEngine([]),
      bake: async (_plan, _request, run) => {
        run.ledger.append({ op: "released", at: 1, key: "k" });
        seen.push(readFileSync(state, "utf8"));
        return { outcome: "succeeded", builds: [], duration: 0 };
      },
    };
    await step(engine, { GITHUB_STATE: state });
    const record = /^ledger_000001<<(\S+)\n(.*)\n\1$/m.exec(String(seen[0]))?.[2];
    expect(ledgerFromState({ STATE_ledger_000001: record }).records).toEqual([{ op: "released", at: 1, key: "k" }]);
  });

  test("a role is handed on as a web identity with a session of this run", async () => {
    const engine = recordedEngine(successfulBake());
    const role = "arn:aws:iam::123456789012:role/bake";
    const { webIdentity } = await step(engine, {
      "INPUT_ROLE-TO-ASSUME": role,
      GITHUB_RUN_ID: "4711",
      GITHUB_RUN_ATTEMPT: "2",
    });
    expect(webIdentity).toMatchObject({ roleArn: role, sessionName: "bake-ami-4711-2" });
    await expect(webIdentity?.fetchToken()).rejects.toMatchObject({ code: "oidc-not-allowed" });
  });
});
