import { quote } from "../template/go-template/escapes.js";
import type { BuildOutline, Template, VariableInfo } from "../template/template.js";

/** The text that Packer prints for a sensitive value. */
const HIDDEN = "<sensitive>";

/** Returns the lines of `inspect`, in Packer's format for the language of the template (Packer §7). */
export function describeTemplate(template: Template): readonly string[] {
  return template.language === "json" ? describeJson(template) : describeHcl(template);
}

/** Returns the records of `-machine-readable inspect` (Packer §7.3): type, then data. HCL2 templates have none. */
export function templateFacts(template: Template): readonly (readonly [string, ...string[]])[] {
  if (template.outline?.language !== "json") return [];
  const { builders, provisioners } = template.outline;
  return [
    ...byName(template.variables).map((variable): readonly [string, ...string[]] => [
      "template-variable",
      variable.name,
      variable.sensitive ? HIDDEN : (variable.defaultText ?? ""),
      variable.defaultText === undefined ? "1" : "0",
    ]),
    ...builders.map(({ name, type }): readonly [string, ...string[]] => ["template-builder", name, type]),
    ...provisioners.map((type): readonly [string, ...string[]] => ["template-provisioner", type]),
  ];
}

function describeJson({ outline, description, variables }: Template): readonly string[] {
  if (outline?.language !== "json") return [];
  const builderWidth = widest(outline.builders.map(({ name }) => name));
  return [
    "Packer Inspect: JSON mode",
    ...(description ? ["Description:", "", description, ""] : []),
    ...describeVariables(byName(variables)),
    ...section(
      "Builders:",
      outline.builders.map(({ name, type }) => `${name.padEnd(builderWidth)}${name === type ? "" : ` (${type})`}`),
      "<No builders>",
    ),
    ...section("Provisioners:", outline.provisioners, "<No provisioners>"),
    "Note: If your build names contain user variables or template",
    "functions such as 'timestamp', these are processed at build time,",
    "and therefore only show in their raw form here.",
  ];
}

function describeVariables(variables: readonly VariableInfo[]): readonly string[] {
  if (variables.length === 0) return section("Variables:", [], "<No variables>");
  const required = variables.filter(({ defaultText }) => defaultText === undefined).map(({ name }) => name);
  const width = widest(variables.map(({ name }) => name));
  return [
    ...(required.length > 0 ? section("Required variables:", required) : []),
    ...section(
      "Optional variables and their defaults:",
      variables.flatMap(({ name, sensitive, defaultText }) =>
        defaultText === undefined ? [] : `${name.padEnd(width)} = ${sensitive ? HIDDEN : defaultText}`,
      ),
    ),
  ];
}

function section(title: string, lines: readonly string[], none?: string): readonly string[] {
  const shown = lines.length === 0 && none ? [none] : lines;
  return [title, "", ...shown.map((line) => `  ${line}`), ""];
}

function describeHcl({ outline, variables, locals }: Template): readonly string[] {
  const builds = outline?.language === "hcl2" ? outline.builds : [];
  return [
    "Packer Inspect: HCL2 mode",
    "",
    "> input-variables:",
    "",
    ...byName(variables).map((variable) => assignment("var", variable)),
    "",
    "> local-variables:",
    "",
    ...byName(locals).map((local) => assignment("local", local)),
    "",
    "> builds:",
    "",
    ...builds.flatMap(describeBuild),
  ];
}

/** Returns one line, with the value quoted as in Go. An empty or unset sensitive value is printed, because it is no secret. */
function assignment(kind: "var" | "local", variable: VariableInfo): string {
  const value = variable.sensitive && variable.valueText ? HIDDEN : (variable.valueText ?? "<unknown>");
  return `${kind}.${variable.name}: ${quote(value, { raw: false, ascii: false })}`;
}

function describeBuild(build: BuildOutline, index: number): readonly string[] {
  const pipelines = build.postProcessors.flatMap((pipeline, i) => [
    `      ${i}:`,
    ...pipeline.map((type) => `        ${type}`),
    "",
  ]);
  return [
    `  > ${build.name || `<unnamed build ${index}>`}:`,
    "",
    ...(build.description ? [`  > Description: ${build.description}`, ""] : []),
    "    sources:",
    "",
    ...(build.sources.length > 0
      ? build.sources.flatMap((source) => [`      ${source}`, ""])
      : ["      <no source>", ""]),
    "    provisioners:",
    "",
    ...(build.provisioners.length > 0 ? build.provisioners.map((type) => `      ${type}`) : ["      <no provisioner>"]),
    "",
    "    post-processors:",
    "",
    ...(pipelines.length > 0 ? pipelines : ["      <no post-processor>", ""]),
  ];
}

function byName(variables: readonly VariableInfo[]): readonly VariableInfo[] {
  return [...variables].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function widest(names: readonly string[]): number {
  return Math.max(0, ...names.map((name) => name.length));
}
