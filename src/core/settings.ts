import type { Ownership } from "./ownership.js";

/** The words of `on-error`: what happens when a build fails (Packer §7.1 `-on-error`). */
export const ON_ERROR_WORDS = ["cleanup", "abort", "ask", "run-cleanup-provisioner"] as const;

export type OnError = (typeof ON_ERROR_WORDS)[number];

/** Settings of a run that are not in the template. */
export interface RunSettings {
  readonly runUuid: string;
  readonly onError: OnError;
  readonly force: boolean;
  readonly debug: boolean;
  readonly ownership: Ownership;
  /** Regions to copy to in addition to the template's `ami_regions`. */
  readonly regions: readonly string[];
  /** Region where the template names none. */
  readonly defaultRegion: string | undefined;
  readonly missingRegion: "fail" | "warn";
  readonly spotFallback: boolean;
  /** CIDRs allowed to reach SSH; empty means: the caller's own address. */
  readonly sshSourceCidrs: readonly string[];
  /** Reuse an unchanged image instead of baking; `maxAge` in milliseconds. */
  readonly skipUnchanged: { readonly enabled: boolean; readonly maxAge: number | undefined };
  /** Instance kills itself after this many minutes without a bake (shutdown behaviour terminate); undefined is off. */
  readonly deadManMinutes: number | undefined;
  /** Whether someone can be asked (a terminal). */
  readonly interactive: boolean;
}
