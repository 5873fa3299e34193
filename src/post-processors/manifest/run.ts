import { mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { type Artifact, artifactId } from "../../core/artifact.js";
import { BakeError, messageOf } from "../../core/errors.js";
import type { PostProcessorContext, RunPostProcessor } from "../../core/parts.js";
import { poll } from "../../core/poll.js";
import { nameFrom } from "../local-files.js";
import { formatManifest, type ManifestBuild, withBuild } from "./document.js";
import type { ManifestOptions } from "./options.js";

/** Longest wait for the lock of the manifest, in milliseconds. */
const LOCK_LIMIT = 30_000;

/** Appends the artifact to the manifest file (Packer §6.1). Returns the artifact unchanged; it is always kept. */
export const run: RunPostProcessor<ManifestOptions> = async (artifact, options, context) => {
  const path = resolve(context.surroundings.cwd, options.output);
  const build = await describe(artifact, options, context);
  await mkdir(dirname(path), { recursive: true });
  await withLock(path, context, async () => {
    const earlier = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      if (error.code === "ENOENT") return undefined;
      throw error;
    });
    const text = formatManifest(merge(path, earlier, build, context));
    await writeFile(`${path}.new`, text, { mode: 0o664 });
    await rename(`${path}.new`, path);
  });
  return { artifact, keepInput: { keep: true, forced: true }, files: [{ kind: "manifest", path }] };
};

function merge(path: string, earlier: string | undefined, build: ManifestBuild, context: PostProcessorContext) {
  try {
    return withBuild(earlier, build, context.settings.force);
  } catch (cause) {
    throw new BakeError(`"${path}" is not a manifest: ${messageOf(cause)}`, {
      code: "manifest-unreadable",
      hint: 'Remove the file, or set "output" to another file.',
      range: context.range,
      cause,
    });
  }
}

async function describe(
  artifact: Artifact,
  options: ManifestOptions,
  context: PostProcessorContext,
): Promise<ManifestBuild> {
  const files =
    artifact.kind === "files"
      ? await Promise.all(
          artifact.files.map((file) => describeFile(file, context.surroundings.cwd, options.strip_path)),
        )
      : null;
  const time = options.strip_time ? {} : { build_time: Math.floor(context.surroundings.clock.now() / 1000) };
  return {
    name: context.identity.shortName,
    builder_type: context.identity.builderType,
    ...time,
    files,
    artifact_id: artifactId(artifact),
    packer_run_uuid: context.settings.runUuid,
    custom_data: Object.keys(options.custom_data).length > 0 ? byName(options.custom_data) : null,
  };
}

/** Sorts the keys by their bytes, as Go's JSON encoder does. */
function byName(values: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(values).sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
}

/** Returns name and size of a file; the name is relative in the working directory, as in Packer's manifests. */
async function describeFile(file: string, cwd: string, strip: boolean): Promise<{ name: string; size: number }> {
  const { size } = await stat(file);
  return { name: strip ? basename(file) : nameFrom(cwd, file), size };
}

/** Holds `PATH.lock` while `work` runs: builds of this and other runs may write the same manifest. */
async function withLock(path: string, context: PostProcessorContext, work: () => Promise<void>): Promise<void> {
  const lock = `${path}.lock`;
  await poll({
    clock: context.surroundings.clock,
    signal: context.signal,
    interval: { first: 20, max: 500 },
    deadline: LOCK_LIMIT,
    onDeadline: () =>
      new BakeError(`The manifest is locked by another run: "${lock}"`, {
        code: "manifest-locked",
        hint: `Remove "${lock}" if no other run is writing the manifest.`,
      }),
    probe: async () => {
      try {
        await (await open(lock, "wx")).close();
        return { state: "done", value: undefined };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") return { state: "waiting" };
        throw error;
      }
    },
  });
  try {
    await work();
  } finally {
    await rm(lock, { force: true });
  }
}
