import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, isAbsolute, relative, sep } from "node:path";

/** A file as templates and Packer's artifacts name it: from the working directory where it lies below, else in full. */
export function nameFrom(cwd: string, path: string): string {
  return isBelow(cwd, path) ? relative(cwd, path) : path;
}

/** A file as an archive names it: from the working directory with slashes where it lies below, else its last part. */
export function archivedName(cwd: string, path: string): string {
  return isBelow(cwd, path) ? relative(cwd, path).split(sep).join("/") : basename(path);
}

/** What an artifact of local files is called in the summary (Packer: checksum, artifice). */
export function filesText(cwd: string, files: readonly string[]): string {
  return `Created artifact from files: ${files.map((file) => nameFrom(cwd, file)).join(", ")}`;
}

function isBelow(cwd: string, path: string): boolean {
  const name = relative(cwd, path);
  return name !== "" && name !== ".." && !name.startsWith(`..${sep}`) && !isAbsolute(name);
}

/**
 * Writes a file under another name that becomes its own once it is whole: what fails or is cancelled leaves neither half a file nor
 * a changed one. Creates the folder. Rejects with the error of `write`.
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
