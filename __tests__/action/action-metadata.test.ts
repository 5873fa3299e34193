import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { BAKE, REHEARSE } from "../../src/action/bake.js";
import { readInputs } from "../../src/action/inputs/inputs.js";
import { MATRIX } from "../../src/action/matrix.js";
import { ACTIONS, actionYaml } from "../../src/action/metadata.js";
import { PLAN } from "../../src/action/plan.js";
import { PROMOTE } from "../../src/action/promote.js";
import { PRUNE } from "../../src/action/prune.js";
import { SWEEP } from "../../src/action/sweep.js";
import { ACTION_NAMES, type ActionName } from "../../src/engine/requests/entry.js";
import { inputsOf } from "../../src/engine/requests/listing.js";
import { REQUESTS } from "../../src/engine/requests/table.js";
import { OUTPUTS } from "../../src/report/outputs.js";

interface Metadata {
  readonly inputs: Readonly<Record<string, { description?: string; default?: unknown; required?: boolean }>>;
  readonly outputs: Readonly<Record<string, { description?: string }>>;
  readonly runs: Readonly<Record<string, string>>;
}

const read = (path: string): Metadata => parse(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8"));

const namesOf = (action: ActionName): readonly string[] => inputsOf(REQUESTS, action).map(({ name }) => name);

const metadata = read("action.yml");

test("the description of the root action is short enough for the GitHub Marketplace", () => {
  expect(ACTIONS.bake.description.length).toBeLessThan(125);
});

test.each(ACTION_NAMES)("the metadata file of %s is generated from the table of requests", (action) => {
  const path = ACTIONS[action].file;
  expect(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8")).toBe(actionYaml(REQUESTS, action));
});

test.each(ACTION_NAMES)("the metadata file of %s parses to the inputs and outputs of the table", (action) => {
  const { inputs, outputs } = parse(actionYaml(REQUESTS, action)) as Metadata;
  for (const { name, doc, required, default: value } of inputsOf(REQUESTS, action)) {
    expect(inputs[name]).toEqual(required ? { description: doc, required } : { description: doc, default: value });
  }
  for (const [name, description] of Object.entries(ACTIONS[action].outputs)) {
    expect(outputs[name]).toEqual({ description });
  }
});

/** What the runner sets when a workflow gives only these inputs: the others at their defaults. */
function environment(given: Readonly<Record<string, string>>): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, input] of Object.entries(metadata.inputs)) {
    env[`INPUT_${name.toUpperCase()}`] = given[name] ?? String(input.default ?? "");
  }
  return env;
}

test.each([
  ["bake", BAKE.outputs],
  ["plan", PLAN.outputs],
  ["rehearse", REHEARSE.outputs],
  ["promote", PROMOTE.outputs],
  ["prune", PRUNE.outputs],
  ["sweep", SWEEP.outputs],
  ["matrix", MATRIX.outputs],
] as const)("%s describes the outputs that its step sets", (action, outputs) => {
  expect(Object.keys(ACTIONS[action].outputs)).toEqual(Object.keys(outputs));
});

describe("action.yml", () => {
  test("declares the inputs that are read, and no other", () => {
    expect(Object.keys(metadata.inputs)).toEqual(namesOf("bake"));
  });

  test("declares the outputs that are set, and no other", () => {
    expect(Object.keys(metadata.outputs)).toEqual([...OUTPUTS]);
  });

  test("describes all, with defaults as text", () => {
    for (const input of Object.values(metadata.inputs)) {
      expect(input.description).toMatch(/\w/);
      expect(input.required === true || typeof input.default === "string").toBe(true);
    }
    for (const output of Object.values(metadata.outputs)) expect(output.description).toMatch(/\w/);
  });

  test("runs the launchers of dist on Node 24", () => {
    expect(metadata.runs).toEqual({ using: "node24", main: "dist/main.js", post: "dist/post.js" });
  });

  test("has defaults that are accepted", () => {
    const inputs = readInputs(environment({ template: "web.json" }), "/work");
    expect(inputs).toMatchObject({
      ok: true,
      inputs: {
        comment: "auto",
        role: undefined,
        request: {
          parallelBuilds: undefined,
          workingDirectory: "/work",
          settings: { onError: "cleanup", missingRegion: "fail", skipUnchanged: { enabled: false, maxAge: undefined } },
        },
      },
    });
  });
});

describe("rehearse/action.yml", () => {
  const rehearsal = read("rehearse/action.yml");

  test("takes inputs of the bake, in their order, but none that is about an AWS account, and two of its own", () => {
    const [policy, windows, ...others] = Object.keys(rehearsal.inputs).reverse();
    expect([windows, policy]).toEqual(["local-windows", "local-policy"]);
    const names = others.reverse();
    expect(names).toEqual(namesOf("bake").filter((name) => names.includes(name)));
    expect(names.filter((name) => /^(role|audience|ssh-source|spot|max-instance)/.test(name))).toEqual([]);
  });

  test("has the outputs of the bake and its own door", () => {
    expect(rehearsal.outputs).toEqual(metadata.outputs);
    expect(rehearsal.runs).toEqual({ using: "node24", main: "../dist/rehearse.js" });
  });
});

describe("plan/action.yml", () => {
  const plan = read("plan/action.yml");

  test("takes the inputs of the bake, in their order, and one of its own", () => {
    const [own, ...others] = Object.keys(plan.inputs).reverse();
    expect(own).toBe("local");
    const names = others.reverse();
    expect(names.length).toBeGreaterThan(40);
    expect(names).toEqual(namesOf("bake").filter((name) => names.includes(name)));
  });

  test("runs its launcher on Node 24", () => {
    expect(plan.runs).toEqual({ using: "node24", main: "../dist/plan.js" });
  });
});

describe("sweep/action.yml", () => {
  const sweep = read("sweep/action.yml");

  test("declares the inputs that are read, and runs its launcher on Node 24", () => {
    expect(Object.keys(sweep.inputs)).toEqual(namesOf("sweep"));
    expect(sweep.runs).toEqual({ using: "node24", main: "../dist/sweep.js" });
    expect(Object.keys(sweep.outputs)).toEqual(["removed", "left"]);
  });
});

describe("prune/action.yml", () => {
  const prune = read("prune/action.yml");

  test("declares the inputs that are read, and runs its launcher on Node 24", () => {
    expect(Object.keys(prune.inputs)).toEqual(namesOf("prune"));
    expect(prune.runs).toEqual({ using: "node24", main: "../dist/prune.js" });
    expect(Object.keys(prune.outputs)).toEqual(["images", "removed", "left"]);
  });
});

describe("promote/action.yml", () => {
  const promotion = read("promote/action.yml");

  test("declares the inputs that are read, and runs its launcher on Node 24", () => {
    expect(Object.keys(promotion.inputs)).toEqual(namesOf("promote"));
    expect(promotion.runs).toEqual({ using: "node24", main: "../dist/promote.js" });
    expect(Object.keys(promotion.outputs)).toEqual(["ami-ids", "previous", "moved", "changed"]);
  });
});

describe("matrix/action.yml", () => {
  const matrix = read("matrix/action.yml");

  test("declares the inputs that are read, and runs its launcher on Node 24", () => {
    expect(Object.keys(matrix.inputs)).toEqual(namesOf("matrix"));
    expect(matrix.runs).toEqual({ using: "node24", main: "../dist/matrix.js" });
    expect(Object.keys(matrix.outputs)).toEqual(["matrix"]);
  });
});
