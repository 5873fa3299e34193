import { type Diagnostic, hasErrors } from "../core/diagnostics.js";
import type { CheckContext } from "../options/schema.js";
import type { EvaluateAgain } from "../template/load.js";
import type { BuildTemplate, Template } from "../template/template.js";
import { checkDataSources } from "./check-data-sources.js";
import { distinct } from "./distinct.js";
import type { Catalog } from "./kinds.js";
import type { BakePlan, BuildPlan } from "./plan.js";
import { planBuild } from "./plan-build.js";

/** What planning gives; the plan is undefined when there are errors. */
export interface PlanResult {
  readonly plan: BakePlan | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** Values to mask, also when there is no plan. */
  readonly secrets: readonly string[];
}

/** What reading the template gave besides it: values to mask, and how to evaluate it again where that is possible. */
export interface Reading {
  readonly secrets: readonly string[];
  readonly evaluateAgain?: EvaluateAgain | undefined;
}

/**
 * Decodes the options of all parts by the schemas of their kinds (Packer §1.5): unknown types and options, wrong values and
 * missing options are all told. What is known and not built is a warning here, and refuses its build by name.
 * Relative paths start from the working directory: `checks` knows it.
 */
export function makePlan(
  template: Template,
  catalog: Catalog,
  checks: CheckContext,
  reading: Reading = { secrets: [] },
): PlanResult {
  const planned = template.builds.map((build) => planBuild(build, catalog, checks));
  const told = [
    ...checkDataSources(template, catalog, checks),
    ...duplicateNames(template.builds),
    ...planned.flatMap((each) => each.diagnostics),
  ];
  const diagnostics = distinct(told);
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
      const again = await reading.evaluateAgain?.(changed);
      if (!again?.template || hasErrors(again.diagnostics)) return undefined;
      return makePlan(again.template, catalog, checks, { ...reading, secrets: again.secrets }).plan;
    },
  };
  return { plan, diagnostics, secrets: masked };
}

/** Two builds of one name cannot be told apart, by `-only` or in the report. */
function duplicateNames(builds: readonly BuildTemplate[]): readonly Diagnostic[] {
  return builds.flatMap(({ name, builder }, index): Diagnostic[] => {
    const twin = builds.slice(0, index).find((other) => other.name === name);
    if (!twin) return [];
    return [
      {
        severity: "error",
        code: "duplicate-builder",
        summary: `two builds have the name "${name}"`,
        hint: "Give one of them a name of its own.",
        range: builder.range,
        related: { text: "The other one is here", range: twin.builder.range },
      },
    ];
  });
}
