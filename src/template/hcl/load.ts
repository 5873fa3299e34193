import { posix } from "node:path";
import { type Diagnostic, hasErrors } from "../../core/diagnostics.js";
import { BudgetExceeded, budgetDiagnostic } from "../budget.js";
import { resolvePath, toSlash } from "../files.js";
import type { Lookups } from "../lookups.js";
import { PACKER_VERSION } from "../packer-version.js";
import type { BuildOutline, LoadedTemplate, Template, TemplateInputs, VariableInfo } from "../template.js";
import { formatVisibly } from "../values/print.js";
import { STRING } from "../values/types.js";
import { isWhollyKnown, objectValue, stringValue, unknownValue, type Value } from "../values/value.js";
import { collectBlocks, type TopLevelBlocks } from "./blocks.js";
import { type Build, readBuild } from "./builds.js";
import { type LocalDefinition, readLocals } from "./locals.js";
import { readPackerBlocks } from "./packer-block.js";
import type { PartBlock } from "./parts.js";
import { addSecrets, createReading, reportError, type TemplateReading } from "./reading.js";
import { selectBuilds } from "./selection.js";
import { findTemplateFiles, readConfigFile } from "./source-files.js";
import { readSources } from "./sources.js";
import { dataBlocks, evaluateGraph, type GraphValues, graphNames } from "./values-graph.js";
import { assignValues, checkVariables, effectiveValue } from "./variable-values.js";
import { readVariables, type Variable } from "./variables.js";

/** A loaded template with the names that its expressions can refer to. */
export interface OpenTemplate {
  readonly reading: TemplateReading;
  readonly template: Template | undefined;
  /** `var`, `local`, `data`, `path`, `packer`. */
  readonly names: ReadonlyMap<string, Value>;
}

/**
 * Reads an HCL2 template: a file or a directory, in native or JSON syntax (Packer §2). Returns all diagnostics and throws none.
 * When `pending` is not empty, run these lookups and load again.
 */
export function loadHclTemplate(inputs: TemplateInputs, lookups: Lookups): LoadedTemplate {
  const { reading, template } = openHclTemplate(inputs, lookups);
  reportOtherFiles(reading);
  const { secrets, sources } = reading;
  const pending = reading.pending();
  // A value that waits for a lookup is not an error.
  const diagnostics = reading.diagnostics.filter(({ code }) => pending.length === 0 || code !== "unknown-value");
  return {
    template,
    diagnostics: removeDuplicates(diagnostics),
    secrets: [...secrets],
    sources,
    used: reading.budget.used,
    pending,
  };
}

/** As `loadHclTemplate`, but returns the values too, for `console`. */
export function openHclTemplate(inputs: TemplateInputs, lookups: Lookups): OpenTemplate {
  const { config, variables, directory } = findTemplateFiles(inputs.path, lookups);
  const reading = createReading(inputs, lookups, directory, resolvePath(lookups.cwd, directory));
  const nothing: OpenTemplate = { reading, template: undefined, names: new Map() };
  if (inputs.path === "-") {
    reportError(reading, "no-hcl2-on-stdin", "An HCL2 template cannot be read from standard input", {
      hint: "Set the path of a file or a directory.",
    });
    return nothing;
  }
  if (config.length === 0) {
    reportError(reading, "no-config-file", `Could not find any config file in "${inputs.path}"`, {
      detail: 'The name of a config file must end with ".pkr.hcl" or ".pkr.json".',
      hint: hintForDirectory(inputs.path, lookups),
    });
  }
  try {
    return reading.budget.run(() => readFiles(config, variables, reading)) ?? nothing;
  } catch (error) {
    if (!(error instanceof BudgetExceeded)) throw error;
    reading.diagnostics.push(budgetDiagnostic(error));
    return nothing;
  }
}

/** Returns undefined when there is no template, after an error. Throws `BudgetExceeded`. */
function readFiles(
  config: readonly string[],
  variables: readonly string[],
  reading: TemplateReading,
): OpenTemplate | undefined {
  const files = config.flatMap((path) => readConfigFile(path, reading) ?? []);
  if (files.length === 0 || hasErrors(reading.diagnostics)) return undefined;
  const misplaced: Diagnostic[] = [];
  const blocks = collectBlocks(files, misplaced);
  reading.requiredPlugins.push(...readPackerBlocks(blocks.packer, reading));
  // Unknown blocks may belong to a newer version of Packer: do not report them.
  if (reading.diagnostics.some(({ code }) => code === "unsupported-packer-version")) return undefined;
  reading.diagnostics.push(...misplaced);
  return readTemplate(blocks, variables, reading);
}

function readTemplate(blocks: TopLevelBlocks, automatic: readonly string[], reading: TemplateReading): OpenTemplate {
  const { inputs } = reading;
  const variables = readVariables(blocks.variable, blocks.variables, reading);
  assignValues(variables, automatic, reading);
  const locals = readLocals(blocks.locals, blocks.local, reading);
  const data = dataBlocks(blocks.data, reading);
  const described = [...variables.values()].map(describeVariable);
  // As in Packer, `-syntax-only` stops here: nothing is evaluated, and variables may be unset.
  if (inputs.syntaxOnly) {
    return {
      reading,
      template: templateOf(reading, described),
      names: baseNames(variables, reading),
    };
  }
  checkVariables(variables, reading);
  const base = baseNames(variables, reading);
  const graph = evaluateGraph(locals, data, base, reading);
  const names = new Map([...base, ...graphNames(graph)]);
  for (const [name, value] of names) addSecrets(reading, value, name === "local");
  reportIgnoredRegistry(blocks, reading);
  const declared = readSources(blocks.source, reading);
  const builds = blocks.build.map((block) => readBuild(block, declared, names, reading));
  const template: Template = {
    ...templateOf(reading, described),
    description: builds.find(({ description }) => description !== undefined)?.description,
    locals: locals.map((local) => describeLocal(local, graph)),
    builds: selectBuilds(builds, names, reading),
    dataSources: reading.dataSources,
    outline: { language: "hcl2", builds: builds.map(outlineOf) },
  };
  return { reading, template, names };
}

function outlineOf({ name, description, named, parts: { provisioners, pipelines } }: Build): BuildOutline {
  return {
    name,
    description,
    sources: named,
    provisioners: provisioners.map(partName),
    postProcessors: pipelines.map((pipeline) => pipeline.map(partName)),
  };
}

function partName({ type, givenName }: PartBlock): string {
  return givenName ? `${type}.${givenName}` : type;
}

function templateOf(reading: TemplateReading, variables: readonly VariableInfo[]): Template {
  const { inputs, root, sources, requiredPlugins } = reading;
  const empty = { description: undefined, locals: [], builds: [], dataSources: [], outline: undefined };
  return { language: "hcl2", path: inputs.path, root, variables, sources, requiredPlugins, ...empty };
}

/** Returns the names that all expressions can use, except defaults of variables. */
function baseNames(variables: ReadonlyMap<string, Variable>, reading: TemplateReading): ReadonlyMap<string, Value> {
  const text = stringValue;
  return new Map<string, Value>([
    ["var", objectValue([...variables].map(([name, variable]) => [name, effectiveValue(variable)] as const))],
    [
      "path",
      objectValue([
        ["cwd", text(toSlash(reading.lookups.cwd, reading.lookups.cwd))],
        ["root", text(reading.directory)],
      ]),
    ],
    [
      "packer",
      objectValue([
        ["version", text(PACKER_VERSION)],
        ["iterationID", unknownValue(STRING)],
        ["versionFingerprint", unknownValue(STRING)],
      ]),
    ],
  ]);
}

function reportIgnoredRegistry(blocks: TopLevelBlocks, reading: TemplateReading): void {
  const inBuilds = blocks.build.flatMap(({ body }) => (body.syntax === "native" ? body.blocks : []));
  const [first] = [...blocks.hcp_packer_registry, ...inBuilds.filter(({ type }) => type === "hcp_packer_registry")];
  if (!first) return;
  reading.diagnostics.push({
    severity: "notice",
    code: "hcp-registry-ignored",
    summary: '"hcp_packer_registry" is ignored: bake-ami does not publish to HCP Packer',
    range: first.headerRange,
  });
}

function describeVariable(variable: Variable): VariableInfo {
  const fallback = variable.values.find(({ origin }) => origin === "default");
  const value = effectiveValue(variable);
  return {
    name: variable.name,
    type: variable.typeText,
    description: variable.description,
    defaultText: fallback && formatVisibly(fallback.value),
    valueText: variable.values.length > 0 && isWhollyKnown(value) ? formatVisibly(value) : undefined,
    sensitive: variable.sensitive,
    range: variable.range,
  };
}

function describeLocal(local: LocalDefinition, graph: GraphValues): VariableInfo {
  const value = graph.locals.get(local.name);
  return {
    name: local.name,
    type: undefined,
    description: undefined,
    defaultText: undefined,
    valueText: value && isWhollyKnown(value) ? formatVisibly(value) : undefined,
    sensitive: value?.sensitive ?? local.sensitive,
    range: local.range,
  };
}

/** Reports template files that were not read. When the path is one file, missing names are often declared in another file. */
function reportOtherFiles(reading: TemplateReading): void {
  const { inputs, lookups, root, directory, diagnostics } = reading;
  const missing = diagnostics.some(({ code }) => code === "unknown-reference" || code === "unknown-source");
  if (!missing || lookups.pathKind(root) !== "directory") return;
  const others = findTemplateFiles(directory, lookups).config.filter(
    (path) => posix.normalize(path) !== posix.normalize(toSlash(lookups.cwd, inputs.path)),
  );
  if (others.length === 0 || inputs.path === directory) return;
  reading.diagnostics.push({
    severity: "notice",
    code: "other-template-files",
    summary: `Only "${inputs.path}" was read, but its directory contains more template files`,
    detail: `Not read: ${others.join(", ")}.`,
    hint: `Set the path of the directory to read all files: "${directory}".`,
  });
}

/** Removes duplicate diagnostics, for example of a list that is read twice. */
function removeDuplicates(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics.filter((diagnostic) => {
    const text = JSON.stringify(diagnostic);
    return !seen.has(text) && seen.add(text);
  });
}

/** Returns what to do about a directory without HCL2 templates, by the files in it. */
function hintForDirectory(path: string, lookups: Lookups): string {
  const entries = lookups.pathKind(path) === "directory" ? lookups.readDirectory(path) : [];
  const named = (pattern: RegExp) => entries.find(({ name, kind }) => kind === "file" && pattern.test(name))?.name;
  const [hcl, json] = [named(/\.hcl$/), named(/\.json$/)];
  if (hcl !== undefined) return `Rename "${hcl}" to "${hcl.replace(/\.hcl$/, ".pkr.hcl")}".`;
  const directory = path.replace(/\/+$/, "");
  if (json !== undefined) return `Set the path of one JSON template, for example "${directory}/${json}".`;
  return "Set the path of a template, or of a directory with templates.";
}
