import type { BakeResult } from "../bake/contract.js";
import type { LeftBehind } from "../cleanup/release.js";
import type { SweepFinding } from "../cleanup/sweep.js";
import type { ArtifactName } from "../core/artifact-name.js";
import type { Diagnostic } from "../core/diagnostics.js";
import type { Listener, ProgressEvent } from "../core/events.js";
import type { CredentialVault, LedgerRecord, LedgerSink } from "../core/ledger.js";
import type { Ownership } from "../core/ownership.js";
import type { RequestedRetention, RetentionReport, RetentionRow } from "../core/retention.js";
import type { SourceText } from "../core/source.js";
import type { Surroundings, WebIdentity } from "../core/surroundings.js";
import type { LocalImage, LocalParameter } from "../local/contents.js";
import type { BakePlan } from "../plan/plan.js";
import type { HistoryLine } from "../publish/promotion/history.js";
import type { Moved } from "../publish/promotion/promote.js";
import type { NotRemoved } from "../publish/retention/retain.js";
import type { ConsoleResult } from "../template/hcl/console.js";
import type { UpgradedTemplate } from "../template/hcl/upgrade/upgrade.js";
import type { Template } from "../template/template.js";
import type { Interruption } from "./interruption.js";
import type { BakeRequest } from "./request.js";

export type { LeftBehind };

/** Where an engine runs. */
export interface EngineSetting {
  /** A copy of the process environment; the local cloud puts its address and keys into it. */
  readonly env: Record<string, string | undefined>;
  readonly interruption: Interruption;
  /** The start of the run: the one instant of all timestamps. */
  readonly startedAt: Date;
  /** A role that every session of the run assumes; undefined uses the ambient credentials. */
  readonly webIdentity: WebIdentity | undefined;
}

/** How far a template is read. */
export interface PrepareMode {
  /**
   * `syntax`: no further than the text; `validate`: all but data sources; `validate-data`: these too; `inspect`: what can be shown
   * without values; `build`: everything, and a template without builds is an error.
   */
  readonly purpose: "syntax" | "validate" | "validate-data" | "inspect" | "build";
  readonly mask: Mask;
}

/** Hides a secret from here on. The engine calls it before it returns anything that may hold the secret. */
export type Mask = (secret: string) => void;

/** A template that was read, and the plan where there are no errors. */
export interface PreparedTemplate {
  readonly template: Template | undefined;
  readonly plan: BakePlan | undefined;
  readonly diagnostics: readonly Diagnostic[];
  readonly sources: readonly SourceText[];
}

/** Where and for whom a bake runs. */
export interface BakeRun {
  /** Whose resources these are; the engine says when they may be swept. */
  readonly owner: Omit<Ownership, "expiresAt">;
  readonly listeners: readonly Listener[];
  readonly ledger: LedgerSink;
  readonly credentials: CredentialVault | undefined;
  readonly ask: Surroundings["ask"] | undefined;
  /** Folder for package lists and software bills of materials; undefined writes none. */
  readonly packageFolder: string | undefined;
}

/** What is released: records of an earlier run, and where further ones go. */
export interface ReleaseRun {
  readonly records: readonly LedgerRecord[];
  readonly ledger: LedgerSink;
  readonly listeners: readonly Listener[];
  readonly credentials: CredentialVault | undefined;
}

/** How the local cloud is opened. */
export interface LocalRun {
  /** Undefined is the folder in the user's cache. */
  readonly stateFolder: string | undefined;
  readonly onNotice: (text: string) => void;
}

/** The local cloud while it runs. */
export interface OpenLocal {
  readonly stateFolder: string;
  /** Keeps the state and ends every process and mount of it. */
  close(): Promise<void>;
}

/** How the local cloud is served to other tools. */
export interface ServeRun extends LocalRun {
  /** Undefined is any free port. */
  readonly port: number | undefined;
  /** `none` serves the APIs alone. */
  readonly machines: "sandboxes" | "none";
}

/** The local cloud while it is served. */
export interface ServedLocal {
  /** What points an AWS client at it; undefined takes a name out of the environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  close(): Promise<void>;
}

/** A shell in a new instance of an image of the local cloud. */
export interface ShellRun extends LocalRun {
  readonly imageId: string;
  readonly user: string;
  /** A command to run instead of an interactive shell. */
  readonly command: readonly string[];
}

/** The images that the local cloud keeps, and the parameters that name them. */
export interface LocalContents {
  readonly stateFolder: string;
  readonly images: readonly LocalImage[];
  readonly parameters: readonly LocalParameter[];
}

/** HCL2 text in the usual layout; undefined where it cannot be read. */
export interface FormattedTemplate {
  readonly text: string | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Where a sweep searches, and whether it removes. */
export interface SweepRun {
  /** Empty means every region of the account. */
  readonly regions: readonly string[];
  /** Region to ask for the list of regions; undefined is that of the environment. */
  readonly region: string | undefined;
  readonly remove: boolean;
  onRemoved(resource: SweepFinding["resource"]): void;
}

/** What a sweep found, and what became of it. */
export interface SweepOutcome {
  readonly findings: readonly SweepFinding[];
  /** What was removed or, where nothing is to be removed, what would be. */
  readonly removed: readonly Pick<SweepFinding["resource"], "kind" | "id" | "region">[];
  readonly left: readonly LeftBehind[];
}

/** What is promoted where, and for whom. */
export interface PromotionRun {
  readonly parameter: string;
  readonly label: string | undefined;
  readonly artifact: ArtifactName;
  /** Empty means wherever the artifact (for a rollback: the parameter) is. */
  readonly regions: readonly string[];
  /** Region of an AMI id that names none; undefined is that of the environment. */
  readonly region: string | undefined;
  readonly launchTemplate: string | undefined;
  readonly sharedWith: readonly string[];
  /** Receives waits of more than a few seconds. */
  readonly onProgress: ((event: ProgressEvent) => void) | undefined;
  /** Who moves it, for the history, e.g. `run 12 of owner/repository`: the same for a rerun. */
  readonly by: string;
  readonly repository: string;
}

/** What a promotion or rollback came to: the images by region, and what was moved to them. */
export interface PromotionOutcome {
  readonly images: Readonly<Record<string, string>>;
  /** What the parameter, or its label, named before, by region; a region where it named nothing is left out. */
  readonly previous: Readonly<Record<string, string>>;
  readonly moved: readonly Moved[];
}

/** Which parameter's history is asked for; no regions means every one that has it. */
export interface HistoryRun {
  readonly parameter: string;
  readonly regions: readonly string[];
  readonly region: string | undefined;
  /** Moves a region. */
  readonly most: number;
}

/** Which older images are removed, and where. */
export interface PruneRun {
  readonly retention: RequestedRetention;
  /** Empty means every region of the account. */
  readonly regions: readonly string[];
  /** Region to ask for the list of regions; undefined is that of the environment. */
  readonly region: string | undefined;
  readonly remove: boolean;
  readonly onDone: OnImageDone;
}

/** Which images, just promoted, have older ones of their series removed. */
export interface RemoveOlderRun extends Pick<PruneRun, "retention" | "region" | "onDone"> {
  /** By region: older images are removed in these alone. */
  readonly promoted: Readonly<Record<string, string>>;
}

/** Receives each image that was disabled or removed. */
export type OnImageDone = (
  image: Pick<RetentionRow, "region" | "imageId" | "name">,
  what: "disabled" | "removed",
) => void;

/** What was, or would be, removed; and what stays and why. */
export interface PruneOutcome extends RetentionReport {
  /** The rows of images that were, or would be, disabled or removed. */
  readonly removed: readonly RetentionRow[];
  /** Snapshots of images that an earlier run removed and did not come to delete. */
  readonly leftovers: readonly { readonly region: string; readonly id: string }[];
  readonly left: readonly NotRemoved[];
  /** Parameters that could not be read, so that what they name was not considered. */
  readonly unread: readonly string[];
}

/** A job of `strategy.matrix`. */
export interface MatrixJob {
  /** What the job is called: the image's name, with the build's where there is a job for each. */
  readonly name: string;
  readonly template: string;
  /** For the input `image`: unique in the matrix. */
  readonly image: string;
  /** For the input `only`: empty bakes all builds of the template. */
  readonly only: string;
}

/** The value of `strategy.matrix`. */
export interface Matrix {
  readonly include: readonly MatrixJob[];
}

/** Which templates become jobs, and how. */
export interface MatrixRun {
  /** Folders and templates; relative ones start from `cwd`. */
  readonly paths: readonly string[];
  readonly exclude: readonly string[];
  readonly perBuild: boolean;
  readonly cwd: string;
  readonly mask: Mask;
}

/** The matrix, or the errors that keep it from being made. */
export interface MatrixOutcome {
  readonly matrix: Matrix | undefined;
  /** What is left out, or read in another way than a folder is; one line each. */
  readonly notices: readonly string[];
  readonly errors: readonly Diagnostic[];
  readonly sources: readonly SourceText[];
}

/** The parts that do the work, wired by `engine/`; each is loaded when it is first called. */
export interface Engine {
  /** Reads a template and makes its plan; complaints are answered, not thrown. */
  prepare(request: BakeRequest, mode: PrepareMode): Promise<PreparedTemplate>;
  bake(plan: BakePlan, request: BakeRequest, run: BakeRun): Promise<BakeResult>;
  /** Writes a JSON template as HCL2. */
  upgrade(source: SourceText): Promise<UpgradedTemplate>;
  /** Writes HCL2 text in the usual layout. */
  format(source: SourceText): Promise<FormattedTemplate>;
  /** The HCL2 files at a path, of a directory also those in the directories within. Rejects with the error of the file system. */
  filesToFormat(path: string, cwd: string, recursive: boolean): Promise<readonly string[]>;
  /** Evaluates one HCL2 expression against a template; the empty path is no template. */
  evaluate(expression: string, request: BakeRequest, mask: Mask): Promise<ConsoleResult>;
  /**
   * Opens the local cloud and points this process at it: everything after goes there. Throws a `BakeError` when this machine
   * offers no sandbox or the state is of another version.
   */
  openLocal(options: LocalRun): Promise<OpenLocal>;
  /** Opens the local cloud for other tools, without pointing this process at it. Rejects as `openLocal`. */
  serveLocal(run: ServeRun): Promise<ServedLocal>;
  /** What bakes on the local cloud left; an undefined folder is the one in the user's cache. */
  localContents(stateFolder: string | undefined): Promise<LocalContents>;
  /** Removes what bakes on the local cloud left; returns its folder. */
  resetLocal(stateFolder: string | undefined): Promise<string>;
  /** Opens a shell on this terminal; returns its exit code. Rejects as `openLocal`, and for an image that does not exist. */
  localShell(run: ShellRun): Promise<number>;
  /** Finds what dead runs left, by tag alone, and removes it when asked to. Rejects when a region cannot be listed. */
  sweep(run: SweepRun): Promise<SweepOutcome>;
  /** Removes older images, or returns which it would. Rejects, with nothing removed, where it is not known what uses them. */
  prune(run: PruneRun): Promise<PruneOutcome>;
  /** After a promotion, removes older images of the series of what was promoted. Rejects as `prune` does. */
  removeOlder(run: RemoveOlderRun): Promise<PruneOutcome>;
  /** Releases what records hold open. Returns what could not be removed. */
  release(run: ReleaseRun): Promise<readonly LeftBehind[]>;
  /** Points a parameter or label at an artifact in all its regions, or in none. */
  promote(run: PromotionRun): Promise<PromotionOutcome>;
  /** Points it back at what it named before. */
  rollback(run: Omit<PromotionRun, "artifact">): Promise<PromotionOutcome>;
  /** Finds and reads templates, and makes a job of each. Throws the error of the file system for a path that does not exist. */
  matrix(run: MatrixRun): Promise<MatrixOutcome>;
  /** The moves of a parameter, newest first within a region. */
  history(run: HistoryRun): Promise<readonly HistoryLine[]>;
}
