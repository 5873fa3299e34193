import type { LateText } from "./late.js";
import type { Range } from "./source.js";

/** What other modules know about a build before it runs. A builder kind derives it from its options, next to its schema. */
export interface BuildFacts {
  /** The communicator's type; undefined for a kind that has no machine. */
  readonly communicator: string | undefined;
  /** The AMIs that the build creates; undefined where it creates none. */
  readonly images: ImageFacts | undefined;
}

/** The AMIs of a build: name, Regions, tags. */
export interface ImageFacts {
  readonly name: string;
  /** Regions of the images, the build Region first; undefined stands for the run's default Region. */
  readonly regions: readonly (string | undefined)[];
  /** Place of the option that lists the Regions to copy to; the builder's place where it is not set. */
  readonly copiesRange: Range;
  /** Tags of images and snapshots, one list per option. */
  readonly tags: readonly (readonly TagText[])[];
}

/** A tag whose key and value are rendered during the build. */
export interface TagText {
  readonly key: LateText;
  readonly value: LateText;
}

/** Derives the facts of a build. `place` returns the place of an option in the template, or the builder's place where it is not set. */
export type DeriveFacts<Options> = (options: Options, place: (option: keyof Options & string) => Range) => BuildFacts;

/** What other modules know about a kind of provisioner. Each kind defines it next to its schema. */
export interface ProvisionerFacts<Options> {
  /** Where its programs run. The effect of a program on the runner is unknown before the run. */
  readonly runsOn: "machine" | "runner";
  /** Whether it runs commands on the machine or transfers files. */
  readonly needsMachine: boolean;
  /** Whether its commands are for a Unix shell, whatever its options. */
  readonly needsUnix: boolean;
  /**
   * Whether it can change the image. `by its options`: what it sends depends on how the machine responds, so that its options alone are
   * hashed for the fingerprint.
   */
  readonly changesImage: boolean | "by its options";
  /** What reports name in addition to the type; undefined for the type alone. */
  readonly subject: (options: Options) => ProvisionerSubject | undefined;
}

/** The main file or directory of a provisioner, as the template names it. */
export interface ProvisionerSubject {
  /** `script`, or the type of the provisioner. */
  readonly what: string;
  readonly path: string;
}

/** Returns the first path that is set, as the subject of a provisioner. */
export function firstPath(what: string, paths: readonly (string | undefined)[]): ProvisionerSubject | undefined {
  const path = paths.find((each) => each !== undefined && each !== "");
  return path === undefined ? undefined : { what, path };
}
