import { rm } from "node:fs/promises";
import { systemClock } from "../core/clock.js";
import type { Intent } from "../core/ledger.js";
import type { Environment } from "../core/surroundings.js";
import { terminateClients } from "../docker/client.js";
import { isBeingCommitted, removeContainer } from "../docker/containers.js";
import { type ContainerEngine, DEFAULT_CLIENT } from "../docker/engine.js";
import { removeImage } from "../docker/images.js";

/** An entry of something on this machine, or in the engine that it talks to. */
interface LocalEntry {
  readonly kind: "container" | "docker-image" | "local-path";
  readonly id: string | undefined;
  readonly intent: Intent;
  /** Milliseconds since the epoch at which the intent was written. */
  readonly at: number;
}

/** What releasing on this machine needs from outside. */
export interface LocalParts {
  /** Clock of the run, milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly env: Environment;
}

/** An engine still makes what a client that was killed had asked for, for so long after it was asked, in milliseconds. */
const LATE = 5000;

/** Time between two searches for it, in milliseconds. */
const SEARCH_AGAIN = 500;

/**
 * Removes a container, the image of an unfinished build or a temporary path, by its id or else by its unique name; returns what
 * was removed. Throws a `BakeError` when the engine cannot be asked.
 */
export async function releaseLocal(entry: LocalEntry, parts: LocalParts): Promise<string | undefined> {
  const name = entry.id ?? entry.intent.name;
  if (name === undefined) return undefined;
  if (entry.kind === "local-path") {
    await rm(name, { recursive: true, force: true });
    return name;
  }
  const engine: ContainerEngine = { program: entry.intent.details?.program ?? DEFAULT_CLIENT, env: parts.env };
  const container = entry.kind === "container" ? name : entry.intent.details?.container;
  // Engines still finish what a client asked for that is ended only now.
  const asked = (await terminateClients(entry.intent.name ?? name, parts.signal)) ? parts.now() : entry.at;
  for (;;) {
    const committed = container !== undefined && (await isBeingCommitted(engine, container, parts.signal));
    // A container is the only sign of an image that is still being made of it: both are left alone until that is over.
    if (!committed) {
      const remove = entry.kind === "container" ? removeContainer : removeImage;
      if (await remove(engine, name, parts.signal)) return name;
      if (entry.id !== undefined || parts.now() >= asked + LATE) return undefined;
    }
    await systemClock.sleep(SEARCH_AGAIN, parts.signal);
  }
}
