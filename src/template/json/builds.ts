import type { BuildData } from "../../core/late.js";
import { setting } from "../../core/setting.js";
import type { DecodeContext } from "../../options/context.js";
import type { ObjectNode, StringNode } from "../../options/node.js";
import { announcedData, makeDecodeContext, renderText, type TextEnvironment } from "../go-template/engine.js";
import type {
  BuildTemplate,
  EvaluatedOptions,
  PartTemplate,
  PostProcessorTemplate,
  TemplateInputs,
} from "../template.js";
import type { TemplateFindings } from "./findings.js";
import type { JsonTemplate } from "./grammar.js";
import type { Applies, BuilderSection, ProvisionerSection, TemplateSection } from "./parts.js";

/** Returns the environment of a build's options. */
export type BuildEnvironment = (
  build: { readonly name: string; readonly type: string } | undefined,
  data: BuildData | undefined,
) => TextEnvironment;

/** Returns the selected builds, sorted by name as Packer runs them (§1.2, §7.1). */
export function makeBuilds(
  template: JsonTemplate,
  inputs: TemplateInputs,
  environment: BuildEnvironment,
  findings: TemplateFindings,
): readonly BuildTemplate[] {
  const named = inputs.syntaxOnly
    ? template.builders.map((section) => ({ name: section.name.value, section }))
    : nameBuilders(template.builders, environment(undefined, undefined), findings);
  const selected = named.filter(
    ({ name }) => (inputs.only.length === 0 || inputs.only.includes(name)) && !inputs.except.includes(name),
  );
  const names = named.map(({ name }) => name);
  warnUnmatched(template, inputs, names, findings);
  if (selected.length === 0 && names.length > 0) {
    findings.error("all-builds-excluded", "No builds to run: all builds are excluded", undefined, {
      hint: `Select one of these builds: ${names.join(", ")}.`,
    });
  }
  return selected
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((builder) => makeBuild(builder, template, inputs, environment));
}

interface NamedBuilder {
  readonly name: string;
  readonly section: BuilderSection;
}

function nameBuilders(
  sections: readonly BuilderSection[],
  environment: TextEnvironment,
  findings: TemplateFindings,
): NamedBuilder[] {
  const named: NamedBuilder[] = [];
  for (const section of sections) {
    const name = renderName(section.name, environment, findings);
    const first = named.find((other) => other.name === name);
    if (first) {
      findings.error("duplicate-builder", `Two builders have the name "${name}"`, section.name.range, {
        hint: 'Set a different "name" in one of them.',
        related: { text: "First used here", range: first.section.name.range },
      });
    } else named.push({ name, section });
  }
  return named;
}

function renderName(node: StringNode, environment: TextEnvironment, findings: TemplateFindings): string {
  const attempt = renderText(node, environment);
  findings.diagnostics.push(...(attempt.ok ? (attempt.warnings ?? []) : attempt.diagnostics));
  return attempt.ok ? attempt.value : node.value;
}

/** Warns about names in `-only` and `-except` that no build or post-processor has. */
function warnUnmatched(
  template: JsonTemplate,
  { only, except }: TemplateInputs,
  names: readonly string[],
  findings: TemplateFindings,
): void {
  const hint = `Use one of these names: ${names.join(", ")}.`;
  const others = new Set(template.postProcessors.flat().map(({ name }) => name));
  for (const name of only) {
    if (!names.includes(name))
      findings.warning("unknown-only", `${setting("only")} contains "${name}", but no build has this name`, undefined, {
        hint,
      });
  }
  for (const name of except) {
    if (!names.includes(name) && !others.has(name))
      findings.warning(
        "unknown-except",
        `${setting("except")} contains "${name}", but no build or post-processor has this name`,
        undefined,
        { hint },
      );
  }
}

/** Returns whether a part applies to the builder with this name, as written. */
function appliesTo({ only, except }: Applies, name: string): boolean {
  if (only.length > 0) return only.some(({ value }) => value === name);
  return !except.some(({ value }) => value === name);
}

function makeBuild(
  { name, section }: NamedBuilder,
  template: JsonTemplate,
  inputs: TemplateInputs,
  environment: BuildEnvironment,
): BuildTemplate {
  const raw = section.name.value;
  const cleanup = template.errorCleanup;
  return {
    name,
    shortName: name,
    sourceName: name,
    builder: makePart(section),
    provisioners: template.provisioners
      .filter(({ applies }) => appliesTo(applies, raw))
      .map((each) => withOverride(each, raw)),
    errorCleanup: cleanup && appliesTo(cleanup.applies, raw) ? withOverride(cleanup, raw) : undefined,
    postProcessors: pipelines(template, raw, inputs),
    decodeContext: (data, announced): DecodeContext =>
      makeDecodeContext(environment({ name, type: section.type.value }, data ?? announcedData(announced))),
  };
}

function makePart({ type, range, options }: TemplateSection): PartTemplate {
  const evaluated: EvaluatedOptions = { node: options, diagnostics: [], secrets: [] };
  return { type: type.value, typeRange: type.range, range, options: () => evaluated };
}

/** Returns the provisioner with its options for this builder: those in `override` replace its own. */
function withOverride(section: ProvisionerSection, raw: string): PartTemplate {
  const over = section.override.find(({ key }) => key === raw)?.value;
  return makePart(over?.kind === "object" ? { ...section, options: mergeOptions(section.options, over) } : section);
}

function mergeOptions(base: ObjectNode, over: ObjectNode): ObjectNode {
  const replaced = new Set(over.entries.map(({ key }) => key.toLowerCase()));
  return { ...base, entries: [...base.entries.filter(({ key }) => !replaced.has(key.toLowerCase())), ...over.entries] };
}

/** Returns the pipelines. `-except` removes a post-processor and all that follow it from a pipeline. */
function pipelines(
  template: JsonTemplate,
  raw: string,
  { except }: TemplateInputs,
): readonly (readonly PostProcessorTemplate[])[] {
  return template.postProcessors
    .map((pipeline) => {
      const parts = pipeline.filter(({ applies }) => appliesTo(applies, raw));
      const cut = parts.findIndex(({ name }) => except.includes(name));
      return (cut === -1 ? parts : parts.slice(0, cut)).map((part) => ({
        ...makePart(part),
        name: part.name,
        keepInputArtifact: part.keepInputArtifact,
      }));
    })
    .filter((pipeline) => pipeline.length > 0);
}
