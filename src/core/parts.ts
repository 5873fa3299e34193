import type { Artifact, WrittenFile } from "./artifact.js";
import type { Communicator } from "./communicator.js";
import type { Diagnostic } from "./diagnostics.js";
import type { Narrator } from "./events.js";
import type { Fingerprint, FingerprintInput } from "./fingerprint.js";
import type { ImageTestSettings, TestResult } from "./image-tests.js";
import type { BuildData } from "./late.js";
import type { AccountReference, Ledger } from "./ledger.js";
import type { RunSettings } from "./settings.js";
import type { Range } from "./source.js";
import type { Environment, Surroundings } from "./surroundings.js";

/**
 * The names of a build. `name` is the display name. `shortName` is the value of PACKER_BUILD_NAME and `{{build_name}}` (Packer §2.4),
 * the same for all uses of an HCL2 source; `sourceName` distinguishes these.
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
  /** Values of `build.X` (Packer §1.11), without PackerRunUUID. */
  readonly data: BuildData;
  /** Returns whether the machine is still reachable; checked before error-cleanup provisioners run. */
  reachable(): boolean;
  /**
   * Reconnects after a reboot; rejects past the connect deadline.
   * The communicator stays the same object.
   */
  readonly reconnect: ((signal: AbortSignal) => Promise<void>) | undefined;
}

/** Undoes a step. Idempotent: "not found" is success. Receives its own signal, not the aborted one. */
export interface Release {
  readonly name: string;
  run(signal: AbortSignal): Promise<void>;
}

/** Collects releases; they run in reverse order when the build ends. */
export interface Releases {
  /** Registers a release; returns a function that removes it again. Call it before any `await` after the resource is created. */
  defer(release: Release): () => void;
}

/** The images that a builder is about to create. */
export interface PlannedImages {
  readonly account: AccountReference;
  readonly regions: readonly string[];
  readonly architecture: string;
  readonly imageName: string;
  /** Pattern of the template's image names. */
  readonly namePattern: string | undefined;
}

/** Context of every builder, provisioner and post-processor. */
export interface PartContext {
  readonly identity: BuildIdentity;
  readonly narrator: Narrator;
  readonly signal: AbortSignal;
  readonly settings: RunSettings;
  readonly surroundings: Surroundings;
  /** Place of the part in the template. */
  readonly range: Range | undefined;
}

/** Context of a part of a builder that only reads: nothing in it creates, changes or removes a resource. */
export interface ReadingContext extends PartContext {
  /** Returns the place of an option of the builder; the builder's place where the option is not set. */
  place(option: string): Range | undefined;
  /** The tests of the image; undefined where none are requested. */
  readonly tests: Pick<ImageTests, "settings" | "hash"> | undefined;
  /** Whether the build has provisioners that need a machine. */
  readonly needsMachine: boolean;
  fingerprint(input: FingerprintInput): Promise<Fingerprint>;
  /** Requests the public IP address of the runner from an external service; rejects when it cannot be determined. */
  callerAddress(): Promise<string>;
  /** Returns the addresses of a connection from the runner to a host; undefined without a route. Nothing is sent to the host. */
  routeTo(host: string): Promise<Route | undefined>;
}

export interface BuilderContext extends ReadingContext {
  readonly tests: ImageTests | undefined;
  readonly ledger: Ledger;
  /** For resources outside the ledger: connections, temporary files. */
  readonly releases: Releases;
  /** Called when the account is known; shell-local and publishing use it. */
  useAccount(account: AccountReference): void;
  /**
   * Runs the build's provisioners on the machine; rejects when one fails. `isExpectedEnd` is called with the error of the last one: if it
   * returns true, this provisioner ended the machine as the template expects, and has not failed.
   */
  provision(machine: Machine, isExpectedEnd?: (error: unknown) => Promise<boolean>): Promise<void>;
  /**
   * Checks the parameters that will name the images. Called before anything is created. Rejects when one of them names an image of
   * another series.
   */
  checkParameters(planned: PlannedImages): Promise<void>;
  /** Called once when the image is available: later failures never destroy it. */
  keepImage(artifact: Artifact): void;
  /**
   * Registers the last step, which runs after post-processors and publishing: it removes the marks of unfinished images. It does not
   * run after a failure. The step registered last runs when all others have ended.
   */
  afterPublish(complete: () => Promise<void>): void;
  /**
   * Starts work that lasts until the end of the build, publishing included, such as the renewal of leases. At the end its signal is
   * aborted and the build waits for it. Its errors are ignored.
   */
  untilEnd(work: (ended: AbortSignal) => Promise<void>): void;
}

/** The IP addresses of both ends of a connection. */
export interface Route {
  /** The runner's own address on the way to the host. */
  readonly local: string;
  /** The host's address, of those that its name has. */
  readonly remote: string;
}

/** The tests of a run, which a builder runs on instances of its image. */
export interface ImageTests {
  readonly settings: ImageTestSettings;
  /** Hash of the tests. Changes when a line, a file of a line, a type or the user data changes. */
  hash(): Promise<string>;
  /**
   * Runs the tests on a machine that is connected, one after the other. A test that fails does not stop the others. When `signal` is aborted
   * and the bake is not (the time limit of the test), it returns the results so far: the running test failed with the message of the
   * reason, the others are skipped. Rejects only when the bake is cancelled, with its abort reason.
   */
  run(machine: Machine, instanceType: string, signal: AbortSignal): Promise<readonly TestResult[]>;
}

/**
 * Finds the problems that a bake of a build would report before it creates anything. Creates nothing. Rejects with an error that ended the
 * search.
 */
export type PreflightBuild<Options> = (options: Options, context: ReadingContext) => Promise<readonly Diagnostic[]>;

/** Runs a build; returns its artifact. */
export type RunBuilder<Options> = (options: Options, context: BuilderContext) => Promise<Artifact>;

export interface ProvisionerContext extends PartContext {
  readonly machine: Machine;
  /** `build.X` values, complete. */
  readonly data: BuildData;
  readonly ledger: Ledger;
  /** Credentials of the build for child processes on the runner (shell-local): AWS_ACCESS_KEY_ID, … */
  childEnvironment(): Promise<Environment>;
}

export type RunProvisioner<Options> = (options: Options, context: ProvisionerContext) => Promise<void>;

export interface PostProcessorContext extends PartContext {
  readonly data: BuildData;
  childEnvironment(): Promise<Environment>;
}

/** Result of a post-processor (Packer §1.8). */
export interface PostProcessed {
  /** Undefined halts the pipeline. */
  readonly artifact: Artifact | undefined;
  /** Whether the input artifact is kept; `forced` overrides the user's `keep_input_artifact`. */
  readonly keepInput: { readonly keep: boolean; readonly forced: boolean };
  /** Files written by the post-processor, in order; files written by user scripts are unknown. */
  readonly files: readonly WrittenFile[];
}

export type RunPostProcessor<Options> = (
  artifact: Artifact,
  options: Options,
  context: PostProcessorContext,
) => Promise<PostProcessed>;
