import type { Artifact, DockerArtifact } from "../core/artifact.js";
import { BakeError } from "../core/errors.js";
import type { PartContext } from "../core/parts.js";
import type { ContainerEngine } from "../docker/engine.js";

/** Returns the artifact as a Docker image, for the post-processor `name`. Throws a `BakeError` for any other artifact. */
export function dockerImage(artifact: Artifact, name: string, context: PartContext): DockerArtifact {
  if (artifact.kind === "docker-image") return artifact;
  throw new BakeError(`Unknown artifact type: ${artifact.builderId}. ${name} needs a Docker image`, {
    code: "not-a-docker-image",
    hint: 'Set "commit" in the docker builder, or run docker-import on an exported file first. Exclude other builds with "only".',
    range: context.range,
  });
}

/** Returns the container engine of a post-processor. */
export function engineOf(options: { readonly docker_path: string }, context: PartContext): ContainerEngine {
  return { program: options.docker_path, env: context.surroundings.env };
}

/** Returns `repository` or `repository:tag`. */
export function imageName(repository: string, tag: string | undefined): string {
  return tag ? `${repository}:${tag}` : repository;
}

/** Returns the description of the artifact in the summary (Packer: the artifact of docker-import and docker-tag). */
export function imageText(imageId: string, tags: readonly string[]): string {
  const names = tags.length > 0 ? ` with tags ${tags.join(" ")}` : "";
  return `Imported Docker image: ${imageId}${names}`;
}
