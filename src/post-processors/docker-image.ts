import type { Artifact, DockerArtifact } from "../core/artifact.js";
import { BakeError } from "../core/errors.js";
import type { PartContext } from "../core/parts.js";
import type { ContainerEngine } from "../docker/engine.js";

/** The artifact as an image of an engine, for the post-processor of this name. Throws a `BakeError` for any other. */
export function dockerImage(artifact: Artifact, name: string, context: PartContext): DockerArtifact {
  if (artifact.kind === "docker-image") return artifact;
  throw new BakeError(`Unknown artifact type: ${artifact.builderId}. ${name} takes an image of an engine`, {
    code: "not-a-docker-image",
    hint: 'The docker builder makes an image with "commit": true, docker-import makes one of an exported file. Use "only" to keep it from other builds.',
    range: context.range,
  });
}

/** The engine that a post-processor talks to. */
export function engineOf(options: { readonly docker_path: string }, context: PartContext): ContainerEngine {
  return { program: options.docker_path, env: context.surroundings.env };
}

/** `repository`, or `repository:tag`. */
export function imageName(repository: string, tag: string | undefined): string {
  return tag ? `${repository}:${tag}` : repository;
}

/** What the artifact is called in the summary (Packer: the artifact of docker-import and docker-tag). */
export function imageText(imageId: string, tags: readonly string[]): string {
  const names = tags.length > 0 ? ` with tags ${tags.join(" ")}` : "";
  return `Imported Docker image: ${imageId}${names}`;
}
