import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { BakeError } from "../core/errors.js";
import { readState, type SavedState } from "./endpoint/state.js";

/** Where the local cloud keeps its state by default: the user's cache folder. */
export function defaultStateFolder(env: Readonly<Record<string, string | undefined>>, home: string): string {
  return join(env.XDG_CACHE_HOME || join(home, ".cache"), "bake-ami", "local");
}

const FILE = "cloud.json";

/** Reads what an earlier run left; undefined when it left nothing. Throws a `BakeError` for a state of another version. */
export function loadStateFolder(folder: string): SavedState | undefined {
  let text: string;
  try {
    text = readFileSync(join(folder, FILE), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unusable(folder, error);
  }
  try {
    return readState(JSON.parse(text));
  } catch (cause) {
    throw new BakeError(`Could not read the state of the local cloud in "${folder}": ${reason(cause)}`, {
      code: "local-state-version",
      hint: `Run "bake-ami local reset --local-state ${folder}" to delete the state.`,
      cause,
    });
  }
}

/** Writes the state so that a run that is killed meanwhile leaves the old one whole. */
export function saveStateFolder(folder: string, state: SavedState): void {
  try {
    mkdirSync(folder, { recursive: true });
    const fresh = join(folder, `${FILE}.new`);
    const file = openSync(fresh, "w", 0o600);
    try {
      writeSync(file, JSON.stringify(state));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(fresh, join(folder, FILE));
  } catch (error) {
    throw unusable(folder, error);
  }
}

/** Forgets images, snapshots and parameters; layers are the sandboxes' to discard. */
export function wipeStateFolder(folder: string): void {
  rmSync(join(folder, FILE), { force: true });
  rmSync(join(folder, "machines"), { recursive: true, force: true });
}

function reason(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function unusable(folder: string, cause: unknown): BakeError {
  const full = (cause as NodeJS.ErrnoException).code === "ENOSPC";
  return new BakeError(`Could not write the state of the local cloud to "${folder}": ${reason(cause)}`, {
    code: full ? "local-disk-full" : "local-state-folder",
    hint: full
      ? "Free some space, or choose another folder with --local-state."
      : "Choose another folder with --local-state.",
    cause,
  });
}
