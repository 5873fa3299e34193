import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { catalog } from "../../src/catalog.js";
import { type Diagnostic, renderDiagnostic } from "../../src/core/diagnostics.js";
import { makePlan } from "../../src/plan/make-plan.js";
import { loadJsonTemplate } from "../../src/template/json/load.js";
import type { LoadedTemplate } from "../../src/template/template.js";
import { lookups } from "../support/lookups.js";

/** A directory of public templates; `open.tsv` has the result of Packer 1.6.6 for each. */
const folder = process.env.BAKE_AMI_TEMPLATES;
const table = folder ? join(folder, "open.tsv") : undefined;
if (!table || !existsSync(table)) {
  process.stderr.write("Public templates are not tested: BAKE_AMI_TEMPLATES names no folder with open.tsv.\n");
}

interface Row {
  readonly file: string;
  readonly verdicts: string;
}

const rows: readonly Row[] =
  folder && table && existsSync(table)
    ? readFileSync(table, "utf8")
        .split("\n")
        .map((line) => line.split("\t"))
        .filter(([, , kind]) => kind === "json")
        .map(([name = "", path = "", , , , , , , verdicts = ""]) => ({
          file: join(folder, "open", name, path),
          verdicts,
        }))
    : [];

/** Templates that 1.6.6 rejects because of its age, of missing files, or of types that are only a warning here. */
const EXCUSED =
  /clean_ami_name|metadata_options|imds_support|Unknown (post-processor|provisioner)|project_id|user_ocid|Bad (script|source)|not found|no such file/;

interface Told {
  readonly loaded: LoadedTemplate;
  readonly diagnostics: readonly Diagnostic[];
}

/** Plans a template with dummy values for the named variables; files in the template count as existing. */
function validate(file: string, names: readonly string[]): Told {
  const text = readFileSync(file, "utf8");
  const inputs = {
    path: "t.json",
    variables: names.map((name) => ({ name, value: "dummy" })),
    variableFiles: [],
    only: [],
    except: [],
  };
  const loaded = loadJsonTemplate(inputs, lookups({ files: { "t.json": text } }));
  const checks = {
    pathKind: () => "other" as const,
    pathFromTemplate: () => undefined,
    readText: () => "",
    env: () => undefined,
    now: () => 0,
  } as const;
  const made = loaded.template && makePlan(loaded.template, catalog, checks, { ...loaded, reevaluate: undefined });
  return { loaded, diagnostics: [...loaded.diagnostics, ...(made?.diagnostics ?? [])] };
}

const quoted = ({ summary }: Diagnostic) => /"([^"]+)"/.exec(summary)?.[1] ?? "";

/** Returns the names of variables with dummy values; with `filled` also of empty ones and of those from outside. */
function dummies(file: string, filled: boolean): readonly string[] {
  const { loaded, diagnostics } = validate(file, []);
  const undeclared = diagnostics.filter(({ code }) => code === "undeclared-variable").map(quoted);
  const declared = (loaded.template?.variables ?? []).filter(
    ({ defaultText }) =>
      defaultText === undefined || (filled && /^$|\benv\b|consul_key|vault|aws_secrets/.test(defaultText)),
  );
  return [...new Set([...undeclared, ...declared.map(({ name }) => name)])];
}

/** Returns the errors, without those for dummy values where a number or a boolean is required. */
const errorsOf = ({ loaded, diagnostics }: Told) =>
  diagnostics
    .filter(
      ({ severity, summary }) =>
        severity === "error" && !summary.includes('not "dummy"') && !summary.endsWith(': "dummy"'),
    )
    .map((each) => renderDiagnostic(each, loaded.sources));

const describeRows = rows.length > 0 ? describe : describe.skip;

describeRows("public templates get Packer's verdict", () => {
  test.each(rows)("$file", ({ file, verdicts }) => {
    const plain = /validate=ok/.test(verdicts);
    const filled = /(filled|stubbed)=ok/.test(verdicts);
    if (plain) expect(errorsOf(validate(file, dummies(file, false)))).toEqual([]);
    else if (filled) expect(errorsOf(validate(file, dummies(file, true)))).toEqual([]);
    else if (!EXCUSED.test(verdicts)) expect(errorsOf(validate(file, dummies(file, false)))).not.toEqual([]);
    else expect(validate(file, dummies(file, true)).loaded.template).toBeDefined();
  });
});
