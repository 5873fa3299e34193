import { randomUUID } from "node:crypto";
import { systemClock } from "../../src/core/clock.js";
import { noDebug } from "../../src/core/debug.js";
import { type BakeEvent, narrator } from "../../src/core/events.js";
import type { PartContext } from "../../src/core/parts.js";
import type { RunSettings } from "../../src/core/settings.js";

/** Returns settings with the command line's defaults, without preflight. */
export function settings(more: Partial<RunSettings> = {}): RunSettings {
  return {
    runUuid: "11111111-2222-3333-4444-555555555555",
    onError: "cleanup",
    force: false,
    debug: false,
    ownership: { runId: "run-1", attempt: "1", repository: "example/images" },
    image: "web",
    regions: [],
    defaultRegion: undefined,
    missingRegion: "fail",
    spotFallback: false,
    permissionsBoundary: undefined,
    access: "template",
    preflight: false,
    sshSourceCidrs: [],
    sshAcceptNewHostKeys: false,
    skipUnchanged: { enabled: false, maxAge: undefined },
    tests: undefined,
    resumeWithin: 86_400_000,
    deadManMinutes: undefined,
    interactive: false,
    ...more,
  };
}

/** Returns a context that collects its events in `events`. */
export function partContext(
  cwd: string,
  more: Partial<RunSettings> = {},
): PartContext & { readonly events: BakeEvent[] } {
  const events: BakeEvent[] = [];
  const keys = new Map();
  return {
    events,
    identity: { name: "web", shortName: "web", sourceName: "web", builderType: "amazon-ebs" },
    narrator: narrator([(event) => events.push(event)], Date.now, "web"),
    signal: new AbortController().signal,
    settings: settings(more),
    range: undefined,
    surroundings: {
      clock: systemClock,
      ids: {
        uuid: randomUUID,
        short: (length) => randomUUID().replaceAll("-", "").slice(0, length),
        random: Math.random,
      },
      env: process.env,
      cwd,
      credentials: { get: (name) => keys.get(name), put: (name, value) => void keys.set(name, value) },
      debug: noDebug,
      webIdentity: undefined,
      ask: undefined,
    },
  };
}
