import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "@jest/globals";
import { catalog } from "../../src/catalog.js";
import { renderDiagnostic } from "../../src/core/diagnostics.js";
import type { CheckContext } from "../../src/options/schema.js";
import { makePlan } from "../../src/plan/make-plan.js";
import { loadTemplate } from "../../src/template/load.js";
import { lookups } from "../support/lookups.js";
import { mutate, seeded } from "../template/hcl/syntax/mutate.js";

/** Mutations tried of each collection; `BAKE_AMI_MUTATIONS=10000` tries more. */
const RUNS = Number(process.env.BAKE_AMI_MUTATIONS ?? 300);
const SEED = Number(process.env.BAKE_AMI_SEED ?? 20261121);

/** Larger files are data, not templates, and would take most of the time. */
const LARGEST = 64 * 1024;

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

interface Original {
  readonly name: string;
  readonly text: string;
}

/** Returns the templates in a directory, recursively. */
function templatesIn(folder: string): readonly Original[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(json|pkr\.hcl)$/.test(name))
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile() && statSync(path).size <= LARGEST)
    .map((path) => ({ name: path.endsWith(".json") ? "t.json" : basename(path), text: readFileSync(path, "utf8") }));
}

const own = [...templatesIn(here("../../examples")), ...templatesIn(here("../template/hcl/fixtures"))];
/** A directory of public templates, if set. */
const folder = process.env.BAKE_AMI_TEMPLATES;
const collections: readonly (readonly [string, readonly Original[]])[] = [
  ["templates of this repository", own],
  ...(folder ? [["public templates", templatesIn(folder)] as const] : []),
];

/** Replacements for strings: values of every type, valid in both languages, and templates that are expensive to render. */
const VALUES = [
  ...["5", "-1.5", "1e999", "true", "null", '""', '"a,b"', "[]", "{}", "[[[[[]]]]]", '[{"a": 1}]', '"\\u0000"'],
  ...['"{{"', '"{{.A.B.C}}"', '"{{range 99999999}}x{{end}}"', '"{{printf `%999999999d` 1}}"', '"{{user `a`}}"'],
  ...['"${"', '"${var.a}"', '"${local.a}"', '"${join(",", [1, null])}"', '"%{ for x in [1] }${x}%{ endfor }"'],
];

/** Returns the text with one to three of its strings replaced. In most cases it still parses. */
function swapValues(text: string, random: () => number): string {
  let result = text;
  for (let changes = 1 + Math.floor(3 * random()); changes > 0; changes--) {
    const strings = [...result.matchAll(/"(?:[^"\\\n]|\\.)*"/g)];
    const found = strings[Math.floor(random() * strings.length)];
    const value = VALUES[Math.floor(random() * VALUES.length)] ?? "";
    if (found) result = result.slice(0, found.index) + value + result.slice(found.index + found[0].length);
  }
  return result;
}

const checks: CheckContext = {
  pathKind: () => "file",
  pathFromTemplate: () => undefined,
  readText: () => "",
  env: () => undefined,
  now: () => 0,
};

/** Loads and plans a template as a build does, without external lookups. */
async function planOf({ name, text }: Original) {
  const inputs = { path: name, variables: [], variableFiles: [], only: [], except: [] };
  const outside = lookups({ files: { [name]: text }, env: { HOME: "/root" } });
  const loaded = await loadTemplate(inputs, outside, async () => ({ state: "skipped" }));
  const made = loaded.template && makePlan(loaded.template, catalog, checks, loaded);
  return { loaded, plan: made?.plan, diagnostics: [...loaded.diagnostics, ...(made?.diagnostics ?? [])] };
}

describe("a damaged template gives an error with a place, or a plan", () => {
  test.each(collections)(
    "%s",
    async (_name, originals) => {
      expect(originals.length).toBeGreaterThan(5);
      const random = seeded(SEED);
      for (let run = 0; run < RUNS; run++) {
        const original = originals[Math.floor(random() * originals.length)];
        if (!original) throw new Error("no templates found");
        const change = random() < 0.5 ? mutate : swapValues;
        const damaged = { name: original.name, text: change(original.text, random) };
        const { loaded, plan, diagnostics } = await planOf(damaged).catch((error: unknown) => {
          throw new Error(`run ${run} of ${original.name} crashed:\n${damaged.text}`, { cause: error });
        });
        const errors = diagnostics.filter(({ severity }) => severity === "error");
        if (errors.length === 0) expect(plan).toBeDefined();
        for (const error of errors) {
          expect([error.summary, error.range?.file]).toEqual([error.summary, original.name]);
          expect(renderDiagnostic(error, loaded.sources)).toMatch(/:\d+:\d+/);
        }
      }
    },
    30 * 60_000,
  );
});
