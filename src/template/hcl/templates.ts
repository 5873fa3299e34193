import type { Diagnostic } from "../../core/diagnostics.js";
import type { BuildData } from "../../core/late.js";
import type { ObjectNode, OptionEntry } from "../../options/node.js";
import { announcedData, makeDecodeContext } from "../go-template/engine.js";
import { packerFunctions } from "../go-template/functions.js";
import type { BuildTemplate, EvaluatedOptions, PartTemplate, PostProcessorTemplate } from "../template.js";
import type { Value } from "../values/value.js";
import { buildObject, sourceObject } from "./build-names.js";
import type { Build, SourceUse } from "./builds.js";
import { childScope, evaluate, type Scope } from "./evaluate/scope.js";
import { optionNode, readOptions } from "./options.js";
import { type PartBlock, type PostProcessorBlock, type ProvisionerBlock, runsFor } from "./parts.js";
import { fullScope, type TemplateReading } from "./reading.js";

/** The data that all parts of one build share. */
interface Context {
  readonly reading: TemplateReading;
  readonly build: Build;
  readonly use: SourceUse;
  /** `var`, `local`, `data`, `path`, `packer`. */
  readonly names: ReadonlyMap<string, Value>;
  /** True when `-except` excludes the post-processor. */
  readonly excepted: (name: string) => boolean;
}

/** Returns the display name of a build, which `-only` and `-except` match (Packer §2.4). */
export function displayName(build: Build, use: SourceUse): string {
  const own = `${use.source.type}.${use.name}`;
  return build.name === "" ? own : `${build.name}.${own}`;
}

/** Returns the template of one source of one build, with `only`, `except` and `override` applied. */
export function buildTemplate(context: Context): BuildTemplate {
  const { build, use, reading } = context;
  const own = `${use.source.type}.${use.name}`;
  const runs = (part: PartBlock) => runsFor(part.runs, own);
  const shortName = use.source.name;
  const { provisioners, errorCleanup, pipelines } = build.partsFor(use);
  return {
    name: displayName(build, use),
    shortName,
    sourceName: use.name,
    builder: builderTemplate(context),
    provisioners: provisioners.filter(runs).map((part) => provisionerTemplate(part, context)),
    errorCleanup: errorCleanup && runs(errorCleanup) ? provisionerTemplate(errorCleanup, context) : undefined,
    postProcessors: pipelines
      .map((pipeline) => pipelineTemplate(pipeline.filter(runs), context))
      .filter((p) => p.length > 0),
    decodeContext: (data, announced) =>
      makeDecodeContext({
        language: "hcl2",
        locate: undefined,
        onDerived: undefined,
        fields: data,
        budget: data ? reading.budget.fresh() : reading.budget,
        functions: packerFunctions({
          scope: "options",
          lookups: reading.lookups,
          variables: undefined,
          secretVariables: undefined,
          build: { name: shortName, type: use.source.type },
          data: data ?? announcedData(announced),
          templateDir: undefined,
          onSecret: undefined,
        }),
      }),
  };
}

/** A post-processor that `-except` names ends its pipeline, as in Packer. */
function pipelineTemplate(pipeline: readonly PostProcessorBlock[], context: Context): readonly PostProcessorTemplate[] {
  const end = pipeline.findIndex(({ name }) => context.excepted(name));
  const kept = end === -1 ? pipeline : pipeline.slice(0, end);
  return kept.map((part) => ({
    ...partTemplate(part, context),
    name: part.name,
    keepInputArtifact: part.keepInputArtifact,
  }));
}

function builderTemplate({ reading, use, names }: Context): PartTemplate {
  const { source } = use;
  const options = (data: BuildData | undefined): EvaluatedOptions => {
    const all = new Map([...names, ["source", sourceObject(source.type, use.name)] as const]);
    return evaluateOptions(reading, { names: all, data }, (scope, secrets) => {
      const node = readOptions(source.body, scope, secrets);
      return use.extra
        ? mergeOptions(node, readOptions(use.extra, childScope(scope, use.iterators), secrets), scope.diagnostics)
        : node;
    });
  };
  return { type: source.type, typeRange: source.typeRange, range: source.range, options };
}

/**
 * Merges the options of a source with the options that a build adds. Blocks are appended. An argument that both set is an
 * error, and the value of the source is kept.
 */
function mergeOptions(base: ObjectNode, extra: ObjectNode, diagnostics: Diagnostic[]): ObjectNode {
  const added = extra.entries.filter((entry) => {
    const first = base.entries.find((other) => other.key === entry.key && other.form !== "block");
    if (!first || entry.form === "block") return true;
    diagnostics.push({
      severity: "error",
      code: "duplicate-option",
      summary: `The source already sets "${entry.key}"`,
      hint: "Remove it from the build, or use a variable or source.name. A build can add options to a source, not change them.",
      range: entry.keyRange,
      related: { text: "First set here", range: first.keyRange },
    });
    return false;
  });
  return { ...base, entries: [...base.entries, ...added] };
}

function partTemplate(part: PartBlock, context: Context): PartTemplate {
  const options = (data: BuildData | undefined) =>
    evaluateOptions(context.reading, { names: partVariables(context, data), data }, (scope, secrets) =>
      readOptions(part.body, childScope(scope, part.iterators), secrets),
    );
  return { type: part.type, typeRange: part.typeRange, range: part.range, options };
}

function provisionerTemplate(part: ProvisionerBlock, context: Context): PartTemplate {
  const options = (data: BuildData | undefined) =>
    evaluateOptions(context.reading, { names: partVariables(context, data), data }, (outer, secrets) => {
      const scope = childScope(outer, part.iterators);
      const node = readOptions(part.body, scope, secrets);
      const override = readOverride(part, context.use.name, scope);
      const overridden = new Set(override.map((entry) => entry.key));
      return { ...node, entries: [...node.entries.filter((entry) => !overridden.has(entry.key)), ...override] };
    });
  return { type: part.type, typeRange: part.typeRange, range: part.range, options };
}

/** Returns the options that `override` sets for the source with this name. */
function readOverride(part: ProvisionerBlock, name: string, scope: Scope): readonly OptionEntry[] {
  if (!part.override) return [];
  const { expression } = part.override;
  const wrong = (what: string) => {
    scope.diagnostics.push({
      severity: "error",
      code: "wrong-override",
      summary: `${what} must be an object`,
      hint: 'Write override = { "SOURCE NAME" = { option = value } }.',
      range: expression.range,
    });
    return [];
  };
  const node = optionNode(evaluate(expression, scope), expression);
  if (node.kind === "unknown" || node.kind === "null") return [];
  if (node.kind !== "object") return wrong('"override"');
  const own = node.entries.find((entry) => entry.key === name)?.value;
  if (!own) return [];
  return own.kind === "object" ? own.entries : wrong(`"override" of "${name}"`);
}

function partVariables({ names, use, build }: Context, data: BuildData | undefined): ReadonlyMap<string, Value> {
  return new Map([
    ...names,
    ["source", sourceObject(use.source.type, use.name)],
    ["build", buildObject(build.name, use.source.type, data)],
  ]);
}

/**
 * Reads options with separate diagnostics and secrets, so that they can be read again with other data. All parts of a plan share the
 * budget of the template. A part that runs has its own.
 */
function evaluateOptions(
  reading: TemplateReading,
  { names, data }: { readonly names: ReadonlyMap<string, Value>; readonly data: BuildData | undefined },
  readNode: (scope: Scope, secrets: Set<string>) => ObjectNode,
): EvaluatedOptions {
  const diagnostics: Diagnostic[] = [];
  const secrets = new Set<string>();
  const budget = data ? reading.budget.fresh() : reading.budget;
  const node = budget.run(() => readNode(fullScope(reading, names, { diagnostics, budget, secrets }), secrets));
  return { node, diagnostics, secrets: [...secrets] };
}
