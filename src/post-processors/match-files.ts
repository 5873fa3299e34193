import { readdir } from "node:fs/promises";
import { join, sep } from "node:path";
import picomatch from "picomatch";

/**
 * Files that an absolute path or glob names, sorted, as Go's `filepath.Glob` matches (`*`, `?`, `[a-z]`; no `**`).
 * Answers an empty list where nothing matches.
 */
export async function matchFiles(pattern: string): Promise<string[]> {
  let found: string[] = [sep];
  for (const part of pattern.split(/[\\/]/).filter((each) => each !== "")) {
    const next = await Promise.all(found.map((folder) => matchPart(folder, part)));
    found = next.flat();
  }
  return found.sort();
}

async function matchPart(folder: string, part: string): Promise<string[]> {
  const names: string[] = await readdir(folder).catch(() => []);
  if (!/[*?[]/.test(part)) return names.includes(part) ? [join(folder, part)] : [];
  const matches = picomatch(part, { dot: true, nobrace: true, noext: true, noextglob: true, noglobstar: true });
  return names.filter((name) => matches(name)).map((name) => join(folder, name));
}
