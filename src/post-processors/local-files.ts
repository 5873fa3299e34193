import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, isAbsolute, relative, sep } from "node:path";

/** Returns a path as in Packer's artifacts: relative in the working directory, else absolute. */
export function nameFrom(cwd: string, path: string): string {
  return isBelow(cwd, path) ? relative(cwd, path) : path;
}

/** Returns the name of a file in an archive: its relative path in the working directory, with slashes; else its base name. */
export function archivedName(cwd: string, path: string): string {
  return isBelow(cwd, path) ? relative(cwd, path).split(sep).join("/") : basename(path);
}

/** Returns the description of an artifact of local files in the summary (Packer: checksum, artifice). */
export function filesText(cwd: string, files: readonly string[]): string {
  return `Created artifact from files: ${files.map((file) => nameFrom(cwd, file)).join(", ")}`;
}

function isBelow(cwd: string, path: string): boolean {
  const name = relative(cwd, path);
  return name !== "" && name !== ".." && !name.startsWith(`..${sep}`) && !isAbsolute(name);
}

/**
 * Writes a file under a temporary name and renames it when complete, so that a failure or a cancellation leaves no partial file.
 * Creates the directory. Rejects with the error of `write`.
 */
export async function writeWhole(path: string, write: (partial: string) => Promise<void>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const partial = `${path}.partial`;
  try {
    await write(partial);
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}
