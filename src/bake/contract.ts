import type { AmiArtifact, Artifact, PublishedParameter } from "../core/artifact.js";
import type { Diagnostic } from "../core/diagnostics.js";
import type { Listener, Outcome } from "../core/events.js";
import type { Fingerprint, FingerprintInput } from "../core/fingerprint.js";
import type { AccountReference, Ledger, LedgerEntry } from "../core/ledger.js";
import type { PackageList } from "../core/packages.js";
import type { BuildIdentity, Machine, PartContext, PostProcessorContext } from "../core/parts.js";
import type { RunSettings } from "../core/settings.js";
import type { Surroundings } from "../core/surroundings.js";
import type { ReadyBuild } from "../plan/plan.js";

/** What a bake is wired with by `engine/`; `bake/` itself knows no cloud. */
export interface BakeParts {
  readonly settings: RunSettings;
  readonly surroundings: Surroundings;
  readonly listeners: readonly Listener[];
  readonly ledger: Ledger;
  /** Aborted by SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** For the releases after an abort: aborted when the time for them is over. */
  readonly releaseSignal: AbortSignal;
  /** Builds at once; undefined is no limit. */
  readonly parallelBuilds: number | undefined;
  /** Releases what the ledger still holds open of a build. */
  release(entries: readonly LedgerEntry[], context: PartContext, signal: AbortSignal): Promise<void>;
  /** Environment of child processes that should reach the build's account. */
  childEnvironment(account: AccountReference): Promise<Readonly<Record<string, string>>>;
  fingerprint(build: ReadyBuild, input: FingerprintInput): Promise<Fingerprint>;
  callerAddress(signal: AbortSignal): Promise<string>;
  /** Moves the parameters of a build's image; undefined where nothing is to be published. */
  readonly publish: Publish | undefined;
  /** Lists the packages of images; undefined where that is not asked for. */
  readonly inventory: PackageInventory | undefined;
  /** Removes older images of a build that succeeded; undefined where none is to be removed. A failure is only a warning. */
  readonly retain: Retain | undefined;
  destroy(artifact: Artifact, context: PostProcessorContext): Promise<void>;
}

/** Removal of the older images of one build. */
export type Retain = (artifact: AmiArtifact, identity: BuildIdentity, context: PartContext) => Promise<void>;

/** Publishing of one build. */
export interface Publish {
  /** Names that the build would write, for the check before launch that no two builds write one parameter. */
  names(build: ReadyBuild): readonly string[];
  run(artifact: AmiArtifact, identity: BuildIdentity, context: PartContext): Promise<readonly PublishedParameter[]>;
}

/** What is installed on the machine of a build, and what is made of that when its image is there. Neither part fails a build. */
export interface PackageInventory {
  /** Asked when the provisioners are done; undefined where it cannot be known. Rejects only when the bake is cancelled. */
  listPackages(machine: Machine, context: PartContext): Promise<PackageList | undefined>;
  /** Done last of all; `taken` is undefined where no machine was asked. */
  record(
    taken: PackageList | undefined,
    artifact: Artifact,
    parameters: readonly PublishedParameter[],
    context: PartContext,
  ): Promise<void>;
}

/** How one build ended. A failed build may still have artifacts: an image that was made is reported, whatever came after. */
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

/** How a bake ended: `failed` when any build failed. */
export interface BakeResult {
  readonly outcome: Outcome;
  /** In template order. */
  readonly builds: readonly BuildResult[];
  readonly duration: number;
}
