import type { Artifact } from "../../core/artifact.js";
import { BakeError } from "../../core/errors.js";
import type { RunBuilder } from "../../core/parts.js";
import { mustSucceed } from "../../docker/engine.js";
import { runBuilderStep } from "../step.js";
import type { DockerBake } from "./bake.js";
import { type BaseImage, prepareBaseImage } from "./base-image.js";
import { commitContainer } from "./commit.js";
import { connectToContainer } from "./connect.js";
import { type BuildContainer, removeBuildContainer, runContainer } from "./container.js";
import { exportContainer } from "./export.js";
import type { DockerBuilderOptions } from "./options.js";

/**
 * Builds in a container (Packer's docker builder, §3.8): pulls or builds the image it starts from, starts it, provisions it, and
 * commits, exports or discards it.
 */
export const run: RunBuilder<DockerBuilderOptions> = async (options, context) => {
  const bake: DockerBake = {
    options,
    context,
    engine: { program: options.docker_path, env: context.surroundings.env },
  };
  await checkEngine(bake);
  const image = await prepareBaseImage(bake);
  const container = await runContainer(bake, image);
  const machine = await connectToContainer(bake, container, image);
  await runBuilderStep(context, "provision", "Provisioning", () => context.provision(machine));
  const artifact = await makeArtifact(bake, container, image);
  if (artifact.kind === "docker-image") {
    machine.data.ImageSha256 = artifact.imageId;
    context.keepImage(artifact);
  }
  await removeBuildContainer(bake, container);
  return artifact;
};

/** Commits, exports or discards the container. */
async function makeArtifact(bake: DockerBake, container: BuildContainer, image: BaseImage): Promise<Artifact> {
  const { commit, export_path: path } = bake.options;
  if (commit) return commitContainer(bake, container, image);
  if (path) return exportContainer(bake, container, path);
  const text = `Discarded the container of ${image.name}`;
  return { kind: "none", builderId: "packer.docker", id: "Container", text };
}

/** Throws when the engine cannot be reached, before anything else runs. */
async function checkEngine({ engine, context, options }: DockerBake): Promise<void> {
  if (options.windows_container) {
    throw new BakeError("Windows containers are not supported", {
      code: "windows-container",
      hint: "Build them with `docker build` on a Windows runner.",
      range: context.range,
    });
  }
  await mustSucceed(engine, ["version", "--format", "{{json .}}"], {
    action: `connect to the container engine (${engine.program} version)`,
    signal: context.signal,
  });
}
