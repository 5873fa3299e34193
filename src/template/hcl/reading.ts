import type { Diagnostic } from "../../core/diagnostics.js";
import type { SourceText } from "../../core/source.js";
import { type Budget, createBudget } from "../budget.js";
import type { FunctionDefinition } from "../functions/definition.js";
import { readUtf8File } from "../functions/filesystem.js";
import { defaultFunctions, templateFunctions } from "../functions/functions.js";
import { type LookupRequest, type Lookups, recordPending } from "../lookups.js";
import type { RequiredPlugin } from "../plugins.js";
import type { PartTemplate, TemplateInputs } from "../template.js";
import { derivedSecretsOf, secretsOf, type Value } from "../values/value.js";
import { evaluateExpression } from "./evaluate/evaluate.js";
import type { Scope } from "./evaluate/scope.js";

/** The state of one template load: its inputs, and the diagnostics and secrets found so far. */
export interface TemplateReading {
  readonly inputs: TemplateInputs;
  /** Records the requests that are pending. */
  readonly lookups: Lookups;
  /** The directory of the template, as the user wrote it: `path.root`. */
  readonly directory: string;
  /** The absolute path of the same directory. */
  readonly root: string;
  readonly functions: ReadonlyMap<string, FunctionDefinition>;
  /** Functions allowed in the defaults of variables. */
  readonly defaultFunctions: ReadonlyMap<string, FunctionDefinition>;
  readonly diagnostics: Diagnostic[];
  readonly budget: Budget;
  readonly secrets: Set<string>;
  /** Data sources with evaluated arguments. */
  readonly dataSources: PartTemplate[];
  readonly requiredPlugins: RequiredPlugin[];
  /** Every file read so far, for excerpts. */
  readonly sources: SourceText[];
  pending(): readonly LookupRequest[];
}

/** Returns the state at the start of a load. `directory` is its directory as the user wrote it, `root` its absolute path. */
export function createReading(
  inputs: TemplateInputs,
  given: Lookups,
  directory: string,
  root: string,
): TemplateReading {
  const { lookups, pending } = recordPending(given);
  const context = { lookups, root };
  return {
    inputs,
    lookups,
    directory,
    root,
    functions: templateFunctions(context),
    defaultFunctions: defaultFunctions(context),
    diagnostics: [],
    budget: createBudget(lookups.elapsed),
    secrets: new Set(),
    dataSources: [],
    requiredPlugins: [],
    sources: [],
    pending,
  };
}

/** Records an error in the template. */
export function reportError(
  reading: TemplateReading,
  code: string,
  summary: string,
  more: Pick<Diagnostic, "range" | "detail" | "hint"> = {},
): void {
  reading.diagnostics.push({ severity: "error", code, summary, ...more });
}

/** Adds the sensitive parts of a value to the secrets to mask; `isDerived` if it is computed from other values. */
export function addSecrets(reading: TemplateReading, value: Value, isDerived: boolean): void {
  for (const secret of isDerived ? derivedSecretsOf(value) : secretsOf(value)) reading.secrets.add(secret);
}

/** What an evaluation adds to. */
interface EvaluationRecords {
  readonly diagnostics: Diagnostic[];
  readonly budget: Budget;
  readonly secrets: Set<string>;
}

/**
 * Returns a scope with all functions. Errors are added to `diagnostics`, and to `secrets` the sensitive texts that are computed on the way: half
 * of a password in a command line is one, although only the whole command line is the value of an option.
 */
export function fullScope(
  reading: TemplateReading,
  variables: ReadonlyMap<string, Value>,
  { diagnostics, budget, secrets }: EvaluationRecords = reading,
): Scope {
  return {
    variables,
    parent: undefined,
    functions: reading.functions,
    specialCalls: true,
    templateFile: (path) => {
      const source = { file: path, text: readUtf8File({ lookups: reading.lookups, root: reading.root }, path) };
      if (!reading.sources.some(({ file }) => file === path)) reading.sources.push(source);
      return source;
    },
    unavailable: UNAVAILABLE,
    diagnostics,
    budget,
    evaluate: (expression, scope) => {
      const value = evaluateExpression(expression, scope);
      if (value.sensitive && "value" in value) {
        for (const secret of derivedSecretsOf(value)) if (!reading.secrets.has(secret)) secrets.add(secret);
      }
      return value;
    },
  };
}

/** Returns a scope without names, with `functions` or no functions. */
export function constantScope(reading: TemplateReading, functions?: ReadonlyMap<string, FunctionDefinition>): Scope {
  return {
    variables: new Map(),
    parent: undefined,
    functions,
    specialCalls: false,
    templateFile: undefined,
    unavailable: CONSTANTS_ONLY,
    diagnostics: reading.diagnostics,
    budget: reading.budget,
    evaluate: evaluateExpression,
  };
}

const UNAVAILABLE: ReadonlyMap<string, string> = new Map([
  ["build", "build.X is available only in provisioners and post-processors."],
  [
    "source",
    "source.type and source.name are available only in source blocks of the template, and in provisioners and post-processors.",
  ],
  ["each", "Packer has no for_each for blocks. In a dynamic block, the iterator has the name of the block."],
  ["self", 'Packer has no "self". In provisioners, use build.X.'],
]);

const CONSTANTS_ONLY: ReadonlyMap<string, string> = new Map(
  ["var", "local", "data", "path", "packer", "source", "build"].map((name) => [
    name,
    "Only constants can be used here: this argument is read before variables have values.",
  ]),
);
