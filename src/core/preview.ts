import type { Diagnostic } from "./diagnostics.js";
import type { BakeError } from "./errors.js";
import type { InputChange } from "./fingerprint.js";
import type { BuildIdentity, PlannedImages, ReadingContext } from "./parts.js";

/** What a bake would do with a build. `unknown`: AWS could not be asked, or an input is not known before the run. */
export type PreviewDecision = "bake" | "reuse" | "resume" | "wait" | "unknown";

/**
 * One input that differs from that of the image that the parameter names, or of the newest image of the build; for an image that is reused, a
 * tag that would be set.
 */
export type PreviewChange = InputChange;

/** What happens in one Region. */
export interface RegionPreview {
  readonly region: string;
  /** `present`: the image that is reused is there. */
  readonly image: "create" | "copy" | "present";
  /** The parameter that would be written; undefined for none. */
  readonly parameter:
    | {
        readonly name: string;
        /** The image that it names now; undefined if it does not exist or could not be read. */
        readonly from: string | undefined;
        /** False if the parameter could not be read. */
        readonly isRead: boolean;
        /** The image that it would name; undefined is the new image. */
        readonly to: string | undefined;
      }
    | undefined;
  /** Images of the same name that the new one would replace. */
  readonly replaces: readonly string[];
  /** Older images that retention would remove after the bake. */
  readonly removes: readonly string[];
  /** Older images that retention would disable first: a later bake removes them. */
  readonly disables: readonly string[];
}

/** What a bake of one build would do now. Nothing is created or changed to find out. */
export interface BuildPreview {
  readonly identity: BuildIdentity;
  readonly decision: PreviewDecision;
  /** Why, as a clause: `unchanged since …`, `changed since ami-…: script setup.sh`. */
  readonly reason: string;
  readonly changes: readonly PreviewChange[];
  /** The name of the image, or its pattern where a part is only known in the run; undefined for a build that makes no AMI. */
  readonly imageName: string | undefined;
  /** The image that is reused or resumed, in the Region of the build. */
  readonly existing: string | undefined;
  readonly source: { readonly imageId: string; readonly name: string; readonly createdAt: string } | undefined;
  /** The Region of the build first. */
  readonly regions: readonly RegionPreview[];
  /** What could not be looked up, with the reason, as sentences without a final period. */
  readonly notLookedUp: readonly string[];
  /** What is only known in the run, e.g. `the name of the AMI contains the time`. */
  readonly knownLater: readonly string[];
  /** Warnings and errors of preflight. */
  readonly problems: readonly Diagnostic[];
}

/** What a bake of a template would do now. */
export interface PlanPreview {
  /** In template order. */
  readonly builds: readonly BuildPreview[];
  /** Whether the bake would create, change or remove anything. True if a decision is unknown. */
  readonly changes: boolean;
  /** ID of the account; undefined if it is not known. */
  readonly account: string | undefined;
}

/** What the preview of a builder returns: the preview of its build, and the account; undefined where it is not known. */
export interface BuilderPreview extends Omit<BuildPreview, "identity"> {
  readonly account: string | undefined;
}

/** The parameter of one Region, and what it names now. */
export interface ParameterReading {
  readonly region: string;
  readonly name: string;
  /** Undefined if the parameter does not exist, or could not be read. */
  readonly value: string | undefined;
  /** Why it, or the image that it names, could not be read; undefined if both were. */
  readonly error: unknown;
}

/** The parameters of a build, and the error that a bake would end with because some name an image of another series. */
export interface ParameterReadings {
  readonly parameters: readonly ParameterReading[];
  readonly refused: BakeError | undefined;
}

/** The images of a build after the bake. */
export interface ImagesAfterBake extends Omit<PlannedImages, "regions"> {
  /** IDs by Region; undefined is an image that does not exist yet. */
  readonly images: ReadonlyMap<string, string | undefined>;
  /** IDs of images that the bake replaces. */
  readonly replaced: ReadonlySet<string>;
}

/** IDs of older images of one Region. */
export type OldImages = Pick<RegionPreview, "removes" | "disables">;

/** Context of the preview of a builder. */
export interface PreviewContext extends ReadingContext {
  /** Reads the parameters that the build would write; none if it writes none. Throws for a name that Parameter Store refuses. */
  readParameters(planned: PlannedImages): Promise<ParameterReadings>;
  /** Returns the older images that retention would remove or disable, by Region. Empty without retention. */
  findOldImages(after: ImagesAfterBake): Promise<ReadonlyMap<string, OldImages>>;
}

/** Previews a build. Calls AWS only to read. Rejects when it is cancelled; other errors are problems of the preview. */
export type PreviewBuild<Options> = (options: Options, context: PreviewContext) => Promise<BuilderPreview>;
