import type { DockerArtifact } from "../../core/artifact.js";
import { BakeError } from "../../core/errors.js";
import type { PostProcessorContext, RunPostProcessor } from "../../core/parts.js";
import { type ContainerEngine, clientOutput, mustSucceed } from "../../docker/engine.js";
import { inspectImage } from "../../docker/images.js";
import { registryLogin, withLogin } from "../../docker/login.js";
import { dockerImage, engineOf, imageText } from "../docker-image.js";
import type { DockerPushOptions } from "./options.js";

/** Pushes every name of an image to its registry (Packer §3.8, docker-push). The result has the digest in the registry. */
export const run: RunPostProcessor<DockerPushOptions> = async (artifact, options, context) => {
  const image = dockerImage(artifact, "docker-push", context);
  const names = namesOf(image, context);
  const login = await registryLogin(options, context);
  const platform = options.platform ? ["--platform", options.platform] : [];
  const digests = await withLogin(engineOf(options, context), login, context, async (engine) => {
    const found: (string | undefined)[] = [];
    for (const name of names) found.push(await push(engine, name, platform, context));
    return found;
  });
  const { imageId } = image;
  const digest = digests.find((each) => each !== undefined);
  return {
    artifact: {
      kind: "docker-image",
      builderId: "packer.post-processor.docker-push",
      imageId,
      tags: names,
      program: options.docker_path,
      digest,
      text: imageText(imageId, names),
    },
    keepInput: { keep: true, forced: false },
    files: [],
  };
};

/** Returns the names to push: all tags, or the name that the image was imported with. */
function namesOf({ imageId, tags }: DockerArtifact, context: PostProcessorContext): readonly string[] {
  if (tags.length > 0) return tags;
  if (!/^(sha256:)?[0-9a-f]{64}$/.test(imageId)) return [imageId];
  throw new BakeError(`Image "${imageId}" has no name, so there is no repository to push it to`, {
    code: "image-without-name",
    hint: 'Put docker-tag before docker-push in one sequence (in JSON, a list within "post-processors").',
    resource: imageId,
    range: context.range,
  });
}

/** Pushes one name; returns its digest in the registry. */
async function push(
  engine: ContainerEngine,
  name: string,
  platform: readonly string[],
  { narrator, signal }: PostProcessorContext,
): Promise<string | undefined> {
  narrator.message(`Pushing: ${name}`);
  const lines = clientOutput(narrator);
  try {
    const onOutput = lines.push;
    await mustSucceed(engine, ["push", ...platform, name], { action: `push image "${name}"`, signal, onOutput });
  } finally {
    lines.end();
  }
  const repository = name.replace(/:[^:/]*$/, "");
  const { digests } = await inspectImage(engine, name, signal);
  return digests.find((each) => each.startsWith(`${repository}@`))?.slice(repository.length + 1);
}
