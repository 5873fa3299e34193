import { systemClock } from "../core/clock.js";
import type { Intent } from "../core/ledger.js";
import type { Environment } from "../core/surroundings.js";
import { terminateClients } from "../docker/client.js";
import { isBeingCommitted, removeContainer } from "../docker/containers.js";
import { type ContainerEngine, DEFAULT_CLIENT } from "../docker/engine.js";
import { removeImage } from "../docker/images.js";

/** A ledger entry of a resource in a container engine. */
interface LocalEntry {
  readonly kind: "container" | "docker-image";
  readonly id: string | undefined;
  readonly intent: Intent;
  /** Milliseconds since the epoch at which the intent was written. */
  readonly at: number;
}

/** The dependencies of a release in a container engine. */
export interface LocalParts {
  /** Clock of the run, milliseconds. */
  readonly now: () => number;
  readonly signal: AbortSignal;
  readonly env: Environment;
}

/** How long an engine can take to create what a killed client requested, in milliseconds after the request. */
const LATE = 5000;

/** Time between two searches for such a resource, in milliseconds. */
const SEARCH_AGAIN = 500;

/**
 * Removes a container or the image of an unfinished build, by its id or its unique name. Returns the id or name that was removed;
 * undefined if nothing was found. Throws a `BakeError` when the engine cannot be reached.
 */
export async function releaseLocal(entry: LocalEntry, parts: LocalParts): Promise<string | undefined> {
  const name = entry.id ?? entry.intent.name;
  if (name === undefined) return undefined;
  const engine: ContainerEngine = { program: entry.intent.details?.program ?? DEFAULT_CLIENT, env: parts.env };
  const container = entry.kind === "container" ? name : entry.intent.details?.container;
  // The engine completes the request of a client that is terminated only now.
  const requestedAt = (await terminateClients(entry.intent.name ?? name, parts.signal)) ? parts.now() : entry.at;
  for (;;) {
    const committed = container !== undefined && (await isBeingCommitted(engine, container, parts.signal));
    // A commit in progress is visible only through its container. Both stay until it ends.
    if (!committed) {
      const remove = entry.kind === "container" ? removeContainer : removeImage;
      if (await remove(engine, name, parts.signal)) return name;
      if (entry.id !== undefined || parts.now() >= requestedAt + LATE) return undefined;
    }
    await systemClock.sleep(SEARCH_AGAIN, parts.signal);
  }
}
