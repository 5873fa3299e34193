import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { BakeError } from "../core/errors.js";
import { describeFileError } from "../core/file-error.js";
import { readState, type SavedState } from "./endpoint/state.js";

/** Where the local cloud keeps its state by default: the user's cache directory. */
export function defaultStateDirectory(env: Readonly<Record<string, string | undefined>>, home: string): string {
  return join(env.XDG_CACHE_HOME || join(home, ".cache"), "bake-ami", "local");
}

const FILE = "cloud.json";

/** Reads what an earlier run left; undefined when it left nothing. Throws a `BakeError` for a state of another version. */
export function loadStateDirectory(directory: string): SavedState | undefined {
  let text: string;
  try {
    text = readFileSync(join(directory, FILE), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw unusable(directory, error);
  }
  try {
    return readState(JSON.parse(text));
  } catch (cause) {
    throw new BakeError(`Could not read the state of the local cloud in "${directory}": ${describeFileError(cause)}`, {
      code: "local-state-version",
      hint: `Run "bake-ami local reset --local-state ${directory}" to delete the state.`,
      cause,
    });
  }
}

/** Writes the state so that a run that is killed meanwhile leaves the old one whole. */
export function saveStateDirectory(directory: string, state: SavedState): void {
  try {
    mkdirSync(directory, { recursive: true });
    const fresh = join(directory, `${FILE}.new`);
    const file = openSync(fresh, "w", 0o600);
    try {
      writeSync(file, JSON.stringify(state));
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(fresh, join(directory, FILE));
  } catch (error) {
    throw unusable(directory, error);
  }
}

/** Forgets images, snapshots and parameters; layers are the sandboxes' to discard. */
export function wipeStateDirectory(directory: string): void {
  rmSync(join(directory, FILE), { force: true });
  rmSync(join(directory, "machines"), { recursive: true, force: true });
}

function unusable(directory: string, cause: unknown): BakeError {
  const full = (cause as NodeJS.ErrnoException).code === "ENOSPC";
  return new BakeError(`Could not write the state of the local cloud to "${directory}": ${describeFileError(cause)}`, {
    code: full ? "local-disk-full" : "local-state-directory",
    hint: full
      ? "Free some space, or choose another directory with --local-state."
      : "Choose another directory with --local-state.",
    cause,
  });
}
