import type { Artifact } from "./artifact.js";
import type { Clock } from "./clock.js";
import type { Communicator } from "./communicator.js";
import type { Narrator } from "./events.js";
import type { Ids } from "./ids.js";
import type { BuildData } from "./late.js";
import type { AccountReference, CredentialVault, Ledger } from "./ledger.js";
import type { Range } from "./source.js";

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

/** What happens when a build fails (Packer §7.1 `-on-error`). */
export type OnError = "cleanup" | "abort" | "ask" | "run-cleanup-provisioner";

/** Whose run this is: becomes the `bake-ami:*` tags on all that is created. */
export interface Ownership {
  /** Unique per run and attempt, e.g. GitHub's run id; also the prefix of ledger keys. */
  readonly runId: string;
  readonly attempt: string;
  /** `owner/repository`, or the user's host name on the command line. */
  readonly repository: string;
  /** Milliseconds since the epoch after which a sweep may remove what is left. */
  readonly expiresAt: number;
}

/** Settings of a run that are not in the template. */
export interface RunSettings {
  readonly runUuid: string;
  readonly onError: OnError;
  readonly force: boolean;
  readonly debug: boolean;
  readonly ownership: Ownership;
  /** Regions to copy to beside the template's `ami_regions`. */
  readonly regions: readonly string[];
  /** Region where the template names none. */
  readonly defaultRegion: string | undefined;
  readonly missingRegion: "fail" | "warn";
  readonly spotFallback: boolean;
  /** CIDRs allowed to reach SSH; empty means: the caller's own address. */
  readonly sshSourceCidrs: readonly string[];
  /** Take an unchanged image instead of baking; `maxAge` in milliseconds. */
  readonly skipUnchanged: { readonly enabled: boolean; readonly maxAge: number | undefined };
  /** Instance kills itself after this many minutes without a bake (shutdown behaviour terminate); undefined is off. */
  readonly deadManMinutes: number | undefined;
  /** Whether someone can be asked (a terminal). */
  readonly interactive: boolean;
}

/** Credentials by OpenID Connect: a fresh token is asked for before each renewal. */
export interface WebIdentity {
  readonly roleArn: string;
  readonly sessionName: string;
  /** Inline session policy that narrows the role. */
  readonly sessionPolicy?: string;
  fetchToken(): Promise<string>;
}

/** Things from outside that a run needs; passed in. */
export interface Surroundings {
  readonly clock: Clock;
  readonly ids: Ids;
  /** The process environment as it was at the start; a copy, for child processes and credentials. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly credentials: CredentialVault;
  /** Fetches a web identity token (GitHub's OIDC) for `role-to-assume`; undefined uses the ambient credentials. */
  readonly webIdentity?: WebIdentity;
  /** Folder that relative paths of a template start from. */
  readonly cwd: string;
  /** Asks the person at the terminal; undefined when there is none. */
  readonly ask?: (question: string, signal: AbortSignal) => Promise<string>;
}

/** A machine that is ready for its provisioners. */
export interface Machine {
  readonly communicator: Communicator;
  /** Values for `build.X` (Packer §1.11), without those the engine knows itself (PackerRunUUID). */
  readonly data: BuildData;
  /** Whether the machine can still be reached, asked before error-cleanup provisioners run. */
  reachable(): boolean;
  /**
   * Connects anew after a reboot and answers the machine to go on with; rejects past the connect deadline.
   * The communicator itself stays the same object.
   */
  reconnect?(signal: AbortSignal): Promise<void>;
}

/** What undoes a step. Idempotent: "not found" is success. Gets a signal of its own, not the one that was aborted. */
export interface Release {
  readonly name: string;
  run(signal: AbortSignal): Promise<void>;
}

/** Collects releases; the engine runs them in reverse when the build ends. */
export interface Releases {
  /** Registers before anything is waited for; answers a function that takes it off again (the thing was handed on or is gone). */
  defer(release: Release): () => void;
}

/** What goes into a fingerprint beside the plan; in the order of `parts`, each with a name for "what changed". */
export interface FingerprintInput {
  readonly sourceImageId: string;
}

/** A fingerprint that could be taken, and what is kept of it with the image. */
export interface KnownFingerprint {
  readonly known: true;
  readonly hash: string;
  /** Hashes by name, e.g. `script setup.sh`. */
  readonly parts: Readonly<Record<string, string>>;
  /** The image's name with `*` for what tells the time or is random; without `*` where nothing does. */
  readonly namePattern: string;
  /** Keys of tags whose values tell the time or are random: they differ in every run. */
  readonly changingTags: readonly string[];
  /** Tags by which a later run can tell what changed. */
  readonly record: Readonly<Record<string, string>>;
  /** What is different from the image that bears these tags, e.g. `source AMI ami-a → ami-b`; empty where it cannot be told. */
  changesSince(tags: Readonly<Record<string, string>>): readonly string[];
}

/** The hash of all that goes into an image, or why it cannot be known before the run; the name's pattern may be known even so. */
export type Fingerprint =
  | KnownFingerprint
  | { readonly known: false; readonly why: string; readonly namePattern?: string };

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
   * What is to be done last of all, when post-processors have run and the parameters are moved: taking off the marks that say
   * an image is not complete. Not run when something before failed. What is given last is done when all else is done.
   */
  afterPublish(complete: () => Promise<void>): void;
  /** Asks the outside for the address that this machine is seen from; rejects when it cannot be known. */
  callerAddress(): Promise<string>;
}

/** Runs a build; answers its artifact. */
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
}

export type RunPostProcessor<Options> = (
  artifact: Artifact,
  options: Options,
  context: PostProcessorContext,
) => Promise<PostProcessed>;
