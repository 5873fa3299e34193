import type { RunPostProcessor } from "../../core/parts.js";
import { tagImage } from "../../docker/images.js";
import { dockerImage, engineOf, imageName, imageText } from "../docker-image.js";
import type { DockerTagOptions } from "./options.js";

/**
 * Tags the image in a repository (Packer §3.8). The ID of the result is the last name; the input is always kept, because it is the
 * same image.
 */
export const run: RunPostProcessor<DockerTagOptions> = async (given, options, context) => {
  const image = dockerImage(given, "docker-tag", context);
  const engine = engineOf(options, context);
  const tags = [...options.tags, ...options.tag];
  const names = tags.length > 0 ? tags.map((tag) => imageName(options.repository, tag)) : [options.repository];
  for (const name of names) {
    context.narrator.message(`Tagging image: ${image.imageId}`);
    context.narrator.message(`Repository: ${name}`);
    await tagImage(engine, image.imageId, name, context.signal);
  }
  const imageId = names.at(-1) ?? options.repository;
  const repositoryTags = tags.length > 0 ? names : [];
  return {
    artifact: {
      kind: "docker-image",
      builderId: "packer.post-processor.docker-tag",
      imageId,
      tags: repositoryTags,
      program: engine.program,
      digest: undefined,
      text: imageText(imageId, repositoryTags),
    },
    keepInput: { keep: true, forced: true },
    files: [],
  };
};
