import type { OptionNode } from "../../../src/options/node.js";
import { loadHclTemplate } from "../../../src/template/hcl/load.js";
import type { BuildTemplate, LoadedTemplate, PartTemplate, TemplateInputs } from "../../../src/template/template.js";
import { type MemoryLookups, memoryLookups } from "../memory-lookups.js";

/** Loads the template `t.pkr.hcl`, or a directory with several files, from memory. */
export function loadText(
  files: string | Readonly<Record<string, string>>,
  inputs: Partial<TemplateInputs> = {},
  outside: MemoryLookups = {},
): LoadedTemplate {
  const all = typeof files === "string" ? { "t.pkr.hcl": files } : files;
  const absolute = Object.fromEntries(Object.entries(all).map(([name, text]) => [`/work/${name}`, text]));
  const path = typeof files === "string" ? "t.pkr.hcl" : ".";
  const given = { path, variables: [], variableFiles: [], only: [], except: [], ...inputs };
  return loadHclTemplate(given, memoryLookups({ ...outside, files: { ...absolute, ...outside.files } }));
}

/** Returns the diagnostics as `code` or `code@line:column`. */
export function codesOf(loaded: LoadedTemplate): readonly string[] {
  return loaded.diagnostics.map(({ code, range }) =>
    range ? `${code}@${range.start.line}:${range.start.column}` : code,
  );
}

/** Returns options as JSON data: repeated blocks are a list, unknown values are `"?"`. */
export function plain(node: OptionNode): unknown {
  switch (node.kind) {
    case "unknown":
      return "?";
    case "null":
      return null;
    case "list":
      return node.items.map(plain);
    case "object": {
      const result: Record<string, unknown> = {};
      for (const { key, value, form } of node.entries) {
        if (form !== "block") result[key] = plain(value);
        else result[key] = [...((result[key] as unknown[]) ?? []), plain(value)];
      }
      return result;
    }
    default:
      return node.kind === "number" ? Number(node.value) : node.value;
  }
}

export function optionsOf(part: PartTemplate | undefined, data?: Readonly<Record<string, string>>): unknown {
  return part && plain(part.options(data).node);
}

export function buildNamed(loaded: LoadedTemplate, name: string): BuildTemplate | undefined {
  return loaded.template?.builds.find((build) => build.name === name);
}
