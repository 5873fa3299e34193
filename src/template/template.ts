import type { Diagnostic } from "../core/diagnostics.js";
import type { BuildData } from "../core/late.js";
import type { Range, SourceText } from "../core/source.js";
import type { DecodeContext } from "../options/context.js";
import type { ObjectNode } from "../options/node.js";
import type { LookupRequest } from "./lookups.js";

/**
 * A template with its variables filled in: what both languages give and what everything after them shares.
 * Options are value trees with places; they are decoded by the schemas of the kinds in `plan/`.
 */
export interface Template {
  readonly language: "json" | "hcl2";
  /** The path as the user gave it: a file, a folder, or `-`. */
  readonly path: string;
  /** Absolute folder of the template: `{{template_dir}}`, `path.root`. */
  readonly root: string;
  readonly description: string | undefined;
  /** In order of declaration. */
  readonly variables: readonly VariableInfo[];
  /** HCL2 locals, evaluated; for `inspect`. */
  readonly locals: readonly VariableInfo[];
  /** JSON: one per builder, sorted by name as Packer runs them; HCL2: one per build block and source. */
  readonly builds: readonly BuildTemplate[];
  /** HCL2 data sources with their arguments evaluated, read or not. */
  readonly dataSources: readonly PartTemplate[];
  /** Every file read, for excerpts. */
  readonly sources: readonly SourceText[];
  /** What `inspect` lists. */
  readonly outline: JsonOutline | HclOutline | undefined;
}

/** A JSON template as it is written: nothing rendered, nothing selected (Packer §7, `inspect`). */
export interface JsonOutline {
  readonly language: "json";
  /** Sorted by name. */
  readonly builders: readonly { readonly name: string; readonly type: string }[];
  /** Types in order, each as often as it stands there. */
  readonly provisioners: readonly string[];
}

/** The `build` blocks of an HCL2 template, dynamic blocks expanded, nothing selected. */
export interface HclOutline {
  readonly language: "hcl2";
  readonly builds: readonly BuildOutline[];
}

/** A `build` block as `inspect` lists it. */
export interface BuildOutline {
  /** Empty where the block has none. */
  readonly name: string;
  readonly description: string | undefined;
  /** `TYPE.NAME` of the sources, by the name that the block gives them. */
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
  /** The default as text for people; undefined when the variable is required. */
  readonly defaultText: string | undefined;
  /** The value as text for people; undefined when unset or unknown. Sensitive ones are NOT masked here: renderers do. */
  readonly valueText: string | undefined;
  readonly sensitive: boolean;
  readonly range: Range;
}

/** One build: a builder, its provisioners and its post-processor pipelines, `only`/`except`/`override` applied. */
export interface BuildTemplate {
  /** Display name and target of `-only`/`-except`: JSON builder name (rendered); HCL2 `[BUILD.]TYPE.NAME`. */
  readonly name: string;
  /** `PACKER_BUILD_NAME`, `{{build_name}}`, manifest name: HCL2 only the source's NAME. */
  readonly shortName: string;
  /** `source.name`: HCL2 the name that the build gives to its source, or the source's own; JSON the builder's name. */
  readonly sourceName: string;
  readonly builder: PartTemplate;
  readonly provisioners: readonly PartTemplate[];
  readonly errorCleanup: PartTemplate | undefined;
  /** Pipelines in order. */
  readonly postProcessors: readonly (readonly PostProcessorTemplate[])[];
  /**
   * How text in this build's options is rendered; `data` undefined at plan time (`build.X` is a placeholder then, for the
   * keys that the builder announces).
   */
  decodeContext(data: BuildData | undefined, announced?: readonly string[]): DecodeContext;
}

/** A builder, provisioner or post-processor as written. */
export interface PartTemplate {
  readonly type: string;
  readonly typeRange: Range;
  readonly range: Range;
  /**
   * The options without `type`, `name`, `only`, `except`, `override`; `pause_before`, `max_retries`, `timeout` and
   * `continue_on_error` are still in. Evaluated again for each `data` (HCL2 `build.X`).
   */
  options(data: BuildData | undefined): EvaluatedOptions;
}

/** A post-processor as written, with what its pipeline needs to know. */
export interface PostProcessorTemplate extends PartTemplate {
  /** `name`, or the type: target of `-except`. */
  readonly name: string;
  readonly keepInputArtifact: boolean | undefined;
}

/** Options evaluated once, with what that found. */
export interface EvaluatedOptions {
  readonly node: ObjectNode;
  readonly diagnostics: readonly Diagnostic[];
  /** Sensitive leaf strings that went into the options: to be masked. */
  readonly secrets: readonly string[];
}

/** What the user gave in addition to the template. */
export interface TemplateInputs {
  /** Path of the template: a file, a folder, or `-` (then `stdin` holds the text). */
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
  /** Stop after syntax (`validate -syntax-only`): variables may be missing. */
  readonly syntaxOnly?: boolean | undefined;
  /** `-warn-on-undeclared-var` (build) or the default of validate. */
  readonly warnOnUndeclaredVariables?: boolean | undefined;
}

/** What reading a template gives. `template` is undefined when it cannot be understood at all. */
export interface LoadedTemplate {
  readonly template: Template | undefined;
  readonly diagnostics: readonly Diagnostic[];
  /** Values of sensitive variables and secret functions: to be masked before anything is printed. */
  readonly secrets: readonly string[];
  /** Every file read so far, for excerpts in diagnostics also when `template` is undefined. */
  readonly sources: readonly SourceText[];
  /** Lookups that were pending: when not empty, answer them and load again. */
  readonly pending: readonly LookupRequest[];
}
