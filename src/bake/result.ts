import type { Artifact } from "../core/artifact.js";
import type { Diagnostic } from "../core/diagnostics.js";
import type { Outcome } from "../core/events.js";
import type { BuildIdentity } from "../core/parts.js";

/** A parameter that names the latest image of a region. */
export interface PublishedParameter {
  readonly region: string;
  readonly name: string;
  readonly imageId: string;
  readonly version: number;
  /** The image that it named before, where it was moved from another. */
  readonly previous?: string | undefined;
}

/** How one build ended. A failed build may still have artifacts: an image that was made is told, whatever came after. */
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
