import type { DockerArtifact } from "../../core/artifact.js";
import { messageOf } from "../../core/errors.js";
import { type ContainerEngine, mustSucceed } from "../../docker/engine.js";
import { inspectImage, removeImage, tagImage } from "../../docker/images.js";
import { runBuilderStep } from "../step.js";
import { type DockerBake, reserve } from "./bake.js";
import type { BaseImage } from "./base-image.js";
import type { BuildContainer } from "./container.js";

/** Builder id of a committed image: the one of docker-import, which Packer's post-processors accept. */
const IMPORTED = "packer.post-processor.docker-import";

/**
 * Creates an image of the container (Packer §3.8 `commit`). It has a temporary name while it is created; cleanup finds the image of a
 * killed build by it. Then the name is removed and the image stays. Throws a `BakeError`.
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
    // The ledger entry was for the name, not for the image.
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

/** Podman's default image format has no message, so Docker's format is set if Podman asks for it. */
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
 * Removes the name of an image without removing the image. An engine removes an image with its last name, so the name is first moved to
 * the source image.
 */
async function dropName({ engine, context }: DockerBake, name: string, source: BaseImage): Promise<void> {
  await tagImage(engine, source.id, name, context.signal);
  await removeImage(engine, name, context.signal);
}

/**
 * Returns the changes of a commit: the template's, and the source image's CMD and ENTRYPOINT if the template sets none, because the
 * container was started with a shell (Packer §3.8). An entrypoint of one empty string clears it; an empty list would keep the shell.
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
