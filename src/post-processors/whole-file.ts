import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Lets `write` make a file beside its path, which gets its name when it is whole: what fails or is cancelled leaves neither half a
 * file nor a changed one. Rejects with the error of `write`.
 */
export async function wholeFile(path: string, write: (partial: string) => Promise<void>): Promise<void> {
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
