import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { BAKE, REHEARSE } from "../../src/action/bake.js";
import { temporaryFolder } from "../support/folder.js";
import { commandsIn, inputsEnvironment, runOnRunner } from "./runner.js";

const folder = temporaryFolder("words");

/** The errors and warnings of a step, and its summary. */
async function said(step: typeof BAKE, inputs: Readonly<Record<string, string>>, env = {}) {
  const { code, log, outputs, files } = await runOnRunner(step, folder(), { ...inputsEnvironment(inputs), ...env });
  const told = commandsIn(log).filter(({ name }) => name === "error" || name === "warning");
  return { code, outputs, summary: files.summary, told: told.map(({ message }) => message).join("\n") };
}

const FLAG = /(^|[\s('"`])--?[a-z]/m;

test("a rehearsal whose local cloud cannot open ends as any failed bake, and its hint speaks of inputs and the runner", async () => {
  const temporary = join(folder(), "runner-temp");
  mkdirSync(join(temporary, "bake-ami-local"), { recursive: true });
  writeFileSync(join(temporary, "bake-ami-local", "cloud.json"), '{"version": 0}');
  const { code, outputs, summary, told } = await said(REHEARSE, { template: "web.json" }, { RUNNER_TEMP: temporary });
  expect(code).toBe(1);
  expect(outputs).toMatchObject({ outcome: "failed", "ami-ids": "{}", builds: "[]" });
  expect(told).toMatch(/^Could not read the state of the local cloud in ".*": /);
  expect(told).toMatch(/Hint: Use one version of bake-ami in all rehearsals of a job/);
  expect(summary).toContain("\n\n**Could not read the state of the local cloud in");
  expect(summary).toContain("\n\nUse one version of bake-ami in all rehearsals of a job");
  expect(`${told}\n${summary}`).not.toMatch(FLAG);
});

const FILE = { type: "file", target: "t", content: "x" };

test.each<[string, string, string, Readonly<Record<string, string>>, RegExp]>([
  [
    "a required variable",
    "a.json",
    JSON.stringify({ variables: { v: null }, builders: [FILE] }),
    {},
    /input "variables"/,
  ],
  [
    "an undeclared variable",
    "b.json",
    JSON.stringify({ builders: [{ ...FILE, content: "{{user `nmae`}}" }] }),
    {},
    /input "variables"/,
  ],
  [
    "builds that are not there",
    "c.json",
    JSON.stringify({ builders: [FILE] }),
    { only: "nothing" },
    /Input "only" contains "nothing", but no build has this name[\s\S]*No builds to run: all builds are excluded/,
  ],
  [
    "a variable without a value in HCL2",
    "d.pkr.hcl",
    'variable "v" { type = string }\nsource "null" "x" { communicator = "none" }\nbuild { sources = ["null.x"] }\n',
    {},
    /input "variables"/,
  ],
  [
    "a value for no variable in HCL2",
    "e.pkr.hcl",
    'source "null" "x" { communicator = "none" }\nbuild { sources = ["null.x"] }\n',
    { variables: "w=1" },
    /Variable "w" was set but is not declared in the template[\s\S]*remove it from the input "variables"/,
  ],
])("%s is reported with inputs, in annotations and summary", async (_, template, text, inputs, words) => {
  writeFileSync(join(folder(), template), text);
  const { told, summary } = await said(BAKE, { template, ...inputs });
  expect(told).toMatch(words);
  expect(summary).toMatch(/input/i);
  expect(`${told}\n${summary}`).not.toMatch(FLAG);
});
