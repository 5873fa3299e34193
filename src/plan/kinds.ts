import type { DeriveFacts, ProvisionerFacts } from "../core/facts.js";
import type { PreflightBuild, RunBuilder, RunPostProcessor, RunProvisioner } from "../core/parts.js";
import type { DerivePartPermissions, DerivePermissions } from "../core/permissions.js";
import type { PreviewBuild } from "../core/preview.js";
import type { Schema } from "../options/schema.js";

/**
 * Entries of the catalog: builders, provisioners, post-processors and data sources. Options are loaded statically, `run` by a literal
 * `import()`. The type of the options is hidden: create an entry with `builder()`, `provisioner()` or `postProcessor()`.
 */
export interface BuilderKind {
  readonly part: "builder";
  readonly type: string;
  readonly schema: Schema<unknown>;
  /** Keys of `build.X` and `{{build "X"}}` that the builder provides (Packer §1.11). */
  readonly generatedData: readonly string[];
  /** Whether its builds create AMIs, regardless of their options. */
  readonly makesImages: boolean;
  /** Derives from the options what other modules know about a build of this kind. */
  readonly facts: DeriveFacts<unknown>;
  /** Loads what derives the statements of the IAM policy; undefined for a kind that calls no AWS API. */
  permissions?(): Promise<DerivePermissions<unknown>>;
  load(): Promise<{ readonly run: RunBuilder<unknown> }>;
  /** Loads the preview of its builds; undefined for a kind that always runs its builds, and compares nothing. */
  readonly loadPreview: (() => Promise<{ readonly preview: PreviewBuild<unknown> }>) | undefined;
  /** Loads what finds problems in the account; undefined for a kind that uses none. */
  loadPreflight?(): Promise<{ readonly preflightBuild: PreflightBuild<unknown> }>;
}

export interface ProvisionerKind {
  readonly part: "provisioner";
  readonly type: string;
  readonly schema: Schema<unknown>;
  /** Where it runs, and whether it can change the image. */
  readonly facts: ProvisionerFacts<unknown>;
  load(): Promise<{ readonly run: RunProvisioner<unknown> }>;
}

export interface PostProcessorKind {
  readonly part: "post-processor";
  readonly type: string;
  readonly schema: Schema<unknown>;
  /** As `permissions` of a builder. */
  permissions?(): Promise<DerivePartPermissions<unknown>>;
  load(): Promise<{ readonly run: RunPostProcessor<unknown> }>;
}

/** A data source: this is its arguments; `engine/` reads it. */
export interface DataSourceKind {
  readonly part: "data-source";
  readonly type: string;
  readonly schema: Schema<unknown>;
}

/** A known type that bake-ami does not support: other vendors' builders and plugins. */
export interface RefusedKind {
  readonly part: "builder" | "provisioner" | "post-processor" | "data-source";
  readonly type: string;
  /** Why, and what to do instead. */
  readonly reason: string;
  /** Whether it is a builder that creates AMIs. */
  readonly makesImages: boolean;
}

/** All kinds by type. `engine/` passes it to `plan/` and `bake/`. */
export interface Catalog {
  readonly builders: ReadonlyMap<string, BuilderKind>;
  readonly provisioners: ReadonlyMap<string, ProvisionerKind>;
  readonly postProcessors: ReadonlyMap<string, PostProcessorKind>;
  readonly dataSources: ReadonlyMap<string, DataSourceKind>;
  readonly refused: readonly RefusedKind[];
}

/** Returns the catalog entry of a builder. Checks that schema, facts and run have the same options type. */
export function builder<O>(kind: {
  readonly type: string;
  readonly schema: Schema<O>;
  readonly generatedData: readonly string[];
  readonly makesImages: boolean;
  readonly facts: DeriveFacts<O>;
  permissions?(): Promise<DerivePermissions<O>>;
  load(): Promise<{ readonly run: RunBuilder<O> }>;
  readonly loadPreview: (() => Promise<{ readonly preview: PreviewBuild<O> }>) | undefined;
  loadPreflight?(): Promise<{ readonly preflightBuild: PreflightBuild<O> }>;
}): BuilderKind {
  return { part: "builder", ...kind } as BuilderKind;
}

/** Returns the catalog entry of a provisioner. */
export function provisioner<O>(kind: {
  readonly type: string;
  readonly schema: Schema<O>;
  readonly facts: ProvisionerFacts<O>;
  load(): Promise<{ readonly run: RunProvisioner<O> }>;
}): ProvisionerKind {
  return { part: "provisioner", ...kind } as ProvisionerKind;
}

/** Returns the catalog entry of a post-processor. */
export function postProcessor<O>(kind: {
  readonly type: string;
  readonly schema: Schema<O>;
  permissions?(): Promise<DerivePartPermissions<O>>;
  load(): Promise<{ readonly run: RunPostProcessor<O> }>;
}): PostProcessorKind {
  return { part: "post-processor", ...kind } as PostProcessorKind;
}

/** Returns the catalog entry of a data source. */
export function dataSource<O>(kind: { readonly type: string; readonly schema: Schema<O> }): DataSourceKind {
  return { part: "data-source", ...kind } as DataSourceKind;
}
