import type { BuildTemplate, Template, VariableInfo } from "../template/template.js";

/** What stands for a sensitive value, as Packer writes it. */
const HIDDEN = "<sensitive>";

/** The lines of `inspect`, in the shape Packer gives to each language (Packer §7). */
export function describeTemplate(template: Template): readonly string[] {
  return template.language === "json" ? describeJson(template) : describeHcl(template);
}

/** The records of `-machine-readable inspect` (Packer §7.3): type, then data. */
export function templateFacts(template: Template): readonly (readonly [string, ...string[]])[] {
  const provisioners = unique(template.builds.flatMap((build) => build.provisioners.map((part) => part.type)));
  return [
    ...template.variables.map((variable): readonly [string, ...string[]] => [
      "template-variable",
      variable.name,
      variable.sensitive ? HIDDEN : (variable.defaultText ?? ""),
      variable.defaultText === undefined ? "1" : "0",
    ]),
    ...template.builds.map((build): readonly [string, ...string[]] => [
      "template-builder",
      build.name,
      build.builder.type,
    ]),
    ...provisioners.map((type): readonly [string, ...string[]] => ["template-provisioner", type]),
  ];
}

function describeJson(template: Template): readonly string[] {
  const byName = [...template.variables].sort((a, b) => (a.name < b.name ? -1 : 1));
  const required = byName.filter((variable) => variable.defaultText === undefined);
  const optional = byName.filter((variable) => variable.defaultText !== undefined);
  const width = Math.max(0, ...optional.map((variable) => variable.name.length));
  const builders = template.builds.map((build) =>
    build.name === build.builder.type ? build.name : `${build.name} (${build.builder.type})`,
  );
  const provisioners = unique(template.builds.flatMap((build) => build.provisioners.map((part) => part.type)));
  return [
    ...(template.description ? ["Description:", "", template.description, ""] : []),
    ...(required.length > 0
      ? section(
          "Required variables:",
          required.map((v) => v.name),
        )
      : []),
    ...section(
      "Optional variables and their defaults:",
      optional.map((v) => `${v.name.padEnd(width)} = ${v.sensitive ? HIDDEN : v.defaultText}`),
    ),
    ...section("Builders:", builders),
    ...section("Provisioners:", provisioners),
    "Note: If your build names contain user variables or template",
    "functions such as 'timestamp', these are processed at build time,",
    "and therefore only show in their raw form here.",
  ];
}

function section(title: string, lines: readonly string[]): readonly string[] {
  const shown = lines.length > 0 ? lines : ["<No entries>"];
  return [title, "", ...shown.map((line) => `  ${line}`), ""];
}

function describeHcl(template: Template): readonly string[] {
  return [
    "Packer Inspect: HCL2 mode",
    "",
    "> input-variables:",
    "",
    ...template.variables.map((variable) => assignment("var", variable)),
    "",
    "> local-variables:",
    "",
    ...template.locals.map((local) => assignment("local", local)),
    "",
    "> builds:",
    "",
    ...template.builds.flatMap(describeBuild),
  ];
}

function assignment(kind: "var" | "local", variable: VariableInfo): string {
  const value = variable.sensitive ? HIDDEN : (variable.valueText ?? "<unknown>");
  return `${kind}.${variable.name}: "${value}"`;
}

function describeBuild(build: BuildTemplate): readonly string[] {
  const listed = (title: string, lines: readonly string[]) => [
    `    ${title}:`,
    "",
    ...(lines.length > 0 ? lines.map((line) => `      ${line}`) : [`      <no ${title.slice(0, -1)}>`]),
    "",
  ];
  const pipelines = build.postProcessors.flatMap((pipeline, index) => [
    `${index}:`,
    ...pipeline.map((part) => `  ${part.type}`),
  ]);
  return [
    `  > ${build.name}:`,
    "",
    ...listed("sources", [`${build.builder.type}.${build.shortName}`]),
    ...listed(
      "provisioners",
      build.provisioners.map((part) => part.type),
    ),
    ...listed("post-processors", pipelines),
  ];
}

function unique(items: readonly string[]): readonly string[] {
  return [...new Set(items)];
}
