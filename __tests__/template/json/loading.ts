import type { Diagnostic } from "../../../src/core/diagnostics.js";
import { formatPlace } from "../../../src/core/source.js";
import { loadJsonTemplate } from "../../../src/template/json/load.js";
import type { LoadedTemplate, TemplateInputs } from "../../../src/template/template.js";
import { lookups, type Outside } from "../../support/lookups.js";

/** Loads a template that is the file `t.json`. */
export function load(text: string, inputs: Partial<TemplateInputs> = {}, outside: Outside = {}): LoadedTemplate {
  const files = { "t.json": text, ...outside.files };
  const all = { path: "t.json", variables: [], variableFiles: [], only: [], except: [], ...inputs };
  return loadJsonTemplate(all, lookups({ ...outside, files }));
}

/** A diagnostic on one line: `error unknown-option t.json:2:3 …`. */
export function line({ severity, code, range, summary }: Diagnostic): string {
  return `${severity} ${code} ${range ? formatPlace(range) : "-"} ${summary}`;
}

/** All diagnostics of a template, one line each. */
export function reported(text: string, inputs: Partial<TemplateInputs> = {}, outside: Outside = {}): readonly string[] {
  return load(text, inputs, outside).diagnostics.map(line);
}
