import type { Diagnostic } from "../core/diagnostics.js";
import type { BuildData } from "../core/late.js";
import type { Range, SourceText } from "../core/source.js";
import type { DecodeContext } from "../options/context.js";
import type { ObjectNode } from "../options/node.js";
import type { BudgetUse } from "./budget.js";
import type { LookupRequest } from "./lookups.js";
import type { RequiredPlugin } from "./plugins.js";

/**
 * A template with its variables resolved, as both languages return it.
 * Options are value trees with places; `plan/` decodes them by the schemas of the builders, provisioners and post-processors.
 */
export interface Template {
  readonly language: "json" | "hcl2";
  /** The path as the user gave it: a file, a directory, or `-`. */
  readonly path: string;
  /** Absolute directory of the template: `{{template_dir}}`, `path.root`. */
  readonly root: string;
  readonly description: string | undefined;
  /** In order of declaration. */
  readonly variables: readonly VariableInfo[];
  /** HCL2 locals, evaluated; for `inspect`. */
  readonly locals: readonly VariableInfo[];
  /** JSON: one per builder, sorted by name as Packer runs them; HCL2: one per build block and source. */
  readonly builds: readonly BuildTemplate[];
  /** HCL2 data sources with their evaluated arguments, whether they were read or not. */
  readonly dataSources: readonly PartTemplate[];
  /** The plugins of `required_plugins`, in order of declaration. JSON templates have none. */
  readonly requiredPlugins: readonly RequiredPlugin[];
  /** All files that were read, for excerpts. */
  readonly sources: readonly SourceText[];
  /** What `inspect` lists. */
  readonly outline: JsonOutline | HclOutline | undefined;
}

/** A JSON template as written: nothing is rendered or selected (Packer §7, `inspect`). */
export interface JsonOutline {
  readonly language: "json";
  /** Sorted by name. */
  readonly builders: readonly { readonly name: string; readonly type: string }[];
  /** Types in order of the template, duplicates included. */
  readonly provisioners: readonly string[];
}

/** The `build` blocks of an HCL2 template. Dynamic blocks are expanded; nothing is selected. */
export interface HclOutline {
  readonly language: "hcl2";
  readonly builds: readonly BuildOutline[];
}

/** A `build` block as `inspect` lists it. */
export interface BuildOutline {
  /** Empty when the block has no name. */
  readonly name: string;
  readonly description: string | undefined;
  /** `TYPE.NAME` of the sources, with the name from the block. */
  readonly sources: readonly string[];
  /** `TYPE` or `TYPE.NAME` in order. */
  readonly provisioners: readonly string[];
  /** `TYPE` or `TYPE.NAME` by pipeline. */
  readonly postProcessors: readonly (readonly string[])[];
}

/** A variable or local value as `inspect` lists it. */
export interface VariableInfo {
  readonly name: string;
  /** Type constraint as written; JSON variables are all `string`. */
  readonly type: string | undefined;
  readonly description: string | undefined;
  /** The default, formatted for display. Undefined when the variable is required. */
  readonly defaultText: string | undefined;
  /** The value, formatted for display. Undefined when unset or unknown. Sensitive values are NOT masked: the renderers mask them. */
  readonly valueText: string | undefined;
  readonly sensitive: boolean;
  readonly range: Range;
}

/** One build: a builder, its provisioners and its post-processor pipelines, after `only`, `except` and `override`. */
export interface BuildTemplate {
  /** Display name and target of `-only`/`-except`: JSON builder name (rendered); HCL2 `[BUILD.]TYPE.NAME`. */
  readonly name: string;
  /** `PACKER_BUILD_NAME`, `{{build_name}}`, manifest name: HCL2 only the source's NAME. */
  readonly shortName: string;
  /** `source.name`. HCL2: the name from the build block, or the source's own name. JSON: the builder's name. */
  readonly sourceName: string;
  readonly builder: PartTemplate;
  readonly provisioners: readonly PartTemplate[];
  readonly errorCleanup: PartTemplate | undefined;
  /** Pipelines in order. */
  readonly postProcessors: readonly (readonly PostProcessorTemplate[])[];
  /**
   * Returns how text in this build's options is rendered. `data` is undefined at plan time: `build.X` is a placeholder then, for
   * the keys that the builder announces.
   */
  decodeContext(data: BuildData | undefined, announced?: readonly string[]): DecodeContext;
}

/** A builder, provisioner or post-processor as written. */
export interface PartTemplate {
  readonly type: string;
  readonly typeRange: Range;
  readonly range: Range;
  /**
   * Returns the options without `type`, `name`, `only`, `except` and `override`. They still include `pause_before`,
   * `max_retries`, `timeout` and `continue_on_error`. Evaluated for each `data` (HCL2 `build.X`).
   */
  options(data: BuildData | undefined): EvaluatedOptions;
}

/** A post-processor as written, with its settings in the pipeline. */
export interface PostProcessorTemplate extends PartTemplate {
  /** `name`, or the type where there is no name: target of `-except`. */
  readonly name: string;
  readonly keepInputArtifact: boolean | undefined;
}

/** Evaluated options, with the problems found. */
export interface EvaluatedOptions {
  readonly node: ObjectNode;
  readonly diagnostics: readonly Diagnostic[];
  /** Sensitive strings in the options, to be masked. */
  readonly secrets: readonly string[];
}

/** The user's settings in addition to the template. */
export interface TemplateInputs {
  /** Path of the template: a file, a directory, or `-` (then `stdin` holds the text). */
  readonly path: string;
  readonly stdin?: string | undefined;
  /** `-var key=value`, in order. */
  readonly variables: readonly { readonly name: string; readonly value: string }[];
  /** `-var-file` paths, in order. */
  readonly variableFiles: readonly string[];
  readonly only: readonly string[];
  readonly except: readonly string[];
  /** `-config-type`. */
  readonly configType?: "json" | "hcl2" | undefined;
  /** Check the syntax only (`validate -syntax-only`): variables may be missing. */
  readonly syntaxOnly?: boolean | undefined;
  /** `-warn-on-undeclared-var` (build) or the default of validate. */
  readonly warnOnUndeclaredVariables?: boolean | undefined;
}

/** The result of reading a template. `template` is undefined when it cannot be parsed. */
export interface LoadedTemplate {
  readonly template: Template | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** Values of sensitive variables and secret functions, to be masked before anything is printed. */
  readonly secrets: readonly string[];
  /** Files read so far, for excerpts in diagnostics. Set when `template` is undefined too. */
  readonly sources: readonly SourceText[];
  /** Returns what the evaluation used of its budget so far: the options of a plan are evaluated later. */
  used(): BudgetUse;
  /** Pending lookups: when not empty, resolve them and load again. */
  readonly pending: readonly LookupRequest[];
}
