import type { Diagnostic } from "../core/diagnostics.js";
import type { SourceText } from "../core/source.js";
import type { BuiltInPlugin, PluginRequirements } from "../plan/components.js";
import type { BakePlan } from "../plan/plan.js";
import type { ConsoleResult } from "../template/hcl/console.js";
import type { UpgradedTemplate } from "../template/hcl/upgrade/upgrade.js";
import type { FixedTemplate } from "../template/json/fix/fix.js";
import type { Template } from "../template/template.js";
import type { BakeRequest } from "./request.js";

/** How completely a template is read. */
export interface PrepareMode {
  /**
   * `syntax`: only the text; `validate`: everything except data sources; `validate-data`: data sources too; `inspect`: only what needs
   * no values; `build`: everything, and a template without builds is an error.
   */
  readonly purpose: "syntax" | "validate" | "validate-data" | "inspect" | "build";
  readonly mask: Mask;
}

/** Masks a secret in all further output. The engine calls it before it returns anything that can contain the secret. */
export type Mask = (secret: string) => void;

/** A template, and its plan if there are no errors. */
export interface PreparedTemplate {
  readonly template: Template | undefined;
  readonly plan: BakePlan | undefined;
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: readonly SourceText[];
}

/** The fixed text of a JSON template, and the errors in it; undefined if the template cannot be fixed. */
export interface FixedText extends FixedTemplate {
  /** The texts that the diagnostics refer to. */
  readonly sources: readonly SourceText[];
}

/** Formatted HCL2 text; undefined if the text cannot be parsed. */
export interface FormattedTemplate {
  readonly text: string | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** The plugins that a template requires and the components that it uses; undefined if the template cannot be read. */
export interface RequiredComponents {
  readonly requirements: PluginRequirements | undefined;
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: readonly SourceText[];
}

/** The use cases that read templates and run nothing. */
export interface TemplateEngine {
  /** Reads a template and makes its plan. Returns errors of the template as diagnostics. */
  prepare(request: BakeRequest, mode: PrepareMode): Promise<PreparedTemplate>;
  /** Reads which plugins and components a template needs. Variables can be unset, and no data source is read. */
  requiredComponents(request: BakeRequest, mask: Mask): Promise<RequiredComponents>;
  /** Returns the components that are built in, by the source address of Packer's plugin. Packer's own have the address `packer`. */
  builtInComponents(): Promise<readonly BuiltInPlugin[]>;
  /** Converts a JSON template to HCL2. */
  upgrade(source: SourceText): Promise<UpgradedTemplate>;
  /** Replaces old options of a JSON template. With `validate`, the sections of the fixed template are checked. */
  fix(source: SourceText, validate: boolean): Promise<FixedText>;
  /** Formats HCL2 text. */
  format(source: SourceText): Promise<FormattedTemplate>;
  /** Returns the HCL2 files at a path, optionally with those in subdirectories. Throws a `BakeError` when the path cannot be read. */
  filesToFormat(path: string, cwd: string, recursive: boolean): Promise<readonly string[]>;
  /** Evaluates one HCL2 expression in a template; the empty path is no template. */
  evaluate(expression: string, request: BakeRequest, mask: Mask): Promise<ConsoleResult>;
}
