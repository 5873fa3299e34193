import type { Artifact, PublishedParameter } from "../core/artifact.js";
import type { Diagnostic } from "../core/diagnostics.js";
import type { Outcome } from "../core/events.js";
import type { BuildIdentity } from "../core/parts.js";

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
