import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, stat, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { idleCommunicator } from "../../communicators/none.js";
import type { BuilderContext, RunBuilder } from "../../core/parts.js";
import type { FileBuilderOptions } from "./options.js";

/** Writes a file (Packer's file builder, to test post-processors), then runs the provisioners, without a machine. */
export const run: RunBuilder<FileBuilderOptions> = async (options, context) => {
  const target = resolve(context.surroundings.cwd, options.target);
  await mkdir(dirname(target), { recursive: true });
  if (options.source) await copySource(options.source, target, options.target, context);
  // Readable only by this user, as in Packer: the content may contain a secret.
  else await writeFile(target, options.content ?? "", { mode: 0o600 });
  if (context.needsMachine) {
    context.narrator.warn({
      code: "file-builder-machine",
      summary: "The file builder has no machine: provisioners that need one do nothing",
      hint: 'Limit these provisioners to other builds with "only" or "except".',
      range: context.range,
    });
  }
  await context.provision({ communicator: idleCommunicator(), reachable: () => true, reconnect: undefined, data: {} });
  return {
    kind: "files",
    builderId: "packer.file",
    id: "File",
    files: [target],
    text: `Stored file: ${options.target}`,
  };
};

/** The mode of the source is not copied, as in Packer. */
async function copySource(
  source: string,
  target: string,
  name: string,
  { narrator, signal, surroundings }: BuilderContext,
): Promise<void> {
  narrator.say(`Copying ${source} to ${name}`);
  await pipeline(createReadStream(resolve(surroundings.cwd, source)), createWriteStream(target), { signal });
  narrator.say(`Copied ${(await stat(target)).size} bytes`);
}
