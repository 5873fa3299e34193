import type { Artifact, WrittenFile } from "./artifact.js";
import type { Communicator } from "./communicator.js";
import type { Narrator } from "./events.js";
import type { Fingerprint, FingerprintInput } from "./fingerprint.js";
import type { BuildData } from "./late.js";
import type { AccountReference, Ledger } from "./ledger.js";
import type { RunSettings } from "./settings.js";
import type { Range } from "./source.js";
import type { Surroundings } from "./surroundings.js";

/**
 * Who a build is. `name` is the display name; `shortName` what PACKER_BUILD_NAME and `{{build_name}}` say (Packer §2.4), which
 * is the same for all uses of an HCL2 source; `sourceName` tells these apart.
 */
export interface BuildIdentity {
  readonly name: string;
  readonly shortName: string;
  readonly sourceName: string;
  readonly builderType: string;
}

/** A machine that is ready for its provisioners. */
export interface Machine {
  readonly communicator: Communicator;
  /** Values for `build.X` (Packer §1.11), without those that the bake knows itself (PackerRunUUID). */
  readonly data: BuildData;
  /** Whether the machine can still be reached, asked before error-cleanup provisioners run. */
  reachable(): boolean;
  /**
   * Connects again after a reboot; rejects past the connect deadline.
   * The communicator itself stays the same object.
   */
  readonly reconnect: ((signal: AbortSignal) => Promise<void>) | undefined;
}

/** What undoes a step. Idempotent: "not found" is success. Gets a signal of its own, not the one that was aborted. */
export interface Release {
  readonly name: string;
  run(signal: AbortSignal): Promise<void>;
}

/** Collects releases; the engine runs them in reverse when the build ends. */
export interface Releases {
  /** Registers before anything is waited for; returns a function that removes it again (the thing was handed on or is gone). */
  defer(release: Release): () => void;
}

/** What every builder, provisioner and post-processor is given. */
export interface PartContext {
  readonly identity: BuildIdentity;
  readonly narrator: Narrator;
  readonly signal: AbortSignal;
  readonly settings: RunSettings;
  readonly surroundings: Surroundings;
  /** Where the part stands in the template. */
  readonly range: Range | undefined;
}

export interface BuilderContext extends PartContext {
  readonly ledger: Ledger;
  /** For what is not in the ledger: connections, temporary files. What is in it is released from the ledger. */
  readonly releases: Releases;
  /** Where an option of the builder stands in the template; the builder's own place where it is not written. */
  place(option: string): Range | undefined;
  /** Called once the account is known: shell-local and publishing use it. */
  useAccount(account: AccountReference): void;
  /** Runs the build's provisioners on the machine; rejects when one fails. */
  provision(machine: Machine): Promise<void>;
  /** Whether the build has provisioners that need a machine to talk to. */
  readonly needsMachine: boolean;
  fingerprint(input: FingerprintInput): Promise<Fingerprint>;
  /** Called once when the image can no longer be lost (it is available): failures after this never destroy it. */
  keepImage(artifact: Artifact): void;
  /**
   * What is to be done last of all, when post-processors have run and the parameters are moved: removing the marks that say
   * an image is not complete. Not run when something before failed. What is given last is done when all else is done.
   */
  afterPublish(complete: () => Promise<void>): void;
  /** Asks an outside service for the public IP address of the runner; rejects when it cannot be determined. */
  callerAddress(): Promise<string>;
}

/** Runs a build; returns its artifact. */
export type RunBuilder<Options> = (options: Options, context: BuilderContext) => Promise<Artifact>;

export interface ProvisionerContext extends PartContext {
  readonly machine: Machine;
  /** `build.X` values, complete. */
  readonly data: BuildData;
  readonly ledger: Ledger;
  /** Credentials of the build for child processes on the runner (shell-local): AWS_ACCESS_KEY_ID, … */
  childEnvironment(): Promise<Readonly<Record<string, string>>>;
}

export type RunProvisioner<Options> = (options: Options, context: ProvisionerContext) => Promise<void>;

export interface PostProcessorContext extends PartContext {
  readonly data: BuildData;
  childEnvironment(): Promise<Readonly<Record<string, string>>>;
}

/** What a post-processor made of an artifact (Packer §1.8). */
export interface PostProcessed {
  /** Undefined halts the pipeline. */
  readonly artifact: Artifact | undefined;
  /** Whether the input artifact is kept; `forced` beats the user's `keep_input_artifact`. */
  readonly keepInput: { readonly keep: boolean; readonly forced: boolean };
  /** The files that it wrote by itself, in order; what a script of the user's wrote is not known. */
  readonly files: readonly WrittenFile[];
}

export type RunPostProcessor<Options> = (
  artifact: Artifact,
  options: Options,
  context: PostProcessorContext,
) => Promise<PostProcessed>;
