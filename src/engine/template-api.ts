import type { Diagnostic } from "../core/diagnostics.js";
import type { SourceText } from "../core/source.js";
import type { BuiltInPlugin, PluginRequirements } from "../plan/components.js";
import type { BakePlan } from "../plan/plan.js";
import type { PolicyDocument } from "../policy/document.js";
import type { ConsoleResult } from "../template/hcl/console.js";
import type { UpgradedTemplate } from "../template/hcl/upgrade/upgrade.js";
import type { FixedTemplate } from "../template/json/fix/fix.js";
import type { LookupRequest } from "../template/lookups.js";
import type { Template } from "../template/template.js";
import type { PolicyOptions } from "./policy.js";
import type { PolicyPrint, PrintedPolicy } from "./print-policy.js";
import type { BakeRequest } from "./request.js";

/** How completely a template is read. */
export interface PrepareMode {
  /**
   * `syntax`: only the text; `validate`: everything except data sources; `validate-data`: data sources too; `inspect`: only what needs
   * no values; `build`: everything, and a template without builds is an error; `preview`: as `build`, but a data source that cannot be read
   * without credentials or permissions is no error; `policy`: as `validate`, but programs that builds run on this host may be missing.
   */
  readonly purpose: "syntax" | "validate" | "validate-data" | "inspect" | "build" | "preview" | "policy";
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
  /** The data sources and secrets that the template needs, read or not. */
  readonly lookups?: readonly LookupRequest[] | undefined;
  /** For `preview`: what could not be read; undefined if everything was. */
  readonly unread?: UnreadLookups | undefined;
}

/** Data sources and secrets that could not be read for a preview. */
export interface UnreadLookups {
  /** Which, and why, as sentences without a final period. */
  readonly reasons: readonly string[];
  /** The names of the builds that depend on them. */
  readonly builds: readonly string[];
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

/** A job of `strategy.matrix`. */
export interface MatrixJob {
  /** The name of the job: the name of the image, with the name of the build if there is one job per build. */
  readonly name: string;
  readonly template: string;
  /** For the input `image`: the default name of the template, unique in the matrix. */
  readonly image: string;
  /** For the input `only`, separated by commas: empty bakes all builds of the template. */
  readonly only: string;
}

/** The value of `strategy.matrix`. */
export interface Matrix {
  readonly include: readonly MatrixJob[];
}

/** The checkout of a job: its workspace, absolute, and its repository as `owner/name`. */
export interface JobCheckout {
  readonly workspace: string;
  readonly repository: string | undefined;
}

/** Settings of a matrix. */
export interface MatrixRun {
  /** Directories and templates, relative to `cwd`. */
  readonly paths: readonly string[];
  readonly exclude: readonly string[];
  readonly perBuild: boolean;
  readonly cwd: string;
  /** The workspace of the job and the name of its repository; undefined on the command line. */
  readonly job: JobCheckout | undefined;
  readonly mask: Mask;
}

/** The matrix, or the errors in the templates. */
export interface MatrixOutcome {
  readonly matrix: Matrix | undefined;
  /** Messages about templates that are skipped, or read as separate files. */
  readonly notices: readonly string[];
  readonly errors: readonly Diagnostic[];
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
  /** Returns the least IAM policy of a bake. Calls no AWS API. */
  policy(plan: BakePlan, request: BakeRequest, options: PolicyOptions): Promise<PolicyDocument>;
  /** Returns the policy of a plan, or of a purpose without a template, as text. Throws a `BakeError`. Calls no AWS API. */
  printPolicy(plan: BakePlan | undefined, request: BakeRequest, print: PolicyPrint): Promise<PrintedPolicy>;
  /** Converts a JSON template to HCL2. */
  upgrade(source: SourceText): Promise<UpgradedTemplate>;
  /** Replaces old options of a JSON template. With `validate`, the sections of the fixed template are checked. */
  fix(source: SourceText, validate: boolean): Promise<FixedText>;
  /** Formats HCL2 text. */
  format(source: SourceText): Promise<FormattedTemplate>;
  /** Returns the HCL2 files at a path, optionally with those in subdirectories. Throws a `BakeError` when the path cannot be read. */
  filesToFormat(path: string, cwd: string, recursive: boolean): Promise<readonly string[]>;
  /** Finds and reads templates, and makes a job of each. Throws a `BakeError` when a path does not exist. */
  matrix(run: MatrixRun): Promise<MatrixOutcome>;
  /** Evaluates one HCL2 expression in a template; the empty path is no template. */
  evaluate(expression: string, request: BakeRequest, mask: Mask): Promise<ConsoleResult>;
}
