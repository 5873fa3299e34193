import { type Diagnostic, hasErrors } from "../core/diagnostics.js";
import { formatPlace } from "../core/source.js";
import { PLAIN_TEXT } from "../options/context.js";
import { type CheckContext, decodeOptions } from "../options/schema.js";
import type { Reevaluate } from "../template/load.js";
import type { BuildTemplate, Template } from "../template/template.js";
import type { Catalog } from "./kinds.js";
import type { BakePlan, BuildPlan } from "./plan.js";
import { planBuild } from "./plan-build.js";
import { findKind } from "./plan-part.js";

/** Result of planning; the plan is undefined when there are errors. */
export interface PlanResult {
  readonly plan: BakePlan | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** Values to mask; set even when there is no plan. */
  readonly secrets: readonly string[];
}

/** Result of reading the template, in addition to the template: values to mask, and a way to evaluate it again. */
export interface LoadedContext {
  readonly secrets: readonly string[];
  readonly reevaluate: Reevaluate | undefined;
}

/**
 * Decodes the options of all parts with the schemas of their kinds (Packer §1.5). Reports all unknown types and options, invalid values
 * and missing options. A known but unsupported type or option is a warning here, and makes its build fail when it is run.
 * `checks` resolves relative paths against the working directory.
 */
export function makePlan(
  template: Template,
  catalog: Catalog,
  checks: CheckContext,
  reading: LoadedContext = { secrets: [], reevaluate: undefined },
): PlanResult {
  const planned = template.builds.map((build) => planBuild(build, catalog, checks));
  const found = [
    ...checkDataSources(template, catalog, checks),
    ...duplicateNames(template.builds),
    ...planned.flatMap((each) => each.diagnostics),
  ];
  const diagnostics = distinct(found);
  const masked = [...new Set([...reading.secrets, ...planned.flatMap((each) => each.secrets)])];
  if (hasErrors(diagnostics)) return { plan: undefined, diagnostics, secrets: masked };
  const plan: BakePlan = {
    language: template.language,
    path: template.path,
    root: template.root,
    builds: planned.flatMap(({ build }): BuildPlan[] => (build ? [build] : [])),
    secrets: masked,
    sources: template.sources,
    variables: template.variables.map(({ name, valueText, sensitive }) => ({
      name,
      value: sensitive ? undefined : valueText,
    })),
    planAgain: async (changed) => {
      const again = await reading.reevaluate?.(changed);
      if (!again?.template || hasErrors(again.diagnostics)) return undefined;
      return makePlan(again.template, catalog, checks, { ...reading, secrets: again.secrets }).plan;
    },
  };
  return { plan, diagnostics, secrets: masked };
}

/** Returns an error for each build whose name is in use: `-only` and reports identify builds by name. */
function duplicateNames(builds: readonly BuildTemplate[]): readonly Diagnostic[] {
  return builds.flatMap(({ name, builder }, index): Diagnostic[] => {
    const twin = builds.slice(0, index).find((other) => other.name === name);
    if (!twin) return [];
    return [
      {
        severity: "error",
        code: "duplicate-builder",
        summary: `Two builds have the name "${name}"`,
        hint: "Give each build a unique name.",
        range: builder.range,
        related: { text: "The other build is defined here", range: twin.builder.range },
      },
    ];
  });
}

/** Checks the arguments of data sources; problems are reported even when the sources are not read (Packer §2.2). */
function checkDataSources(template: Template, catalog: Catalog, checks: CheckContext): readonly Diagnostic[] {
  return (template.dataSources ?? []).flatMap((source) => {
    const { kind, diagnostics } = findKind("data-source", catalog.dataSources, source, catalog);
    if (!kind) return diagnostics;
    return decodeOptions(kind.schema, source.options(undefined).node, PLAIN_TEXT, checks).diagnostics;
  });
}

/** Codes of warnings that are reported once per name, at its first use. */
const ONCE = new Set(["undeclared-variable", "deprecated-function", "function-outside-variables"]);

/**
 * Returns each diagnostic once, in the order of their places: a provisioner is decoded for every build, with the same diagnostics each
 * time.
 */
function distinct(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const seen = new Set<string>();
  return inOrder(diagnostics).filter(({ severity, code, summary, range }) => {
    const once = severity === "warning" && ONCE.has(code);
    const key = JSON.stringify([severity, code, summary, once || !range ? "" : formatPlace(range)]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Sorts by file in the order of first use, then by place; diagnostics without a place come first. */
function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const files = [...new Set(diagnostics.map(({ range }) => range?.file))];
  const rank = ({ range }: Diagnostic) => (range ? files.indexOf(range.file) : -1);
  const offset = ({ range }: Diagnostic) => range?.start.offset ?? 0;
  return [...diagnostics].sort((a, b) => rank(a) - rank(b) || offset(a) - offset(b));
}
