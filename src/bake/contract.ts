import type { AmiArtifact, Artifact, PublishedParameter } from "../core/artifact.js";
import type { Diagnostic } from "../core/diagnostics.js";
import type { Listener, Outcome } from "../core/events.js";
import type { Fingerprint, FingerprintInput } from "../core/fingerprint.js";
import type { AccountReference, Ledger, LedgerEntry } from "../core/ledger.js";
import type { PackageList } from "../core/packages.js";
import type {
  BuildIdentity,
  ImageTests,
  Machine,
  PartContext,
  PlannedImages,
  PostProcessorContext,
  ProvisionerContext,
  Route,
} from "../core/parts.js";
import type { Redactor } from "../core/secrets/redactor.js";
import type { RunSettings } from "../core/settings.js";
import type { Environment, Surroundings } from "../core/surroundings.js";
import type { ReadyBuild } from "../plan/plan.js";

/** Dependencies of a bake, provided by `engine/`; `bake/` itself does not use AWS. */
export interface BakeParts {
  readonly settings: RunSettings;
  readonly surroundings: Surroundings;
  readonly listeners: readonly Listener[];
  /** The secrets of the run, for the output of commands. */
  readonly secrets: Redactor;
  readonly ledger: Ledger;
  /** Aborted by SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** Signal for releases after an abort; aborted when their time limit has passed. */
  readonly releaseSignal: AbortSignal;
  /** Number of parallel builds; undefined is no limit. */
  readonly parallelBuilds: number | undefined;
  /** Releases the open ledger entries of a build. */
  release(entries: readonly LedgerEntry[], context: PartContext, signal: AbortSignal): Promise<void>;
  /** Returns environment variables with the credentials of the build's account, for child processes. */
  childEnvironment(account: AccountReference): Promise<Environment>;
  fingerprint(build: ReadyBuild, input: FingerprintInput): Promise<Fingerprint>;
  callerAddress(signal: AbortSignal): Promise<string>;
  routeTo(host: string): Promise<Route | undefined>;
  /** Writes the parameters of a build's image; undefined where nothing is published. */
  readonly publish: Publish | undefined;
  /** Returns the tests of a build's image; undefined where none are requested. */
  tests(context: Omit<ProvisionerContext, "machine" | "data">): ImageTests | undefined;
  /** Lists the packages of images; undefined where not requested. */
  readonly inventory: PackageInventory | undefined;
  /** Removes older images after a successful build; undefined where not requested. A failure is only a warning. */
  readonly retain: Retain | undefined;
  destroy(artifact: Artifact, context: PostProcessorContext): Promise<void>;
}

/** Removes the older images of one build. */
export type Retain = (artifact: AmiArtifact, identity: BuildIdentity, context: PartContext) => Promise<void>;

/** Publishing of one build. */
export interface Publish {
  /** Returns the names of the parameters that the build writes, for the check that no two builds write the same one. */
  names(build: ReadyBuild): readonly string[];
  /**
   * Returns the images that the parameters name before the bake, by Region. Throws when one is of another image series. Parameters that
   * cannot be read are omitted.
   */
  check(planned: PlannedImages, identity: BuildIdentity, context: PartContext): Promise<ReadonlyMap<string, string>>;
  /** `checked` is what `check` returned; empty if nothing was checked. */
  run(
    artifact: AmiArtifact,
    identity: BuildIdentity,
    context: PartContext,
    checked: ReadonlyMap<string, string>,
  ): Promise<readonly PublishedParameter[]>;
}

/** Lists and reports the packages of a build's image. A failure of either step does not fail the build. */
export interface PackageInventory {
  /** Called after the provisioners; returns undefined where the packages cannot be listed. Rejects only when the bake is cancelled. */
  listPackages(machine: Machine, context: PartContext): Promise<PackageList | undefined>;
  /** Called last; `packages` is undefined where no list exists. */
  record(
    packages: PackageList | undefined,
    artifact: Artifact,
    parameters: readonly PublishedParameter[],
    context: PartContext,
  ): Promise<void>;
}

/** Result of one build. A failed build may have artifacts: a finished image is reported even when a later step failed. */
export interface BuildResult {
  readonly identity: BuildIdentity;
  readonly outcome: Outcome;
  /** The builder's artifact first, then those of post-processors. */
  readonly artifacts: readonly Artifact[];
  readonly errors: readonly Diagnostic[];
  readonly parameters: readonly PublishedParameter[];
  /** Milliseconds. */
  readonly duration: number;
}

/** Result of a bake: `failed` when any build failed. */
export interface BakeResult {
  readonly outcome: Outcome;
  /** In template order. */
  readonly builds: readonly BuildResult[];
  readonly duration: number;
}
