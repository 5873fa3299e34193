import { createWriteStream } from "node:fs";
import { resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import type { RunPostProcessor } from "../../core/parts.js";
import { readCommand } from "../../docker/engine.js";
import { inspectImage } from "../../docker/images.js";
import { dockerImage, engineOf } from "../docker-image.js";
import { writeWhole } from "../local-files.js";
import type { DockerSaveOptions } from "./options.js";

/** Saves an image with its layers and names to a file (Packer §3.8, docker-save). Returns the image unchanged. */
export const run: RunPostProcessor<DockerSaveOptions> = async (artifact, options, context) => {
  const { imageId } = dockerImage(artifact, "docker-save", context);
  const engine = engineOf(options, context);
  const path = resolve(context.surroundings.cwd, options.path);
  context.narrator.message(`Saving image: ${imageId}`);
  // The error of `docker save` for a missing image is less clear.
  await inspectImage(engine, imageId, context.signal);
  const command = { action: `save image "${imageId}"`, signal: context.signal };
  await writeWhole(path, (partial) =>
    readCommand(engine, ["save", imageId], command, (chunks) => pipeline(chunks, createWriteStream(partial))),
  );
  context.narrator.message(`Saved to: ${options.path}`);
  return { artifact, keepInput: { keep: true, forced: false }, files: [{ kind: "image", path }] };
};
