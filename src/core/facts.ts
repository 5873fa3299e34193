import type { LateText } from "./late.js";
import type { Range } from "./source.js";

/** What other rooms know of a build before it runs. A builder kind derives it from its options, next to its schema. */
export interface BuildFacts {
  /** How the machine is reached; `none` where it is not, undefined for a kind that has no machine. */
  readonly communicator: string | undefined;
  /** The AMIs that the build makes; undefined where it makes none, so that none can be found again. */
  readonly images: ImageFacts | undefined;
}

/** The AMIs of a build: how they are called, where they are, and what may be on them. */
export interface ImageFacts {
  readonly name: string;
  /** Regions that the images are in, the build's own first; undefined stands for the run's default Region. */
  readonly regions: readonly (string | undefined)[];
  /** Where the template names the Regions to copy to; the builder's place where it names none. */
  readonly copiesRange: Range;
  /** Tags of images and snapshots, one list for each option that gives some. */
  readonly tags: readonly (readonly TagText[])[];
}

/** A tag whose key and value are rendered during the build. */
export interface TagText {
  readonly key: LateText;
  readonly value: LateText;
}

/** Derives the facts of a build. `place` is where an option stands in the template, or the builder where it does not. */
export type DeriveFacts<Options> = (options: Options, place: (option: keyof Options & string) => Range) => BuildFacts;

/** What other rooms know of a kind of provisioner. A kind states it next to its schema. */
export interface ProvisionerFacts<Options> {
  /** Where its programs run. What a program on the runner does to the machine cannot be known before the run. */
  readonly runsOn: "machine" | "runner";
  /** Whether it runs commands on the machine or moves files to or from it. */
  readonly needsMachine: boolean;
  /** Whether it can leave something in the image. */
  readonly changesImage: boolean;
  /** What a report names it by besides its type; undefined for the type alone. */
  readonly subject: (options: Options) => ProvisionerSubject | undefined;
}

/** The file or folder of the runner that a provisioner is about, as the template names it. */
export interface ProvisionerSubject {
  /** `script`, or the type of the provisioner. */
  readonly what: string;
  readonly path: string;
}

/** The first path that is given, as the subject of a provisioner. */
export function firstPath(what: string, paths: readonly (string | undefined)[]): ProvisionerSubject | undefined {
  const path = paths.find((each) => each !== undefined && each !== "");
  return path === undefined ? undefined : { what, path };
}
