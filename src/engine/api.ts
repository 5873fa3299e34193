import type { BakeResult } from "../bake/contract.js";
import type { ShellRequest } from "../builders/amazon-ebs/shell/shell.js";
import type { AccountCheck } from "../cleanup/account.js";
import type { LeftBehind } from "../cleanup/release.js";
import type { SweepFinding } from "../cleanup/sweep.js";
import type { ArtifactName } from "../core/artifact-name.js";
import type { Debug } from "../core/debug.js";
import type { Diagnostic } from "../core/diagnostics.js";
import type { Listener, ProgressEvent } from "../core/events.js";
import type { CredentialVault, LedgerRecord, LedgerSink } from "../core/ledger.js";
import type { Ownership } from "../core/ownership.js";
import type { PlanPreview } from "../core/preview.js";
import type { RequestedRetention, RetentionReport, RetentionRow } from "../core/retention.js";
import type { Redactor } from "../core/secrets/redactor.js";
import type { WindowsMode } from "../core/settings.js";
import type { ReportWait, Surroundings, WebIdentity } from "../core/surroundings.js";
import type { UserStreams } from "../core/user-streams.js";
import type { LocalImage, LocalParameter } from "../local/contents.js";
import type { Component, UsedComponent } from "../plan/components.js";
import type { BakePlan } from "../plan/plan.js";
import type { HistoryLine } from "../publish/promotion/history.js";
import type { Moved } from "../publish/promotion/promote.js";
import type { SkippedImage } from "../publish/promotion/rollback.js";
import type { NotRemoved } from "../publish/retention/retain.js";
import type { Interruption } from "./interruption.js";
import type { BakeRequest } from "./request.js";
import type { TemplateEngine, UnreadLookups } from "./template-api.js";

export type {
  JobCheckout,
  Mask,
  Matrix,
  MatrixJob,
  MatrixOutcome,
  MatrixRun,
  PreparedTemplate,
  PrepareMode,
} from "./template-api.js";
export type { Component, LeftBehind, UnreadLookups, UsedComponent };

/** Where an engine runs. */
export interface EngineSetting {
  /** A copy of the process environment; the local cloud adds its endpoint and keys. */
  readonly env: Record<string, string | undefined>;
  readonly interruption: Interruption;
  /** The start of the run, used for all timestamps. */
  readonly startedAt: Date;
  /** The role that every session of the run assumes; undefined uses the credentials of the environment. */
  readonly webIdentity: WebIdentity | undefined;
  /** The debug log. */
  readonly debug: Debug;
  /** Reports a wait for credentials outside a bake, whose waits are events; undefined reports nothing. */
  readonly reportWait?: ReportWait | undefined;
}

/** The owner, the listeners and the records of a bake. */
export interface BakeRun {
  /** The owner of the resources; the engine sets the time when they expire. */
  readonly owner: Ownership;
  readonly listeners: readonly Listener[];
  /** The secrets of the front end. Secrets of the run are added. */
  readonly secrets: Redactor;
  readonly ledger: LedgerSink;
  readonly credentials: CredentialVault | undefined;
  readonly ask: Surroundings["ask"] | undefined;
  /** Directory for package lists and software bills of materials; undefined writes none. */
  readonly packageDirectory: string | undefined;
}

/** The run that a preview compares with: what a bake would be owned by, and its listeners, for the progress. */
export interface PreviewRun extends Pick<BakeRun, "owner" | "listeners" | "secrets"> {
  /** What `prepare` could not read. */
  readonly unread: UnreadLookups | undefined;
}

/** The run that a preflight checks for: what a bake would be owned by. */
export type PreflightRun = Pick<BakeRun, "owner" | "secrets">;

/** The records of an earlier run to release, and the ledger for new records. */
export interface ReleaseRun {
  readonly records: readonly LedgerRecord[];
  readonly ledger: LedgerSink;
  readonly listeners: readonly Listener[];
  readonly credentials: CredentialVault | undefined;
  /** What to do when STS cannot say whether the credentials are of the ledger's account. */
  readonly whenAccountUnknown: AccountCheck["whenUnknown"];
}

/** Settings of the local cloud. */
export interface LocalRun {
  /** Undefined is the directory in the user's cache. */
  readonly stateDirectory: string | undefined;
  /** `record` runs no Windows instance, and records what it is requested to do. */
  readonly windows: WindowsMode;
  readonly onNotice: (text: string) => void;
}

/** Settings of the local cloud for this process. */
export interface OpenLocalRun extends LocalRun {
  /** `none` provides only the APIs, on any host. */
  readonly machines: "sandboxes" | "none";
  /** Path of a file with the IAM policy that limits the calls; undefined allows all. */
  readonly policy: string | undefined;
}

/** A running local cloud. */
export interface OpenLocal {
  readonly stateDirectory: string;
  /** Returns the records of the Windows instances of this run, of which nothing ran. */
  recorded(): readonly string[];
  /** Ends all processes and mounts of the local cloud. The state is kept. */
  close(): Promise<void>;
}

/** Settings of the local cloud for other tools. */
export interface ServeRun extends OpenLocalRun {
  /** Undefined is any free port. */
  readonly port: number | undefined;
}

/** A running local cloud for other tools. */
export interface ServedLocal {
  /** The environment variables for AWS clients; an undefined value removes the variable. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  close(): Promise<void>;
}

/** A shell in a new instance of an image of the local cloud. */
export interface LocalShellRun extends LocalRun {
  readonly imageId: string;
  readonly user: string;
  /** A command to run instead of an interactive shell. */
  readonly command: readonly string[];
  readonly streams: UserStreams;
}

/** A shell in an instance of the account. */
export interface ShellRun extends ShellRequest {
  /** Undefined is the Region of the environment. */
  readonly region: string | undefined;
  readonly streams: UserStreams;
  /** Called with lines for the user. */
  report(line: string): void;
}

/** The images and parameters of the local cloud. */
export interface LocalContents {
  readonly stateDirectory: string;
  readonly images: readonly LocalImage[];
  readonly parameters: readonly LocalParameter[];
}

/** Settings of a sweep. */
export interface SweepRun {
  /** IDs of accounts; empty allows every account. */
  readonly allowedAccounts: readonly string[];
  /** Empty means all Regions of the account. */
  readonly regions: readonly string[];
  /** The Region to list the Regions in; undefined is the Region of the environment. */
  readonly region: string | undefined;
  readonly remove: boolean;
  onRemoved(resource: SweepFinding["resource"]): void;
}

/** The result of a sweep. */
export interface SweepOutcome {
  /** ID of the account; undefined if STS could not be asked. */
  readonly account: string | undefined;
  readonly findings: readonly SweepFinding[];
  /** Removed resources; in a dry run, the resources that would be removed. */
  readonly removed: readonly Pick<SweepFinding["resource"], "kind" | "id" | "region">[];
  readonly left: readonly LeftBehind[];
}

/** Settings of a promotion. */
export interface PromotionRun {
  readonly parameter: string;
  readonly label: string | undefined;
  readonly artifact: ArtifactName;
  /** Empty means all Regions of the artifact or, for a rollback, of the parameter. */
  readonly regions: readonly string[];
  /** The Region of an AMI ID without a Region; undefined is the Region of the environment. */
  readonly region: string | undefined;
  readonly launchTemplate: string | undefined;
  readonly sharedWith: readonly string[];
  /** Moves the parameter or label even if it has an image of another series. A rollback always does. */
  readonly overwrite: boolean;
  /** Refuses an image without the tag of passed image tests. A rollback is not checked for it. */
  readonly requireTested: boolean;
  /** Receives the progress of waits that are longer than a few seconds. */
  readonly onProgress: ((event: ProgressEvent) => void) | undefined;
  /** The author, for the history, e.g. `run 12 of owner/repository`; a rerun has the same. */
  readonly by: string;
  readonly repository: string;
}

/** The result of a promotion or rollback: the images by Region, and the changed parameters, labels and launch templates. */
export interface PromotionOutcome {
  readonly images: Readonly<Record<string, string>>;
  /** The previous images of the parameter or label by Region; Regions without one are omitted. */
  readonly previous: Readonly<Record<string, string>>;
  readonly moved: readonly Moved[];
  /** Images that a rollback passed over, because their tests failed. */
  readonly skipped: readonly SkippedImage[];
}

/** The parameter whose history is read. Without Regions: all Regions that have the parameter. */
export interface HistoryRun {
  readonly parameter: string;
  readonly regions: readonly string[];
  readonly region: string | undefined;
  /** The highest number of changes per Region. */
  readonly most: number;
}

/** Settings of the removal of older images. */
export interface PruneRun {
  readonly retention: RequestedRetention;
  /** Empty means all Regions of the account. */
  readonly regions: readonly string[];
  /** The Region to list the Regions in; undefined is the Region of the environment. */
  readonly region: string | undefined;
  readonly remove: boolean;
  readonly onDone: OnImageDone;
}

/** Settings of the removal of older images after a promotion. */
export interface RemoveOlderRun extends Pick<PruneRun, "retention" | "region" | "onDone"> {
  /** The promoted images by Region. Older images are only removed in these Regions. */
  readonly promoted: Readonly<Record<string, string>>;
}

/** Receives each image that was disabled or removed. */
export type OnImageDone = (
  image: Pick<RetentionRow, "region" | "imageId" | "name">,
  what: "disabled" | "removed",
) => void;

/** The images that were removed (in a dry run, that would be), and the images that were kept, with the reasons. */
export interface PruneOutcome extends RetentionReport {
  /** The rows of images that were (or would be) disabled or removed. */
  readonly removed: readonly RetentionRow[];
  /** Snapshots of images that an earlier run deregistered without deleting the snapshots. */
  readonly leftovers: readonly { readonly region: string; readonly id: string }[];
  readonly left: readonly NotRemoved[];
  /** Parameters that could not be read. Their images do not count as in use. */
  readonly unread: readonly string[];
  /** A warning about images that may belong to a series, but were not counted. */
  readonly notCounted: Omit<Diagnostic, "severity"> | undefined;
}

/** The use cases. Each is loaded when it is first called. */
export interface Engine extends TemplateEngine {
  bake(plan: BakePlan, request: BakeRequest, run: BakeRun): Promise<BakeResult>;
  /**
   * Returns what a bake would do, by read-only calls. What cannot be looked up is in the previews. Rejects when it is cancelled.
   */
  preview(plan: BakePlan, request: BakeRequest, run: PreviewRun): Promise<PlanPreview>;
  /** Returns the problems that a bake would report before it creates anything. Rejects when it is cancelled. */
  preflight(plan: BakePlan, request: BakeRequest, run: PreflightRun): Promise<readonly Diagnostic[]>;
  /**
   * Starts the local cloud and uses it for all further AWS calls of this process. Throws a `BakeError` when this host supports no
   * sandbox or the state has another version.
   */
  openLocal(options: OpenLocalRun): Promise<OpenLocal>;
  /** Starts the local cloud for other tools. This process does not use it. Throws as `openLocal` does. */
  serveLocal(run: ServeRun): Promise<ServedLocal>;
  /** Returns the images and parameters of the local cloud; an undefined directory is the one in the user's cache. */
  localContents(stateDirectory: string | undefined): Promise<LocalContents>;
  /** Removes the images and parameters of the local cloud. Returns its directory. */
  resetLocal(stateDirectory: string | undefined): Promise<string>;
  /** Opens a shell on this terminal. Returns its exit code. Throws as `openLocal` does, and when the image does not exist. */
  localShell(run: LocalShellRun): Promise<number>;
  /** Opens a shell in a running instance. Returns its exit code. Throws a `BakeError` when there is no connection. */
  shell(run: ShellRun): Promise<number>;
  /** Finds expired resources by their tags, and removes them if `remove` is set. Throws when a Region cannot be read. */
  sweep(run: SweepRun): Promise<SweepOutcome>;
  /** Removes older images, or returns the ones to remove. Throws before any is removed when it is unknown which are in use. */
  prune(run: PruneRun): Promise<PruneOutcome>;
  /** Removes older images of the same series after a promotion. Throws as `prune` does. */
  removeOlder(run: RemoveOlderRun): Promise<PruneOutcome>;
  /** Releases the open resources of a ledger. Returns the resources that could not be removed. */
  release(run: ReleaseRun): Promise<readonly LeftBehind[]>;
  /** Sets a parameter or label to an artifact, in all its Regions or in none. */
  promote(run: PromotionRun): Promise<PromotionOutcome>;
  /** Sets a parameter or label back to the previous image. */
  rollback(run: Omit<PromotionRun, "artifact">): Promise<PromotionOutcome>;
  /** Returns the changes of a parameter, newest first within a Region. */
  history(run: HistoryRun): Promise<readonly HistoryLine[]>;
}
