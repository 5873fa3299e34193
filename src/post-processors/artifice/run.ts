import { readdir } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import picomatch from "picomatch";
import { BakeError } from "../../core/errors.js";
import type { RunPostProcessor } from "../../core/parts.js";
import { filesText, nameFrom } from "../local-files.js";
import type { ArtificeOptions } from "./options.js";

/** Replaces the artifact with local files (Packer §6.4). Throws a `BakeError` when an entry of `files` matches nothing. */
export const run: RunPostProcessor<ArtificeOptions> = async (artifact, options, context) => {
  const { narrator, surroundings } = context;
  const names = (paths: readonly string[]) => paths.map((path) => nameFrom(surroundings.cwd, path)).join(", ");
  if (artifact.kind === "files" && artifact.files.length > 0) {
    narrator.say(`Discarding files from artifact: ${names(artifact.files)}`);
  }
  const files: string[] = [];
  for (const pattern of options.files) {
    const matched = await matchFiles(resolve(surroundings.cwd, pattern));
    if (matched.length === 0) {
      throw new BakeError(`No such file or directory: "${pattern}"`, {
        code: "artifice-file-missing",
        hint: 'Download the files with a file provisioner ("direction" set to "download"). They must exist when artifice runs.',
        range: context.range,
      });
    }
    files.push(...matched);
  }
  narrator.say(`Using these artifact files: ${names(files)}`);
  const text = filesText(surroundings.cwd, files);
  return {
    artifact: { kind: "files", builderId: "packer.post-processor.artifice", id: undefined, files, text },
    keepInput: { keep: false, forced: false },
    files: [],
  };
};

/**
 * Returns the files that match an absolute path or glob, sorted, as Go's `filepath.Glob` does (`*`, `?`, `[a-z]`; no `**`).
 */
async function matchFiles(pattern: string): Promise<string[]> {
  let found: string[] = [sep];
  for (const part of pattern.split(/[\\/]/).filter((each) => each !== "")) {
    const next = await Promise.all(found.map((directory) => matchPart(directory, part)));
    found = next.flat();
  }
  return found.sort();
}

async function matchPart(directory: string, part: string): Promise<string[]> {
  const names: string[] = await readdir(directory).catch(() => []);
  if (!/[*?[]/.test(part)) return names.includes(part) ? [join(directory, part)] : [];
  const matches = picomatch(part, { dot: true, nobrace: true, noext: true, noextglob: true, noglobstar: true });
  return names.filter((name) => matches(name)).map((name) => join(directory, name));
}
