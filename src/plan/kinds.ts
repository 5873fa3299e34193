import type { DeriveFacts, ProvisionerFacts } from "../core/facts.js";
import type { RunBuilder, RunPostProcessor, RunProvisioner } from "../core/parts.js";
import type { Schema } from "../options/schema.js";

/**
 * Entries of the catalog: every builder, provisioner and post-processor by name, its options statically, its `run` behind a
 * literal `import()`. `Options` is existential here: an entry is made by `builder()`, `provisioner()`, `postProcessor()`.
 */
export interface BuilderKind {
  readonly part: "builder";
  readonly type: string;
  readonly schema: Schema<unknown>;
  /** Keys of `build.X` and `{{build "X"}}` that the builder announces (Packer §1.11). */
  readonly generatedData: readonly string[];
  /** Whether its builds make AMIs, whatever the options. */
  readonly makesImages: boolean;
  /** What other rooms know of a build of this kind, derived from its options. */
  readonly facts: DeriveFacts<unknown>;
  load(): Promise<{ readonly run: RunBuilder<unknown> }>;
}

export interface ProvisionerKind {
  readonly part: "provisioner";
  readonly type: string;
  readonly schema: Schema<unknown>;
  /** Where it runs, and what it can leave in the image. */
  readonly facts: ProvisionerFacts<unknown>;
  load(): Promise<{ readonly run: RunProvisioner<unknown> }>;
}

export interface PostProcessorKind {
  readonly part: "post-processor";
  readonly type: string;
  readonly schema: Schema<unknown>;
  load(): Promise<{ readonly run: RunPostProcessor<unknown> }>;
}

/** A data source: its arguments are known here, `engine/` decides how it is read. */
export interface DataSourceKind {
  readonly part: "data-source";
  readonly type: string;
  readonly schema: Schema<unknown>;
}

/** A type that is known by name and not built here: other vendors' builders and plugins, WinRM-only provisioners. */
export interface RefusedKind {
  readonly part: "builder" | "provisioner" | "post-processor" | "data-source";
  readonly type: string;
  /** Why, and what to do instead. */
  readonly reason: string;
  /** Whether it is a builder of AMIs. */
  readonly makesImages: boolean;
}

/** All kinds by type. Handed to `plan/` and `bake/` by `engine/`. */
export interface Catalog {
  readonly builders: ReadonlyMap<string, BuilderKind>;
  readonly provisioners: ReadonlyMap<string, ProvisionerKind>;
  readonly postProcessors: ReadonlyMap<string, PostProcessorKind>;
  readonly dataSources: ReadonlyMap<string, DataSourceKind>;
  readonly refused: readonly RefusedKind[];
}

/** Binds a builder's schema, facts and run together: the only place where their option type is known. */
export function builder<O>(kind: {
  readonly type: string;
  readonly schema: Schema<O>;
  readonly generatedData: readonly string[];
  readonly makesImages: boolean;
  readonly facts: DeriveFacts<O>;
  load(): Promise<{ readonly run: RunBuilder<O> }>;
}): BuilderKind {
  return { part: "builder", ...kind } as BuilderKind;
}

/** Likewise for a provisioner. */
export function provisioner<O>(kind: {
  readonly type: string;
  readonly schema: Schema<O>;
  readonly facts: ProvisionerFacts<O>;
  load(): Promise<{ readonly run: RunProvisioner<O> }>;
}): ProvisionerKind {
  return { part: "provisioner", ...kind } as ProvisionerKind;
}

/** Likewise for a post-processor. */
export function postProcessor<O>(kind: {
  readonly type: string;
  readonly schema: Schema<O>;
  load(): Promise<{ readonly run: RunPostProcessor<O> }>;
}): PostProcessorKind {
  return { part: "post-processor", ...kind } as PostProcessorKind;
}

/** Likewise for a data source. */
export function dataSource<O>(kind: { readonly type: string; readonly schema: Schema<O> }): DataSourceKind {
  return { part: "data-source", ...kind } as DataSourceKind;
}
