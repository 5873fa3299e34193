import type { Diagnostic } from "../../core/diagnostics.js";
import { PLACEHOLDER } from "../../options/context.js";
import type { StringNode } from "../../options/node.js";
import { renderText, type TextEnvironment } from "../go-template/engine.js";
import type { Complaints } from "./complain.js";
import type { VariableDeclaration } from "./variable-declarations.js";

/** Passes over the variables, as Packer has them. */
const MAX_PASSES = 100;

/** Makes the environment in which variables are rendered: `settled` grows while they are. */
export type VariableEnvironment = (settled: ReadonlyMap<string, string>) => TextEnvironment;

/**
 * Values of all variables (Packer §1.3): defaults and given values, each rendered once; those that use a variable not settled
 * yet come again in the next pass. Required ones without a value, and circles, are told.
 */
export function resolveVariables(
  declared: readonly VariableDeclaration[],
  given: ReadonlyMap<string, StringNode>,
  environment: VariableEnvironment,
  told: Complaints,
): ReadonlyMap<string, string> {
  const settled = new Map<string, string>();
  let waiting: readonly (readonly [string, StringNode])[] = collect(declared, given, settled, told);
  let problems = new Map<string, readonly Diagnostic[]>();
  for (let pass = 0; pass < MAX_PASSES && waiting.length > 0; pass++) {
    problems = new Map();
    const rest = waiting.filter(([name, node]) => {
      const attempt = renderText(node, environment(settled), { keepFields: true });
      if (attempt.ok) {
        settled.set(name, attempt.value);
        told.diagnostics.push(...(attempt.warnings ?? []));
        return false;
      }
      if (attempt.diagnostics.some(({ code }) => code === "variable-not-set")) {
        problems.set(name, attempt.diagnostics);
        return true;
      }
      told.diagnostics.push(...attempt.diagnostics);
      settled.set(name, PLACEHOLDER);
      return false;
    });
    if (rest.length === waiting.length) break;
    waiting = rest;
  }
  tellUnresolved(waiting, problems, told);
  for (const [name] of waiting) settled.set(name, PLACEHOLDER);
  return settled;
}

function collect(
  declared: readonly VariableDeclaration[],
  given: ReadonlyMap<string, StringNode>,
  settled: Map<string, string>,
  told: Complaints,
): readonly (readonly [string, StringNode])[] {
  const values = new Map<string, StringNode>();
  for (const variable of declared) {
    if (variable.default) values.set(variable.name, variable.default);
    else if (!given.has(variable.name)) {
      settled.set(variable.name, PLACEHOLDER);
      told.error("required-variable", `required variable not set: ${variable.name}`, variable.range, {
        hint: `Give it with -var '${variable.name}=…' or in a -var-file; in a workflow by the input variables or variable-files.`,
      });
    }
  }
  for (const [name, node] of given) values.set(name, node);
  return [...values].sort(([a], [b]) => (a < b ? -1 : 1));
}

function tellUnresolved(
  waiting: readonly (readonly [string, StringNode])[],
  problems: ReadonlyMap<string, readonly Diagnostic[]>,
  told: Complaints,
): void {
  const names = new Set(waiting.map(([name]) => name));
  for (const [name] of waiting) {
    for (const problem of problems.get(name) ?? []) {
      const other = /"([^"]*)"/.exec(problem.summary)?.[1] ?? "";
      const circle = names.has(other);
      told.diagnostics.push({
        ...problem,
        code: circle ? "variable-cycle" : "undeclared-variable",
        summary: circle
          ? `variable "${name}" cannot be resolved: it needs "${other}", which is not resolved either`
          : `variable "${name}" cannot be resolved: it uses "${other}", which is not declared`,
        hint: circle
          ? "Variables must not need each other in a circle."
          : `Declare "${other}", or give it with -var '${other}=…'.`,
      });
    }
  }
}
