import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { appendFile, mkdir, rm } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import type { PostProcessorContext, RunPostProcessor } from "../../core/run.js";
import type { ChecksumOptions } from "./options.js";

/**
 * Writes `HEX<TAB>NAME` of each file of the artifact, one output file a hash function (Packer §6.2).
 * The result is the checksum files and the artifact's own; the input is always kept.
 */
export const run: RunPostProcessor<ChecksumOptions> = async (artifact, options, context) => {
  const files = artifact.kind === "files" ? artifact.files : [];
  const outputs = new Set<string>();
  for (const type of options.checksum_types) {
    const output = resolve(context.surroundings.cwd, outputName(type, options, context));
    if (!outputs.has(output)) await rm(output, { force: true });
    outputs.add(output);
    await mkdir(dirname(output), { recursive: true });
    for (const file of files) {
      const sum = await hash(type, file, context.signal);
      await appendFile(output, `${sum}\t${basename(file)}\n`, { mode: 0o644 });
    }
  }
  const made = {
    kind: "files",
    builderId: "packer.post-processor.checksum",
    files: files.length > 0 ? [...files, ...outputs] : [],
    text: `Created artifact from files: ${[...files, ...outputs].join(", ")}`,
  } as const;
  return { artifact: files.length > 0 ? made : artifact, keepInput: { keep: true, forced: true } };
};

function outputName(type: string, options: ChecksumOptions, context: PostProcessorContext): string {
  const { shortName, builderType } = context.identity;
  if (!options.output) return `packer_${shortName}_${builderType}_${type}.checksum`;
  return options.output.render({ BuildName: shortName, BuilderType: builderType, ChecksumType: type });
}

async function hash(type: string, file: string, signal: AbortSignal): Promise<string> {
  const sum = createHash(type);
  await pipeline(createReadStream(file), sum, { signal });
  return sum.digest("hex");
}
