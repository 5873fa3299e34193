import type { DockerArtifact } from "../../core/artifact.js";
import { messageOf } from "../../core/errors.js";
import { type ContainerEngine, mustSucceed } from "../../docker/engine.js";
import { inspectImage, removeImage, tagImage } from "../../docker/images.js";
import { runBuilderStep } from "../step.js";
import { type DockerBake, reserve } from "./bake.js";
import type { BaseImage } from "./base-image.js";
import type { BuildContainer } from "./container.js";

/** Builder id of a committed image: Packer's post-processors know it as that of docker-import. */
const IMPORTED = "packer.post-processor.docker-import";

/**
 * Makes an image of the container (Packer §3.8 `commit`). While it is made it has a name of its own, by which cleanup finds what a
 * killed build left; then the name is removed and the image stays. Throws a `BakeError`.
 */
export async function commitContainer(
  bake: DockerBake,
  container: BuildContainer,
  source: BaseImage,
): Promise<DockerArtifact> {
  const { options, context, engine } = bake;
  const { narrator, ledger, signal } = context;
  return runBuilderStep(context, "commit", "Committing the container", async () => {
    narrator.say("Committing the container");
    const { key, name } = reserve(bake, "docker-image", { container: container.id });
    const args = [
      ...(options.author ? ["--author", options.author] : []),
      ...withDefaults(options.changes, source).flatMap((change) => ["--change", change]),
      ...(options.message ? ["--message", options.message] : []),
      container.id,
      name,
    ];
    await commit(engine, args, signal);
    const { id } = await inspectImage(engine, name, signal);
    ledger.made(key, name);
    narrator.message(`Image ID: ${id}`);
    await dropName(bake, name, source);
    // The ledger held the name, not the image.
    ledger.released(key);
    return {
      kind: "docker-image",
      builderId: IMPORTED,
      imageId: id,
      tags: [],
      program: engine.program,
      digest: undefined,
      text: `Imported Docker image: ${id}`,
    };
  });
}

/** Podman makes images of a format without a message, unless Docker's format is set. */
async function commit(engine: ContainerEngine, args: readonly string[], signal: AbortSignal): Promise<void> {
  const command = { action: "commit the container", signal };
  try {
    await mustSucceed(engine, ["commit", ...args], command);
  } catch (error) {
    if (signal.aborted || !messageOf(error).includes("only compatible with the docker image format")) throw error;
    await mustSucceed(engine, ["commit", "--format", "docker", ...args], command);
  }
}

/**
 * Removes the name of an image without removing the image: an engine removes an image with its last name, but not one whose name
 * has moved to another image.
 */
async function dropName({ engine, context }: DockerBake, name: string, source: BaseImage): Promise<void> {
  await tagImage(engine, source.id, name, context.signal);
  await removeImage(engine, name, context.signal);
}

/**
 * Returns the changes of a commit: the template's, and the source image's own CMD and ENTRYPOINT where the template gives none, since
 * the container was started with a shell (Packer §3.8). An entrypoint of one empty word is none to the engine; an empty list
 * would leave the shell.
 */
export function withDefaults(
  changes: readonly string[],
  source: { readonly command: readonly string[]; readonly entrypoint: readonly string[] },
): readonly string[] {
  const has = (instruction: RegExp) => changes.some((change) => instruction.test(change));
  const entrypoint = source.entrypoint.length > 0 ? source.entrypoint : [""];
  return [
    ...changes,
    ...(has(/^\s*CMD\b/i) ? [] : [`CMD ${JSON.stringify(source.command)}`]),
    ...(has(/^\s*ENTRYPOINT\b/i) ? [] : [`ENTRYPOINT ${JSON.stringify(entrypoint)}`]),
  ];
}
