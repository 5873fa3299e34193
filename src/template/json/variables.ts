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

/** A declared variable. Without a default it is required (Packer §1.3). */
export interface VariableDeclaration {
  readonly name: string;
  readonly range: Range;
  readonly default: StringNode | undefined;
}

/** Reads `variables`: a string, or null for a required variable. */
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
        `Variable "${key}" must be a string or null, not ${describeNode(value)}`,
        value.range,
        {
          hint:
            value.kind === "number" || value.kind === "bool"
              ? `Put the value in double quotes: "${value.value}".`
              : "Use a string: variables of JSON templates have no other type.",
        },
      );
    }
    return {
      name: key,
      range: keyRange,
      default: value.kind === "string" ? value : value.kind === "null" ? undefined : placeholderAt(value),
    };
  });
}

/** Returns a placeholder for an invalid value, so that its uses report no further errors. */
function placeholderAt({ range }: OptionNode): StringNode {
  return { kind: "string", value: PLACEHOLDER, range };
}

/** Values from `-var` and `-var-file` by name. `-var` overrides `-var-file`; later values override earlier ones (Packer §1.3). */
export interface GivenVariables {
  readonly values: ReadonlyMap<string, StringNode>;
  readonly sources: readonly SourceText[];
}

/** Reads variable files and `-var` values. */
export function readGivenVariables(
  inputs: TemplateInputs,
  lookups: Lookups,
  findings: TemplateFindings,
): GivenVariables {
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
    findings.error("variable-file", `A variable file must be a JSON object, not ${describeNode(root)}`, root.range);
    return [];
  }
  return root.entries.flatMap(({ key, value }): [string, StringNode][] => {
    if (value.kind === "string") return [[key, value]];
    findings.error("variable-not-text", `Variable "${key}" must be a string, not ${describeNode(value)}`, value.range, {
      hint: "Put the value in double quotes: variables of JSON templates are strings.",
    });
    return [];
  });
}

/** Maximum number of passes over the variables, as in Packer. */
const MAX_PASSES = 100;

/** The variables resolved so far, and the names of those that are secrets or have one in them. */
export interface ResolvedVariables {
  readonly values: ReadonlyMap<string, string>;
  readonly secret: ReadonlySet<string>;
}

/** Returns the environment in which a variable is rendered. */
type VariableEnvironment = (resolved: ResolvedVariables) => TextEnvironment;

/** The variables of a template: declared, marked as sensitive, and given. */
export interface WrittenVariables {
  readonly declared: readonly VariableDeclaration[];
  readonly sensitive: readonly string[];
  readonly given: ReadonlyMap<string, StringNode>;
}

/**
 * Returns the values of all variables (Packer §1.3). Renders each default or given value once; a value that uses an unresolved
 * variable is tried again in the next pass. Reports required variables without a value, and cycles.
 */
export function resolveVariables(
  { declared, sensitive, given }: WrittenVariables,
  environment: VariableEnvironment,
  findings: TemplateFindings,
): ResolvedVariables {
  const resolved = new Map<string, string>();
  const secret = new Set(sensitive);
  let waiting: readonly (readonly [string, StringNode])[] = collectValues(declared, given, resolved, findings);
  let problems = new Map<string, readonly Diagnostic[]>();
  for (let pass = 0; pass < MAX_PASSES && waiting.length > 0; pass++) {
    problems = new Map();
    const rest = waiting.filter(([name, node]) => {
      const outer = environment({ values: resolved, secret });
      const onDerived = (text: string) => {
        secret.add(name);
        outer.onDerived?.(text);
      };
      const attempt = renderText(node, { ...outer, onDerived }, "keep fields");
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
  return { values: resolved, secret };
}

function collectValues(
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
      findings.error("required-variable", `Required variable not set: ${variable.name}`, variable.range, {
        hint: `Set it with -var '${variable.name}=…' or in a -var-file.`,
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
      const isCycle = names.has(other);
      findings.diagnostics.push({
        ...problem,
        code: isCycle ? "variable-cycle" : "undeclared-variable",
        summary: isCycle
          ? `Variable "${name}" cannot be resolved: it depends on "${other}", which cannot be resolved either`
          : `Variable "${name}" cannot be resolved: it uses "${other}", which is not declared`,
        hint: isCycle
          ? "Check that the variables do not refer to each other in a cycle."
          : `Declare "${other}" in "variables", or set it with -var '${other}=…'.`,
      });
    }
  }
}

/** Shorter lines of a secret are not masked on their own: they would mask too much of the output. */
const SHORTEST_LINE = 4;

/** Returns what to mask of a secret: the whole text, and each line of a multi-line secret (Packer §1.3, "sensitive-variables"). */
export function secretParts(secret: string): readonly string[] {
  if (secret.trim() === "" || isPlaceholder(secret)) return [];
  const lines = secret.split("\n").map((line) => line.trim());
  return [secret, ...(lines.length > 1 ? lines.filter((line) => line.length >= SHORTEST_LINE) : [])];
}

/** Returns what to mask of a text that is computed from a secret. Shorter pieces would mask too much of the output. */
export function derivedParts(text: string): readonly string[] {
  return secretParts(text).filter((part) => part.length >= SHORTEST_LINE);
}
