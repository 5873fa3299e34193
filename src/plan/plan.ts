import type { Diagnostic } from "../core/diagnostics.js";
import type { BuildFacts } from "../core/facts.js";
import type { BuildData } from "../core/late.js";
import type { BuildIdentity } from "../core/parts.js";
import type { Range, SourceText } from "../core/source.js";
import type { Lookups } from "../template/lookups.js";
import type { EvaluatedOptions } from "../template/template.js";
import type { BuilderKind, PostProcessorKind, ProvisionerKind } from "./kinds.js";

/** Everything a bake does, decided before it starts. Immutable. */
export interface BakePlan {
  readonly language: "json" | "hcl2";
  readonly path: string;
  /** Absolute folder of the template. */
  readonly root: string;
  /** The selected builds, in the order they start (sorted by name in JSON mode). */
  readonly builds: readonly BuildPlan[];
  /** Values to mask. */
  readonly secrets: readonly string[];
  readonly sources: readonly SourceText[];
  /** Variables as they went in, for the comment, the fingerprint's "what changed", `inspect`; sensitive ones without value. */
  readonly variables: readonly { readonly name: string; readonly value: string | undefined }[];
  /** Plans the template again under other clocks and random values; undefined where that gives no plan. */
  planAgain(changed: Partial<Lookups>): Promise<BakePlan | undefined>;
}

/** One build that can run, or one that is refused by name while the others go on. */
export type BuildPlan = ReadyBuild | RefusedBuild;

export interface ReadyBuild {
  readonly state: "ready";
  readonly identity: BuildIdentity;
  /** Whether its kind makes AMIs. */
  readonly makesImages: boolean;
  readonly kind: BuilderKind;
  readonly facts: BuildFacts;
  /** Decoded by the kind's schema. */
  readonly options: unknown;
  /** As evaluated, before they were decoded: what the template gives. */
  readonly evaluated: EvaluatedOptions;
  readonly range: Range;
  /** Place of an option of the builder. */
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
  /** Errors that name what is not supported (an option, a provisioner, the builder). */
  readonly diagnostics: readonly Diagnostic[];
}

/** Decoded options, or the complaints. */
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
  /** Generic keys (Packer §1.6), durations in milliseconds. */
  readonly pauseBefore: number | undefined;
  readonly timeout: number | undefined;
  /** Extra attempts. */
  readonly maxRetries: number;
  readonly continueOnError: boolean;
  /** Decodes the options again with the build's data (Packer §2.4 step 7); at plan time it was done once with placeholders. */
  prepare(data: BuildData): Prepared<unknown>;
}

export interface PostProcessorPlan {
  readonly kind: PostProcessorKind;
  readonly name: string;
  readonly range: Range;
  readonly keepInputArtifact: boolean | undefined;
  prepare(data: BuildData): Prepared<unknown>;
}
