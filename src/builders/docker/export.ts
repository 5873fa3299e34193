import { createWriteStream } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import type { FilesArtifact } from "../../core/artifact.js";
import { messageOf } from "../../core/errors.js";
import { type ContainerEngine, mustSucceed, readCommand } from "../../docker/engine.js";
import { runBuilderStep } from "../step.js";
import type { DockerBake } from "./bake.js";
import type { BuildContainer } from "./container.js";

/**
 * Writes the container's files as a tar archive (Packer §3.8 `export_path`). The file gets its name when it is
 * complete. Throws a `BakeError`.
 */
export async function exportContainer(
  bake: DockerBake,
  container: BuildContainer,
  path: string,
): Promise<FilesArtifact> {
  const { context, engine } = bake;
  return runBuilderStep(context, "export", "Exporting the container", async () => {
    context.narrator.say("Exporting the container");
    const target = resolve(context.surroundings.cwd, path);
    const partial = `${target}.partial`;
    await mkdir(dirname(target), { recursive: true });
    try {
      await writeFiles(engine, container, partial, {
        action: `export the container to "${path}"`,
        signal: context.signal,
      });
      await rename(partial, target);
    } catch (error) {
      await rm(partial, { force: true });
      throw error;
    }
    return {
      kind: "files",
      builderId: "packer.docker",
      id: "Container",
      files: [target],
      text: `Exported Docker file: ${path}`,
    };
  });
}

/** Podman opens `/dev/stdout` by its name, which fails for a pipe. Then Podman writes the file itself. */
async function writeFiles(
  engine: ContainerEngine,
  container: BuildContainer,
  file: string,
  command: { readonly action: string; readonly signal: AbortSignal },
): Promise<void> {
  try {
    await readCommand(engine, ["export", container.id], command, (chunks) => pipeline(chunks, createWriteStream(file)));
  } catch (error) {
    if (command.signal.aborted || !messageOf(error).includes("/dev/stdout")) throw error;
    await mustSucceed(engine, ["export", "--output", file, container.id], command);
  }
}
