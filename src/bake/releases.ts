import { messageOf } from "../core/errors.js";
import type { Narrator } from "../core/events.js";
import type { Release, Releases } from "../core/parts.js";

/** A stack of releases that runs in reverse. */
export interface ReleaseStack extends Releases {
  /** Runs what is still registered, last first; a failure is told and the others go on. Runs each at most once. */
  unwind(signal: AbortSignal): Promise<void>;
}

/** Opens an empty stack. */
export function releaseStack(narrator: Narrator): ReleaseStack {
  const registered = new Set<Release>();
  return {
    defer(release) {
      registered.add(release);
      return () => {
        registered.delete(release);
      };
    },
    async unwind(signal) {
      for (const release of [...registered].reverse()) {
        registered.delete(release);
        try {
          await release.run(signal);
        } catch (error) {
          narrator.warn({ code: "release-failed", summary: `${release.name}: ${messageOf(error)}` });
        }
      }
    },
  };
}
