import { existsSync, readFileSync } from "node:fs";
import type { Diagnostic } from "../../../src/core/diagnostics.js";
import { hostLookups } from "../../../src/engine/host.js";
import type { OptionNode } from "../../../src/options/node.js";
import { loadTemplate } from "../../../src/template/load.js";
import type { BuildTemplate } from "../../../src/template/template.js";

/**
 * The program of the hostile templates: evaluates each template that is named, and all options of its builds. Prints one line of JSON
 * for each: its first error, its place, and the processor time in milliseconds. The last line is the highest memory of the process.
 */
const lookups = hostLookups({
  cwd: process.cwd(),
  env: {},
  startedAt: new Date(0),
  ask: () => ({ state: "skipped" }),
});

async function main(): Promise<void> {
  for (const path of process.argv.slice(2)) {
    const variableFiles = [`${path}vars.hcl`, `${path}vars.json`].filter((file) => existsSync(file));
    const before = process.cpuUsage();
    const loaded = await loadTemplate(
      { path, variables: [], variableFiles, only: [], except: [] },
      lookups,
      async () => ({ state: "skipped" }),
    );
    const all: readonly Diagnostic[] = [...loaded.diagnostics, ...(loaded.template?.builds ?? []).flatMap(problemsOf)];
    const { user, system } = process.cpuUsage(before);
    const error = all.find(({ severity }) => severity === "error");
    const place = error?.range && `${error.range.start.line}:${error.range.start.column}`;
    process.stdout.write(
      `${JSON.stringify({ path, code: error?.code, place, text: `${error?.summary} ${error?.detail ?? ""}`, time: (user + system) / 1000 })}\n`,
    );
    globalThis.gc?.();
  }
  // Of the whole process, the program itself included; without `ru_maxrss`, which a child has from its parent.
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
  process.stdout.write(`${JSON.stringify({ peak: Number(peak) / 1024 })}\n`);
}

function problemsOf(build: BuildTemplate): readonly Diagnostic[] {
  const context = build.decodeContext(undefined);
  const rendered = (node: OptionNode): readonly Diagnostic[] => {
    if (node.kind === "list") return node.items.flatMap(rendered);
    if (node.kind === "object") return node.entries.flatMap(({ value }) => rendered(value));
    const attempt = node.kind === "string" ? context.render(node) : undefined;
    return attempt?.ok === false ? attempt.diagnostics : [];
  };
  return [build.builder, ...build.provisioners, ...build.postProcessors.flat()].flatMap((part) => {
    const { node, diagnostics } = part.options(undefined);
    return [...diagnostics, ...rendered(node)];
  });
}

void main();
