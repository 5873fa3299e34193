import type { Diagnostic } from "../../core/diagnostics.js";
import { lineIndex, type Range, type SourceText } from "../../core/source.js";
import { isPlaceholder, PLACEHOLDER } from "../../options/context.js";
import { describeNode, type OptionNode, type StringNode } from "../../options/node.js";
import { readTextFile } from "../files.js";
import { renderText, type TextEnvironment } from "../go-template/engine.js";
import type { Lookups } from "../lookups.js";
import type { TemplateInputs } from "../template.js";
import { parseDocument } from "./document.js";
import type { TemplateFindings } from "./findings.js";

/** A variable of the template; without a default it is required (Packer §1.3). */
export interface VariableDeclaration {
  readonly name: string;
  readonly range: Range;
  readonly default: StringNode | undefined;
}

/** Reads `variables`: text, or null for a variable that must be given. */
export function readVariableDeclarations(
  node: OptionNode | undefined,
  findings: TemplateFindings,
): readonly VariableDeclaration[] {
  if (!node || node.kind === "null") return [];
  if (node.kind !== "object") {
    findings.error("wrong-section", `"variables" must be an object, not ${describeNode(node)}`, node.range);
    return [];
  }
  return node.entries.map(({ key, keyRange, value }) => {
    if (value.kind !== "string" && value.kind !== "null") {
      findings.error(
        "variable-not-text",
        `variable "${key}": the value must be text or null, not ${describeNode(value)}`,
        value.range,
        {
          hint:
            value.kind === "number" || value.kind === "bool"
              ? `Put it in quotes: "${value.value}".`
              : "A JSON template knows text alone.",
        },
      );
    }
    return {
      name: key,
      range: keyRange,
      default: value.kind === "string" ? value : value.kind === "null" ? undefined : refusedAt(value),
    };
  });
}

/** Stands for a value that was refused, so that what uses it is not complained of too. */
function refusedAt({ range }: OptionNode): StringNode {
  return { kind: "string", value: PLACEHOLDER, range };
}

/** Values from outside the template by name; `-var` beats `-var-file`, later ones beat earlier ones (Packer §1.3). */
export interface GivenVariables {
  readonly values: ReadonlyMap<string, StringNode>;
  readonly sources: readonly SourceText[];
}

/** Reads variable files and `-var` values. */
export function givenVariables(inputs: TemplateInputs, lookups: Lookups, findings: TemplateFindings): GivenVariables {
  const values = new Map<string, StringNode>();
  const sources: SourceText[] = [];
  for (const path of inputs.variableFiles) {
    const source = readTextFile(path, lookups, findings);
    if (!source) continue;
    sources.push(source);
    for (const [name, value] of readVariableFile(source, findings)) values.set(name, value);
  }
  for (const { name, value } of inputs.variables) {
    const source = { file: `-var ${name}`, text: value };
    const positionAt = lineIndex(value);
    sources.push(source);
    values.set(name, {
      kind: "string",
      value,
      range: { file: source.file, start: positionAt(0), end: positionAt(value.length) },
    });
  }
  return { values, sources };
}

function readVariableFile({ file, text }: SourceText, findings: TemplateFindings): [string, StringNode][] {
  const root = parseDocument(file, text, findings);
  if (!root) return [];
  if (root.kind !== "object") {
    findings.error("variable-file", `a variable file must be an object, not ${describeNode(root)}`, root.range);
    return [];
  }
  return root.entries.flatMap(({ key, value }): [string, StringNode][] => {
    if (value.kind === "string") return [[key, value]];
    findings.error(
      "variable-not-text",
      `variable "${key}": the value must be text, not ${describeNode(value)}`,
      value.range,
      {
        hint: "In a variable file of a JSON template every value stands in double quotes.",
      },
    );
    return [];
  });
}

/** Passes over the variables, as Packer has them. */
const MAX_PASSES = 100;

/** Makes the environment in which variables are rendered: `resolved` grows while they are. */
type VariableEnvironment = (resolved: ReadonlyMap<string, string>) => TextEnvironment;

/**
 * Values of all variables (Packer §1.3): defaults and given values, each rendered once; those that use a variable not resolved
 * yet come again in the next pass. Required ones without a value, and circles, are reported.
 */
export function resolveVariables(
  declared: readonly VariableDeclaration[],
  given: ReadonlyMap<string, StringNode>,
  environment: VariableEnvironment,
  findings: TemplateFindings,
): ReadonlyMap<string, string> {
  const resolved = new Map<string, string>();
  let waiting: readonly (readonly [string, StringNode])[] = collect(declared, given, resolved, findings);
  let problems = new Map<string, readonly Diagnostic[]>();
  for (let pass = 0; pass < MAX_PASSES && waiting.length > 0; pass++) {
    problems = new Map();
    const rest = waiting.filter(([name, node]) => {
      const attempt = renderText(node, environment(resolved), "keep fields");
      if (attempt.ok) {
        resolved.set(name, attempt.value);
        findings.diagnostics.push(...(attempt.warnings ?? []));
        return false;
      }
      if (attempt.diagnostics.some(({ code }) => code === "variable-not-set")) {
        problems.set(name, attempt.diagnostics);
        return true;
      }
      findings.diagnostics.push(...attempt.diagnostics);
      resolved.set(name, PLACEHOLDER);
      return false;
    });
    if (rest.length === waiting.length) break;
    waiting = rest;
  }
  reportUnresolved(waiting, problems, findings);
  for (const [name] of waiting) resolved.set(name, PLACEHOLDER);
  return resolved;
}

function collect(
  declared: readonly VariableDeclaration[],
  given: ReadonlyMap<string, StringNode>,
  resolved: Map<string, string>,
  findings: TemplateFindings,
): readonly (readonly [string, StringNode])[] {
  const values = new Map<string, StringNode>();
  for (const variable of declared) {
    if (variable.default) values.set(variable.name, variable.default);
    else if (!given.has(variable.name)) {
      resolved.set(variable.name, PLACEHOLDER);
      findings.error("required-variable", `required variable not set: ${variable.name}`, variable.range, {
        hint: `Give it with -var '${variable.name}=…' or in a -var-file; in a workflow by the input variables or variable-files.`,
      });
    }
  }
  for (const [name, node] of given) values.set(name, node);
  return [...values].sort(([a], [b]) => (a < b ? -1 : 1));
}

function reportUnresolved(
  waiting: readonly (readonly [string, StringNode])[],
  problems: ReadonlyMap<string, readonly Diagnostic[]>,
  findings: TemplateFindings,
): void {
  const names = new Set(waiting.map(([name]) => name));
  for (const [name] of waiting) {
    for (const problem of problems.get(name) ?? []) {
      const other = /"([^"]*)"/.exec(problem.summary)?.[1] ?? "";
      const circle = names.has(other);
      findings.diagnostics.push({
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

/** Lines of a secret shorter than this are not masked by themselves: they would mask half the output. */
const SHORTEST_LINE = 4;

/** What to mask of a secret: the whole of it, and each line of one with several (Packer §1.3, "sensitive-variables"). */
export function secretParts(secret: string): readonly string[] {
  if (secret.trim() === "" || isPlaceholder(secret)) return [];
  const lines = secret.split("\n").map((line) => line.trim());
  return [secret, ...(lines.length > 1 ? lines.filter((line) => line.length >= SHORTEST_LINE) : [])];
}
