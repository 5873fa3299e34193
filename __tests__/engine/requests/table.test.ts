import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { readActionInputs } from "../../../src/action/inputs/reader.js";
import { actionYaml } from "../../../src/action/metadata.js";
import { actionPage } from "../../../src/action/reference-page.js";
import { parseFlags, readFlags } from "../../../src/cli/flags.js";
import { COMMANDS } from "../../../src/cli/run.js";
import { commandUsage } from "../../../src/cli/usage.js";
import { ACTION_NAMES, GROUPS, type RequestTable } from "../../../src/engine/requests/entry.js";
import { regions } from "../../../src/engine/requests/fields.js";
import { flagsOf, inputsOf } from "../../../src/engine/requests/listing.js";
import { REQUESTS } from "../../../src/engine/requests/table.js";

describe("an entry that is added to the table", () => {
  const table = {
    ...REQUESTS,
    backupRegions: {
      group: "publish",
      field: regions("Keep a copy in these Regions, unless `copyRegions` names them."),
      input: { name: "backup-regions", actions: ["bake"] },
      flag: { name: "backup", commands: ["build"], value: "A,B" },
    },
  } as const satisfies RequestTable;

  const flagsFrom = (...args: readonly string[]) =>
    readFlags(table, "build", parseFlags(args, flagsOf(table, "build")));

  test("is read as an input and as a repeatable flag", () => {
    const env = { INPUT_TEMPLATE: "web.json", "INPUT_BACKUP-REGIONS": "eu-west-1, eu-west-2\neu-west-1" };
    expect(readActionInputs(table, "bake", env)).toMatchObject({
      values: { backupRegions: ["eu-west-1", "eu-west-2"] },
      complaints: [],
    });
    expect(flagsFrom("-backup=eu-west-1,eu-west-2", "-backup", "us-east-1").values.backupRegions).toEqual([
      "eu-west-1",
      "eu-west-2",
      "us-east-1",
    ]);
    expect(flagsFrom().values.backupRegions).toEqual([]);
  });

  test("is rejected with the name of the input or flag", () => {
    const summary = 'is not a valid Region name: "here"';
    const env = { INPUT_TEMPLATE: "web.json", "INPUT_BACKUP-REGIONS": "here" };
    expect(readActionInputs(table, "bake", env).complaints).toMatchObject([
      { code: "invalid-input", summary: `Input "backup-regions" ${summary}` },
    ]);
    expect(flagsFrom("-backup=here").complaints).toMatchObject([{ summary: `Flag "-backup" ${summary}` }]);
  });

  test("is listed in the help under its group, with flag names", () => {
    const build = { usage: "", help: "", flags: flagsOf(table, "build") };
    const [, section] = commandUsage(build).split(`${GROUPS.publish}:\n`);
    expect(section?.split(/\n\n(?=\S)/)[0]).toContain(
      "  -backup=A,B\n      Keep a copy in these Regions, unless -regions names them.",
    );
  });

  test("is listed in action.yml and the reference page, with input names", () => {
    const doc = "Keep a copy in these Regions, unless `regions` names them.";
    const { inputs } = parse(actionYaml(table, "bake")) as { inputs: Record<string, unknown> };
    expect(inputs["backup-regions"]).toEqual({ description: doc, default: "" });
    expect(actionYaml(table, "rehearse")).not.toContain("backup-regions");
    expect(actionPage(table)).toContain(`| \`backup-regions\` | list of Region |  | ${doc} |`);
  });
});

describe("the table", () => {
  test.each(ACTION_NAMES)("has no duplicate inputs of %s", (action) => {
    const names = inputsOf(REQUESTS, action).map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });

  test.each(COMMANDS.map(({ name }) => name))("has no duplicate flags of %s", (command) => {
    const names = flagsOf(REQUESTS, command).map(({ name }) => name);
    expect(names).toEqual([...new Set(names)]);
  });

  test("has no unused entry", () => {
    const taken = new Set([
      ...ACTION_NAMES.flatMap((action) => inputsOf(REQUESTS, action)).map(({ key }) => key),
      ...COMMANDS.flatMap(({ name }) => flagsOf(REQUESTS, name)).map(({ key }) => key),
    ]);
    expect(Object.keys(REQUESTS).filter((key) => !taken.has(key))).toEqual([]);
  });

  test("names only entries that the same front end has in a documentation text", () => {
    const docs = [
      ...ACTION_NAMES.flatMap((action) => inputsOf(REQUESTS, action)),
      ...COMMANDS.flatMap(({ name }) => flagsOf(REQUESTS, name)),
    ].map(({ doc }) => doc);
    const keys = docs.flatMap((doc) => [...doc.matchAll(/`(\w+)`/g)].map(([, key]) => key ?? ""));
    expect(keys.filter((key) => Object.hasOwn(REQUESTS, key) && /[A-Z]/.test(key))).toEqual([]);
  });

  test("has every flag of Packer's build, validate, inspect and console", () => {
    const packers = {
      build: [
        "color",
        "debug",
        "except",
        "only",
        "force",
        "on-error",
        "parallel-builds",
        "timestamp-ui",
        "var",
        "var-file",
        "warn-on-undeclared-var",
        "ignore-prerelease-plugins",
        "use-sequential-evaluation",
        "skip-enforcement",
      ],
      validate: ["syntax-only", "except", "only", "var", "var-file", "no-warn-undeclared-var", "evaluate-datasources"],
      inspect: ["var", "var-file"],
      console: ["var", "var-file", "config-type"],
    } as const;
    for (const command of ["build", "validate", "inspect", "console"] as const) {
      expect(flagsOf(REQUESTS, command).map(({ name }) => name)).toEqual(expect.arrayContaining([...packers[command]]));
    }
  });
});
