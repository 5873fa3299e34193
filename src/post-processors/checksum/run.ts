import { createHash } from "node:crypto";
import { createReadStream, existsSync, readFileSync, writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import type { PostProcessorContext, RunPostProcessor } from "../../core/parts.js";
import { filesText } from "../local-files.js";
import type { ChecksumOptions } from "./options.js";

/**
 * Writes `HEX<TAB>NAME` for each file of the artifact, one output file per hash function (Packer §6.2).
 * Returns the artifact's files and the checksum files; the input is always kept.
 */
export const run: RunPostProcessor<ChecksumOptions> = async (artifact, options, context) => {
  const files = artifact.kind === "files" ? artifact.files : [];
  const outputs = new Set<string>();
  for (const type of options.checksum_types) {
    const output = resolve(context.surroundings.cwd, outputName(type, options, context));
    outputs.add(output);
    await mkdir(dirname(output), { recursive: true });
    for (const file of files) append(output, await hash(type, file, context.signal), basename(file));
  }
  const made = {
    kind: "files",
    builderId: "packer.post-processor.checksum",
    id: undefined,
    files: files.length > 0 ? [...files, ...outputs] : [],
    text: filesText(context.surroundings.cwd, [...files, ...outputs]),
  } as const;
  return {
    artifact: files.length > 0 ? made : artifact,
    keepInput: { keep: true, forced: true },
    files: files.length > 0 ? [...outputs].map((path) => ({ kind: "checksums", path })) : [],
  };
};

/**
 * Adds a checksum to a file that other builds and earlier runs also write; replaces an earlier one of the same type and file.
 * Synchronous, because builds run in parallel.
 */
function append(output: string, sum: string, name: string): void {
  const before = existsSync(output) ? readFileSync(output, "utf8") : "";
  const others = before.split("\n").filter((line) => line !== "" && !isOf(line, sum.length, name));
  writeFileSync(output, [...others, `${sum}\t${name}`, ""].join("\n"));
}

function isOf(line: string, length: number, name: string): boolean {
  return line.length === length + 1 + name.length && line.endsWith(`\t${name}`);
}

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
