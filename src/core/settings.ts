import type { ImageTestSettings } from "./image-tests.js";
import type { Ownership } from "./ownership.js";

/** Values of `on-error`: what to do when a build fails (Packer §7.1 `-on-error`). */
export const ON_ERROR_WORDS = ["cleanup", "abort", "ask", "run-cleanup-provisioner"] as const;

export type OnError = (typeof ON_ERROR_WORDS)[number];

/** Values of `access`: how builds connect to their instances. `template` is what the template sets, which is Packer's way. */
export const ACCESS_WORDS = ["template", "auto"] as const;

export type AccessSetting = (typeof ACCESS_WORDS)[number];

/** What the local cloud does with Windows instances: `record` runs nothing, and records what they are requested to do. */
export const WINDOWS_MODES = ["refuse", "record"] as const;

export type WindowsMode = (typeof WINDOWS_MODES)[number];

/** Settings of a run outside the template. */
export interface RunSettings {
  readonly runUuid: string;
  readonly onError: OnError;
  readonly force: boolean;
  readonly debug: boolean;
  readonly ownership: Ownership;
  /** The image series: the value of the input `image`, or the default name of the template. */
  readonly image: string;
  /** Regions to copy to in addition to the template's `ami_regions`. */
  readonly regions: readonly string[];
  /** Region where the template sets none. */
  readonly defaultRegion: string | undefined;
  readonly missingRegion: "fail" | "warn";
  readonly spotFallback: boolean;
  /** ARN of the policy that limits temporary roles; undefined limits them by their own policy only. */
  readonly permissionsBoundary: string | undefined;
  readonly access: AccessSetting;
  /** Whether problems that AWS would report later are searched for before anything is created. */
  readonly preflight: boolean;
  /** CIDR blocks that may connect by SSH; empty means the runner's own address. */
  readonly sshSourceCidrs: readonly string[];
  /** Whether a host key that is unknown after the first login is accepted. */
  readonly sshAcceptNewHostKeys: boolean;
  /** Reuse an unchanged image instead of baking; `maxAge` in milliseconds. */
  readonly skipUnchanged: { readonly enabled: boolean; readonly maxAge: number | undefined };
  /** Undefined: images are not tested. */
  readonly tests: ImageTestSettings | undefined;
  /** Longest age of an unfinished image that is resumed, in milliseconds; 0 resumes none. */
  readonly resumeWithin: number;
  /** Minutes after which the instance shuts down and terminates without a running bake; undefined is off. */
  readonly deadManMinutes: number | undefined;
  /** Whether there is a terminal to prompt at. */
  readonly interactive: boolean;
}
