import type { FoundImage } from "../../../../aws/image.js";
import type { ImagePlan } from "../../plan.js";
import type { ImageMetadata } from "../../tags.js";
import type { LaunchNetwork } from "../network.js";

/**
 * How much is checked. `bake`: the checks that fit into two calls a Region, and all others only when these find an error. `all`: everything.
 * `lookups`: no dry runs, for credentials that may only read.
 */
export type PreflightDepth = "bake" | "all" | "lookups";

/** Where and how the instance is launched. */
export interface LaunchFacts {
  readonly network: LaunchNetwork;
  /** As in `InstanceAccess`. */
  readonly publicAddress: boolean | undefined;
  /** The security groups of the template; undefined where one is created. */
  readonly groupIds: readonly string[] | undefined;
  /** Base64. */
  readonly userData: string | undefined;
}

/** What is known of the bake. What is undefined could not be found, so what depends on it is not checked. */
export interface PreflightFacts {
  readonly depth: PreflightDepth;
  readonly source: FoundImage | undefined;
  readonly metadata: Pick<ImageMetadata, "description" | "tags"> | undefined;
  readonly images: ImagePlan;
  /** Known after further calls, which other checks do not wait for. Rejects where it cannot be found. */
  readonly launch: Promise<LaunchFacts>;
  /** Resolves when the bake has what it waits for anyway: preflight ends soon after. Never rejects. `failed`: one of these lookups failed. */
  readonly others: Promise<{ readonly failed: boolean }>;
}
