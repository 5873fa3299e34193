import { createReadStream, createWriteStream } from "node:fs";
import { basename, resolve } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { throttle } from "../../core/clock.js";
import type { PartContext, PostProcessorContext, RunPostProcessor } from "../../core/parts.js";
import { tarArchive } from "../../ssh/tar/writer.js";
import { writeWhole } from "../local-files.js";
import { bgzf } from "./bgzf.js";
import { type CompressFormat, formatName, formatOf, HIGHEST_LEVEL, programOf, withFormat } from "./format.js";
import { membersOf } from "./members.js";
import type { CompressOptions } from "./options.js";
import { throughProgram } from "./through-program.js";
import { type ArchiveMember, zipArchive } from "./zip.js";

/** Milliseconds between two progress events. */
const PROGRESS_INTERVAL = 5000;

/** Default level of gzip, bgzf and zip: gzip's default. */
const DEFAULT_LEVEL = 6;

/** Packs the artifact's files into one (Packer §6.3). The input is kept only with `keep_input_artifact`. */
export const run: RunPostProcessor<CompressOptions> = async (artifact, options, context) => {
  const name = outputName(options, context);
  const output = resolve(context.surroundings.cwd, name);
  const format = formatOf(withFormat(basename(name), options.format));
  const members = await membersOf(artifact, format, context);
  const count = members.length === 1 ? "1 file" : `${members.length} files`;
  context.narrator.say(`Compressing ${count} into ${name} (${formatName(format)})`);
  const packing: Packing = { members, format, level: levelOf(options), what: `compressing into ${name}` };
  await writeWhole(output, (partial) => write(partial, packing, context));
  context.narrator.say(`Archive ${name} completed`);
  return {
    artifact: {
      kind: "files",
      builderId: "packer.post-processor.compress",
      id: undefined,
      files: [output],
      text: `compressed artifacts in: ${name}`,
    },
    keepInput: { keep: false, forced: false },
    files: [{ kind: "archive", path: output }],
  };
};

function outputName({ output }: CompressOptions, { identity }: PostProcessorContext): string {
  const { shortName, builderType } = identity;
  return output?.render({ BuildName: shortName, BuilderType: builderType }) || `packer_${shortName}_${builderType}`;
}

/** Returns the level; undefined for 0 and -1, and at most the highest level, as in Packer. */
function levelOf({ compression_level: level }: CompressOptions): number | undefined {
  return level === undefined || level < 1 ? undefined : Math.min(level, HIGHEST_LEVEL);
}

/** What to write, and how. */
interface Packing {
  readonly members: readonly ArchiveMember[];
  readonly format: CompressFormat;
  /** From 1 to 9; undefined is the format's default. */
  readonly level: number | undefined;
  /** Text of progress events. */
  readonly what: string;
}

async function write(file: string, { members, format, level, what }: Packing, context: PartContext): Promise<void> {
  const { signal } = context;
  if (format.archive === "zip") {
    const archive = zipArchive(members, level ?? DEFAULT_LEVEL);
    await pipeline(withProgress(archive, what, undefined, context), createWriteStream(file), { signal });
    return;
  }
  const total = members.reduce((sum, { size }) => sum + size, 0);
  const source = Readable.from(withProgress(sourceOf(members, format), what, total, context));
  const program = programOf(format, level);
  if (program) return throughProgram(program, source, file, context);
  await pipeline([...packed(source, format, level ?? DEFAULT_LEVEL), createWriteStream(file)], { signal });
}

/** Returns the data to compress: the single file, or a tar archive of all files. */
function sourceOf(members: readonly ArchiveMember[], format: CompressFormat): AsyncIterable<Uint8Array> {
  const [only] = members;
  if (format.archive === "none" && only) return createReadStream(only.path);
  const entries = members.map(({ path, name, mode }) => ({
    kind: "file" as const,
    name: Buffer.from(name),
    path: Buffer.from(path),
    mode,
  }));
  return tarArchive(entries);
}

function packed(
  source: Readable,
  { compression }: Exclude<CompressFormat, { readonly archive: "zip" }>,
  level: number,
): readonly [NodeJS.ReadableStream, ...NodeJS.ReadWriteStream[]] {
  if (compression === "gzip") return [source, createGzip({ level })];
  return [compression === "bgzf" ? Readable.from(bgzf(source, level)) : source];
}

/** Passes a stream on and emits a progress event every few seconds; `total` is its size in bytes, where known. */
async function* withProgress(
  bytes: AsyncIterable<Uint8Array>,
  what: string,
  total: number | undefined,
  { narrator, surroundings }: PartContext,
): AsyncGenerator<Uint8Array> {
  const { now } = surroundings.clock;
  const began = now();
  const isDue = throttle(PROGRESS_INTERVAL, now);
  let passed = 0;
  for await (const piece of bytes) {
    yield piece;
    passed += piece.length;
    if (!isDue()) continue;
    narrator.emit({
      type: "progress",
      what,
      elapsed: now() - began,
      text: `${Math.round(passed / 1_048_576)} MiB`,
      percent: total ? Math.min(100, Math.floor((100 * passed) / total)) : undefined,
    });
  }
}
