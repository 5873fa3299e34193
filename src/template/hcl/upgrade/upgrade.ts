import type { Diagnostic } from "../../../core/diagnostics.js";
import type { SourceText } from "../../../core/source.js";
import type { OptionEntry } from "../../../options/node.js";
import { parseDocument } from "../../json/document.js";
import { newFindings } from "../../json/findings.js";
import { type JsonTemplate, readTemplate } from "../../json/grammar.js";
import type { Applies, BuilderSection, PostProcessorSection, ProvisionerSection } from "../../json/parts.js";
import { compareText } from "../../values/types.js";
import { formatConfig } from "../format.js";
import { printString } from "../syntax/print.js";
import type { TextNames } from "./compile.js";
import { type KnownOptions, writeBody, writeValue } from "./options.js";
import { distinctNames, upgradeVariables } from "./variables.js";

/** Returns the schema of a kind, or undefined for an unknown kind. It distinguishes arguments from blocks, and has the new names of options. */
type KnownSchema = (part: "builder" | "provisioner" | "post-processor", type: string) => KnownOptions | undefined;

/** The HCL2 text of a JSON template. */
export interface UpgradedTemplate {
  /** Undefined when the JSON template has errors. */
  readonly text: string | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Returns an HCL2 template that is equivalent to a JSON template (Packer's `hcl2_upgrade`). Replaces only what HCL2 writes
 * differently: user variables, `build` and the directory of the template. Keeps other `{{ }}`, because HCL2 options accept it.
 */
export function upgradeTemplate(source: SourceText, schemaOf: KnownSchema): UpgradedTemplate {
  const findings = newFindings();
  const root = parseDocument(source.file, source.text, findings);
  const template = root && readTemplate(root, findings);
  if (!template || findings.diagnostics.some(({ severity }) => severity === "error")) {
    return { text: undefined, diagnostics: findings.diagnostics };
  }
  const variables = upgradeVariables(template);
  const warnings = variables.unrendered.map((name) => unrenderedWarning(name, template));
  const diagnostics = [...findings.diagnostics, ...warnings];
  const lines = [...packerBlock(template), ...variables.lines, ...buildLines(template, variables.names, schemaOf)];
  return { text: formatConfig(`${lines.join("\n").trimEnd()}\n`), diagnostics };
}

/** HCL2 does not render `{{ }}` in the arguments of its functions. */
function unrenderedWarning(name: string, template: JsonTemplate): Diagnostic {
  const range = template.variables.find((variable) => variable.name === name)?.range ?? template.range;
  return {
    severity: "warning",
    code: "default-not-converted",
    summary: `HCL2 cannot compute the default of variable "${name}" where it is used`,
    hint: "The template passes it to a function or tests it in a condition. Rewrite the local value as an HCL2 expression.",
    range,
  };
}

/** Plugins by the names of their components. */
const PLUGINS: readonly (readonly [RegExp, string])[] = [
  [/^amazon-/, "amazon"],
  [/^docker/, "docker"],
  [/^ansible(?:-local)?$/, "ansible"],
  [/^chef-/, "chef"],
  [/^puppet-/, "puppet"],
  [/^salt-/, "salt"],
  [/^inspec$/, "inspec"],
];

function packerBlock(template: JsonTemplate): readonly string[] {
  const types = [...template.builders, ...template.provisioners, ...template.postProcessors.flat()].map(
    ({ type }) => type.value,
  );
  const plugins = PLUGINS.filter(([pattern]) => types.some((type) => pattern.test(type))).map(([, name]) => name);
  const version = template.minPackerVersion?.value;
  if (plugins.length === 0 && version === undefined) return [];
  const required = plugins.flatMap((name) => [
    `${name} = {`,
    `source = "github.com/hashicorp/${name}"`,
    'version = ">= 1.0.0"',
    "}",
  ]);
  return [
    "packer {",
    ...(version === undefined ? [] : [`required_version = ${printString(`>= ${version}`)}`]),
    ...(plugins.length === 0 ? [] : ["required_plugins {", ...required, "}"]),
    "}",
    "",
  ];
}

/** Names of sources by the names of builders. `{{build_name}}` keeps its value when HCL2 accepts the name. */
interface Sources {
  /** `TYPE.NAME`, for `only` and `except`. */
  full(builder: string): string;
  /** NAME, for `override`. */
  short(builder: string): string;
}

function sourceNames(builders: readonly BuilderSection[]): Sources {
  const names = distinctNames(builders.map(({ name }) => name.value));
  const types = new Map(builders.map(({ name, type }) => [name.value, type.value]));
  const short = (builder: string) => names.get(builder) ?? builder;
  return { short, full: (builder) => (types.has(builder) ? `${types.get(builder)}.${short(builder)}` : builder) };
}

function buildLines(template: JsonTemplate, names: TextNames, schemaOf: KnownSchema): readonly string[] {
  const sources = sourceNames(template.builders);
  const blocks = template.builders.flatMap(({ type, name, options }) => [
    `source ${printString(type.value)} ${printString(sources.short(name.value))} {`,
    ...writeBody(options, schemaOf("builder", type.value), names),
    "}",
    "",
  ]);
  // Packer runs the builders of a JSON template sorted by name.
  const sorted = template.builders.map(({ name }) => name.value).sort(compareText);
  const used = sorted.map((name) => printString(`source.${sources.full(name)}`));
  const context = { names, sources, schemaOf };
  return [
    ...blocks,
    "build {",
    ...(template.description === undefined ? [] : [`description = ${printString(template.description)}`]),
    `sources = [\n${used.map((source) => `${source},`).join("\n")}\n]`,
    ...template.provisioners.flatMap((part) => ["", ...provisionerLines("provisioner", part, context)]),
    ...(template.errorCleanup
      ? ["", ...provisionerLines("error-cleanup-provisioner", template.errorCleanup, context)]
      : []),
    ...template.postProcessors.flatMap((pipeline) => pipelineLines(pipeline, context)),
    "}",
  ];
}

interface Context {
  readonly names: TextNames;
  readonly sources: Sources;
  readonly schemaOf: KnownSchema;
}

function onlyExceptLines({ only, except }: Applies, sources: Sources): readonly string[] {
  const line = (key: string, builders: Applies["only"]) => {
    return builders.length === 0
      ? []
      : [`${key} = [${builders.map(({ value }) => printString(sources.full(value))).join(", ")}]`];
  };
  return [...line("only", only), ...line("except", except)];
}

function provisionerLines(block: string, part: ProvisionerSection, context: Context): readonly string[] {
  const { names, sources, schemaOf } = context;
  const type = part.type.value;
  return [
    `${block} ${printString(type)} {`,
    ...onlyExceptLines(part.applies, sources),
    ...writeBody(part.options, schemaOf("provisioner", type), names),
    ...overrideLines(part.override, context),
    "}",
  ];
}

function overrideLines(override: readonly OptionEntry[], { names, sources }: Context): readonly string[] {
  if (override.length === 0) return [];
  const entries = override.map(({ key, value }) => `${printString(sources.short(key))} = ${writeValue(value, names)}`);
  return ["override = {", ...entries, "}"];
}

/** Returns the lines of a pipeline. A single post-processor needs no `post-processors` block. */
function pipelineLines(pipeline: readonly PostProcessorSection[], context: Context): readonly string[] {
  const blocks = pipeline.map((part) => postProcessorLines(part, context));
  if (blocks.length === 1) return ["", ...blocks.flat()];
  return blocks.length === 0 ? [] : ["", "post-processors {", ...blocks.flat(), "}"];
}

function postProcessorLines(part: PostProcessorSection, { names, sources, schemaOf }: Context): readonly string[] {
  const type = part.type.value;
  return [
    `post-processor ${printString(type)} {`,
    ...(part.name === type ? [] : [`name = ${printString(part.name)}`]),
    ...onlyExceptLines(part.applies, sources),
    ...(part.keepInputArtifact === undefined ? [] : [`keep_input_artifact = ${part.keepInputArtifact}`]),
    ...writeBody(part.options, schemaOf("post-processor", type), names),
    "}",
  ];
}
