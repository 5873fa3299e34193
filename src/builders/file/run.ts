import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { RunBuilder } from "../../core/run.js";
import type { FileBuilderOptions } from "./options.js";

/** Writes a file (Packer's file builder, for trying post-processors). It runs no provisioner, as Packer's does not. */
export const run: RunBuilder<FileBuilderOptions> = async (options, context) => {
  const target = resolve(context.surroundings.cwd, options.target);
  await mkdir(dirname(target), { recursive: true });
  if (options.source) await copyFile(resolve(context.surroundings.cwd, options.source), target);
  else await writeFile(target, options.content ?? "");
  return {
    kind: "files",
    builderId: "packer.file",
    id: "File",
    files: [target],
    text: `Stored file: ${options.target}`,
  };
};
