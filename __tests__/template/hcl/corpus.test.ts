import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { loadHclTemplate } from "../../../src/template/hcl/load.js";
import type { LoadedTemplate, PartTemplate } from "../../../src/template/template.js";
import { memoryLookups } from "../memory-lookups.js";

/** Real templates: a directory with `open.tsv` (columns folder, path, kind, run_from, …) and `open/`. */
const corpus = process.env.BAKE_AMI_TEMPLATES;
const list = corpus && posix.join(corpus, "open.tsv");
const rows = list && existsSync(list) ? readFileSync(list, "utf8").trim().split("\n").slice(1) : [];
const templates = rows
  .map((row) => row.split("\t"))
  .filter(([, , kind]) => kind === "hcl2")
  .map(([folder = "", path = "", , runFrom = ""]) => ({ folder, path, runFrom }));

/**
 * Errors allowed for a template that is one of several files, or whose scripts are missing: names that another file declares,
 * missing files, and unset variables.
 */
const ALLOWED = new Set(["unknown-reference", "unknown-source", "unset-variable", "function-failed"]);

(templates.length > 0 ? describe : describe.skip)("templates of BAKE_AMI_TEMPLATES", () => {
  test.each(templates)("$folder $path", ({ folder, path, runFrom }) => {
    const cwd = posix.join(corpus ?? "", "open", folder, runFrom);
    const from = posix.join(corpus ?? "", "open", folder, path);
    const loaded = load(posix.relative(cwd, from) || ".", cwd);
    expect(loaded.template).toBeDefined();
    expect(errorsOf(loaded).filter((code) => !ALLOWED.has(code))).toEqual([]);
  });
});

function load(path: string, cwd: string): LoadedTemplate {
  const inputs = { path, variables: [], variableFiles: [], only: [], except: [] };
  const kindOf = (file: string) => {
    const stat = statSync(file, { throwIfNoEntry: false });
    if (!stat) return "missing";
    return stat.isFile() ? "file" : "directory";
  };
  return loadHclTemplate(inputs, {
    ...memoryLookups(),
    cwd,
    readFile: (file) => readFileSync(file),
    pathKind: kindOf,
    readDirectory: (file) => readdirSync(file).map((name) => ({ name, kind: kindOf(posix.join(file, name)) })),
  });
}

function errorsOf(loaded: LoadedTemplate): readonly string[] {
  const parts = loaded.template?.builds.flatMap(({ builder, provisioners, errorCleanup, postProcessors }) => {
    const all: (PartTemplate | undefined)[] = [builder, ...provisioners, errorCleanup, ...postProcessors.flat()];
    return all.flatMap((part) => part?.options(undefined).diagnostics ?? []);
  });
  return [...loaded.diagnostics, ...(parts ?? [])].filter((d) => d.severity === "error").map((d) => d.code);
}
