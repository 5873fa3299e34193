import { resolve } from "node:path";
import { BakeError } from "../../core/errors.js";
import type { RunPostProcessor } from "../../core/run.js";
import { matchFiles } from "../match-files.js";
import type { ArtificeOptions } from "./options.js";

/** Replaces the artifact by local files (Packer §6.4). Throws a `BakeError` when one of `files` matches nothing. */
export const run: RunPostProcessor<ArtificeOptions> = async (_artifact, options, context) => {
  const files: string[] = [];
  for (const pattern of options.files) {
    const matched = await matchFiles(resolve(context.surroundings.cwd, pattern));
    if (matched.length === 0) {
      throw new BakeError(`no such file or directory: '${pattern}'`, {
        code: "artifice-file-missing",
        blame: "user",
        hint: "The files of artifice must exist when it runs: download them with a file provisioner (direction = download).",
        ...(context.range ? { range: context.range } : {}),
      });
    }
    files.push(...matched);
  }
  const text = `Created artifact from files: ${files.join(", ")}`;
  return {
    artifact: { kind: "files", builderId: "packer.post-processor.artifice", files, text },
    keepInput: { keep: false, forced: false },
  };
};
