import type { SourceText } from "../../core/source.js";
import type { OptionNode } from "../../options/node.js";
import { createBudget } from "../budget.js";
import { directoryOf, readTextFile } from "../files.js";
import type { TextEnvironment } from "../go-template/engine.js";
import { packerFunctions } from "../go-template/functions.js";
import { type Lookups, recordPending } from "../lookups.js";
import type { JsonOutline, LoadedTemplate, Template, TemplateInputs, VariableInfo } from "../template.js";
import { type BuildEnvironment, makeBuilds } from "./builds.js";
import { checkBuilders, checkMinimumVersion, checkReferences } from "./checks.js";
import { findDerivedSecrets } from "./derived-secrets.js";
import { jsonLocator, parseDocument } from "./document.js";
import { newFindings, type TemplateFindings } from "./findings.js";
import { type JsonTemplate, readTemplate } from "./grammar.js";
import {
  derivedParts,
  type GivenVariables,
  type ResolvedVariables,
  readGivenVariables,
  resolveVariables,
  secretParts,
} from "./variables.js";

/** Loads a JSON template (Packer §1). Returns all problems as diagnostics; mistakes of the user throw nothing. */
export function loadJsonTemplate(inputs: TemplateInputs, lookups: Lookups): LoadedTemplate {
  const findings = newFindings();
  const source = readSource(inputs, lookups, findings);
  const root = source && parseDocument(source.file, source.text, findings);
  const written = root && readTemplate(root, findings);
  if (!source || !written) {
    return {
      template: undefined,
      diagnostics: findings.diagnostics,
      secrets: [],
      sources: source ? [source] : [],
      used: createBudget(lookups.elapsed).used,
      pending: [],
    };
  }
  // `validate -syntax-only` and `inspect` check no more than Packer does: a template without builders is valid there.
  if (!inputs.syntaxOnly) {
    checkBuilders(written, findings);
    checkReferences(written, findings);
    checkMinimumVersion(written.minPackerVersion, findings);
  }
  return evaluateTemplate({ source, written, node: root }, inputs, lookups, findings);
}

function readSource(inputs: TemplateInputs, lookups: Lookups, findings: TemplateFindings): SourceText | undefined {
  if (inputs.path === "-") return { file: "-", text: inputs.stdin ?? "" };
  return readTextFile(inputs.path, lookups, findings);
}

/** A parsed template and its source. */
interface WrittenTemplate {
  readonly source: SourceText;
  readonly written: JsonTemplate;
  readonly node: OptionNode;
}

function evaluateTemplate(
  { source, written, node }: WrittenTemplate,
  inputs: TemplateInputs,
  outerLookups: Lookups,
  findings: TemplateFindings,
): LoadedTemplate {
  const { lookups, pending } = recordPending(outerLookups);
  const secrets = new Set<string>();
  const addSecrets = (parts: readonly string[]) => {
    for (const part of parts) secrets.add(part);
  };
  const given = readGivenVariables(inputs, lookups, findings);
  const sources = [source, ...given.sources];
  const locate = jsonLocator(sources);
  const root = inputs.path === "-" ? lookups.cwd : directoryOf(lookups.cwd, inputs.path);
  const templateDir = inputs.path === "-" ? undefined : root;
  const common = { lookups, templateDir, onSecret: (value: string) => void secrets.add(value) };
  const budget = createBudget(lookups.elapsed);
  const textEnvironment = (functions: TextEnvironment["functions"]): TextEnvironment => ({
    language: "json",
    functions,
    fields: undefined,
    locate,
    onDerived: (text) => addSecrets(derivedParts(text)),
    budget,
  });

  const variables = inputs.syntaxOnly
    ? variablesAsWritten(written, given)
    : resolveVariables(
        {
          declared: written.variables,
          sensitive: written.sensitive.map(({ value }) => value),
          given: given.values,
        },
        ({ values, secret }) =>
          textEnvironment(
            packerFunctions({
              ...{ ...common, scope: "variables", variables: values, secretVariables: secret },
              ...{ build: undefined, data: undefined },
            }),
          ),
        findings,
      );
  for (const { value } of written.sensitive) addSecrets(secretParts(variables.values.get(value) ?? ""));
  const known = { variables: variables.values, secretVariables: variables.secret };
  const buildEnvironment: BuildEnvironment = (build, data) => ({
    ...textEnvironment(packerFunctions({ ...common, scope: "options", ...known, build, data })),
    fields: data ?? {},
    budget: data ? budget.fresh() : budget,
  });
  const builds = makeBuilds(written, inputs, buildEnvironment, findings);
  if (variables.secret.size > 0)
    for (const { name, builder } of builds)
      findDerivedSecrets(node, {
        ...buildEnvironment({ name, type: builder.type }, undefined),
        budget: budget.fresh(),
      });
  const template: Template = {
    language: "json",
    path: inputs.path,
    root,
    description: written.description,
    variables: describeVariables(written, given, variables.values),
    locals: [],
    dataSources: [],
    builds,
    sources,
    requiredPlugins: [],
    outline: outlineOf(written),
  };
  return {
    template,
    diagnostics: findings.diagnostics,
    secrets: [...secrets],
    sources,
    used: budget.used,
    pending: pending(),
  };
}

function outlineOf({ builders, provisioners }: JsonTemplate): JsonOutline {
  const named = builders.map(({ name, type }) => ({ name: name.value, type: type.value }));
  return {
    language: "json",
    builders: named.sort((a, b) => (a.name < b.name ? -1 : 1)),
    provisioners: provisioners.map(({ type }) => type.value),
  };
}

/** Returns the variables as written, for `validate -syntax-only`. */
function variablesAsWritten(written: JsonTemplate, given: GivenVariables): ResolvedVariables {
  const defaults = written.variables.map((variable) => [variable.name, variable.default?.value ?? ""] as const);
  return {
    values: new Map([...defaults, ...[...given.values].map(([name, node]) => [name, node.value] as const)]),
    secret: new Set(),
  };
}

function describeVariables(
  written: JsonTemplate,
  given: GivenVariables,
  values: ReadonlyMap<string, string>,
): readonly VariableInfo[] {
  const sensitive = new Set(written.sensitive.map(({ value }) => value));
  const declared = written.variables.map(({ name, range, default: text }) => ({ name, range, text: text?.value }));
  const known = new Set(declared.map(({ name }) => name));
  const extra = [...given.values]
    .filter(([name]) => !known.has(name))
    .map(([name, { range }]) => ({ name, range, text: undefined }));
  return [...declared, ...extra].map(({ name, range, text }) => ({
    name,
    type: "string",
    description: undefined,
    defaultText: text,
    valueText: values.get(name),
    sensitive: sensitive.has(name),
    range,
  }));
}
