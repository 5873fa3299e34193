import { rm } from "node:fs/promises";
import type { Artifact } from "../core/artifact.js";
import { messageOf } from "../core/errors.js";
import type { PostProcessorContext } from "../core/parts.js";

/**
 * Removes what a post-processor replaced and nobody keeps (Packer §1.8): local files, an image of an engine. An image that cannot
 * be removed, since other names or containers hold it, is told and stays.
 */
export async function destroyArtifact(artifact: Artifact, context: PostProcessorContext): Promise<void> {
  if (artifact.kind === "files") {
    await Promise.all(artifact.files.map((file) => rm(file, { force: true, recursive: true })));
  }
  if (artifact.kind !== "docker-image") return;
  const { DEFAULT_CLIENT } = await import("../docker/engine.js");
  const { removeImage } = await import("../docker/images.js");
  const engine = { program: artifact.program ?? DEFAULT_CLIENT, env: context.surroundings.env };
  try {
    await removeImage(engine, artifact.imageId, context.signal);
  } catch (error) {
    if (context.signal.aborted) throw error;
    context.narrator.warn({ code: "image-kept", summary: messageOf(error) });
  }
}
