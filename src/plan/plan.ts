import type { Diagnostic } from "../core/diagnostics.js";
import type { BuildFacts } from "../core/facts.js";
import type { BuildData } from "../core/late.js";
import type { BuildIdentity } from "../core/parts.js";
import type { Range, SourceText } from "../core/source.js";
import type { Lookups } from "../template/lookups.js";
import type { BuilderKind, PostProcessorKind, ProvisionerKind } from "./kinds.js";

/** Everything that a bake will do. Immutable. */
export interface BakePlan {
  readonly language: "json" | "hcl2";
  readonly path: string;
  /** Absolute path of the template's directory. */
  readonly root: string;
  /** The selected builds in start order (sorted by name in JSON mode). */
  readonly builds: readonly BuildPlan[];
  /** Values to mask. */
  readonly secrets: readonly string[];
  readonly sources: readonly SourceText[];
  /** Input variables, for the pull-request comment, the list of changes and `inspect`; sensitive ones without their value. */
  readonly variables: readonly { readonly name: string; readonly value: string | undefined }[];
  /** Plans the template again with another time and other random values; returns undefined where that fails. */
  planAgain(changed: Partial<Lookups>): Promise<BakePlan | undefined>;
}

/** A build that can run, or one that cannot while the others can. */
export type BuildPlan = ReadyBuild | RefusedBuild;

export interface ReadyBuild {
  readonly state: "ready";
  readonly identity: BuildIdentity;
  /** Whether its kind creates AMIs. */
  readonly makesImages: boolean;
  readonly kind: BuilderKind;
  readonly facts: BuildFacts;
  /** Decoded by the kind's schema. */
  readonly options: unknown;
  readonly range: Range;
  /** Returns the place of an option of the builder. */
  place(option: string): Range;
  readonly provisioners: readonly ProvisionerPlan[];
  readonly errorCleanup: ProvisionerPlan | undefined;
  readonly postProcessors: readonly (readonly PostProcessorPlan[])[];
}

export interface RefusedBuild {
  readonly state: "refused";
  readonly identity: BuildIdentity;
  readonly makesImages: boolean;
  readonly range: Range;
  /** Errors for what is not supported: an option, a provisioner, the builder. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Decoded options, or why they are invalid. */
export type Prepared<T> =
  | {
      readonly ok: true;
      readonly options: T;
      readonly warnings: readonly Diagnostic[];
      readonly secrets: readonly string[];
    }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

export interface ProvisionerPlan {
  readonly kind: ProvisionerKind;
  readonly range: Range;
  /** Generic options (Packer §1.6); durations in milliseconds. */
  readonly pauseBefore: number | undefined;
  readonly timeout: number | undefined;
  /** Number of retries after a failure. */
  readonly maxRetries: number;
  readonly continueOnError: boolean;
  /** Decodes the options again with build data (Packer §2.4 step 7); at plan time they are decoded with placeholders. */
  prepare(data: BuildData): Prepared<unknown>;
}

export interface PostProcessorPlan {
  readonly kind: PostProcessorKind;
  readonly name: string;
  readonly range: Range;
  readonly keepInputArtifact: boolean | undefined;
  prepare(data: BuildData): Prepared<unknown>;
}
