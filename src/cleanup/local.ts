import { rm } from "node:fs/promises";
import type { Intent } from "../core/ledger.js";
import type { ReleaseParts } from "./release.js";

/** An entry of something on this machine. */
interface LocalEntry {
  readonly kind: "container" | "docker-image" | "local-path";
  readonly id: string | undefined;
  readonly intent: Intent;
}

/** Removes a container, a dangling image or a temporary path; answers what was removed. */
export async function releaseLocal(entry: LocalEntry, _parts: ReleaseParts): Promise<string | undefined> {
  const name = entry.id ?? entry.intent.name;
  if (name === undefined) return undefined;
  await rm(name, { recursive: true, force: true });
  return name;
}
