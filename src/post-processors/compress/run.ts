import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import type { Artifact } from "../../core/artifact.js";
import { BakeError } from "../../core/errors.js";
import type { PostProcessorContext, RunPostProcessor } from "../../core/run.js";
import { tarArchive } from "../../ssh/tar-writer.js";
import { archivedName } from "../file-names.js";
import { type CompressFormat, formatName, formatOf, HIGHEST_LEVEL, withFormat } from "./format.js";
import type { CompressOptions } from "./options.js";
import { type ArchiveMember, ZIP_LIMIT, zipArchive } from "./zip.js";

/** Level where none is given: gzip's own. */
const DEFAULT_LEVEL = 6;

/** Packs the artifact's files into one (Packer §6.3). The input is not kept unless the user says so. */
export const run: RunPostProcessor<CompressOptions> = async (artifact, options, context) => {
  const name = outputName(options, context);
  const output = resolve(context.surroundings.cwd, name);
  const format = formatOf(withFormat(basename(name), options.format));
  if ("refused" in format) throw refusal(`the format ${format.refused} is not written`, context);
  const members = await membersOf(artifact, format, context);
  context.narrator.say(`Compressing ${count(members.length)} into ${name} (${formatName(format)})`);
  await write(output, packed(members, format, levelOf(options)), context.signal);
  context.narrator.say(`Archive ${name} completed`);
  return {
    artifact: {
      kind: "files",
      builderId: "packer.post-processor.compress",
      files: [output],
      text: `compressed artifacts in: ${name}`,
    },
    keepInput: { keep: false, forced: false },
  };
};

function outputName({ output }: CompressOptions, { identity }: PostProcessorContext): string {
  const { shortName, builderType } = identity;
  return output?.render({ BuildName: shortName, BuilderType: builderType }) || `packer_${shortName}_${builderType}`;
}

/** 0 and -1 say the default, and what is over the highest the highest, as in Packer. */
function levelOf({ compression_level: level }: CompressOptions): number {
  return level === undefined || level < 1 ? DEFAULT_LEVEL : Math.min(level, HIGHEST_LEVEL);
}

async function membersOf(
  artifact: Artifact,
  format: CompressFormat,
  context: PostProcessorContext,
): Promise<readonly ArchiveMember[]> {
  const files = artifact.kind === "files" ? artifact.files : [];
  if (files.length === 0) {
    throw refusal(
      "there is nothing to compress: the artifact has no files",
      context,
      "Compress what a file builder, a docker export or artifice made; an AMI has no files.",
    );
  }
  if (format.archive === "none" && files.length > 1) {
    throw refusal(
      `gz holds one file, and the artifact has ${files.length}`,
      context,
      'Let the output end in ".tar.gz" or ".zip".',
    );
  }
  const members = await Promise.all(
    files.map(async (path) => {
      const { size, mode } = await stat(path);
      const name = format.archive === "zip" ? archivedName(context.surroundings.cwd, path) : basename(path);
      return { path, name, size, mode: mode & 0o777 };
    }),
  );
  const large = members.find(({ size }) => format.archive === "zip" && size > ZIP_LIMIT);
  if (large) throw refusal(`${large.path} is too large for a zip file`, context, "Use .tar.gz.");
  return members;
}

function packed(
  members: readonly ArchiveMember[],
  format: CompressFormat,
  level: number,
): readonly [NodeJS.ReadableStream, ...NodeJS.ReadWriteStream[]] {
  if (format.archive === "zip") return [Readable.from(zipArchive(members, level))];
  const [only] = members;
  if (format.archive === "none" && only) return [createReadStream(only.path), createGzip({ level })];
  const entries = members.map(({ path, name, mode }) => ({
    kind: "file" as const,
    name: Buffer.from(name),
    path: Buffer.from(path),
    mode,
  }));
  const tar = Readable.from(tarArchive(entries));
  return format.gzip ? [tar, createGzip({ level })] : [tar];
}

/** Writes beside the output first: what fails or is cancelled leaves neither half a file nor a changed one. */
async function write(
  output: string,
  streams: readonly [NodeJS.ReadableStream, ...NodeJS.ReadWriteStream[]],
  signal: AbortSignal,
): Promise<void> {
  await mkdir(dirname(output), { recursive: true });
  const partial = `${output}.partial`;
  try {
    await pipeline([...streams, createWriteStream(partial)], { signal });
    await rename(partial, output);
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
}

function count(files: number): string {
  return files === 1 ? "1 file" : `${files} files`;
}

function refusal(what: string, context: PostProcessorContext, hint?: string): BakeError {
  return new BakeError(what, {
    code: "compress-refused",
    blame: "user",
    ...(hint === undefined ? {} : { hint }),
    ...(context.range ? { range: context.range } : {}),
  });
}
