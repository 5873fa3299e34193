import type { Artifact } from "../../core/artifact.js";
import { BakeError } from "../../core/errors.js";
import type { RunBuilder } from "../../core/parts.js";
import { type ContainerEngine, mustSucceed } from "../../docker/engine.js";
import { runStep } from "../step.js";
import type { DockerBake } from "./bake.js";
import { sourceImage } from "./base-image.js";
import { commitImage } from "./commit.js";
import { connectToContainer } from "./connect.js";
import { endContainer, runContainer } from "./container.js";
import { exportContainer } from "./export.js";
import type { DockerBuilderOptions } from "./options.js";

/**
 * Builds in a container (Packer's docker builder, §3.8): takes or builds the image it starts from, starts it, provisions it, and
 * commits, exports or discards it.
 */
export const run: RunBuilder<DockerBuilderOptions> = async (options, context) => {
  const engine: ContainerEngine = { program: options.docker_path, env: context.surroundings.env };
  const bake: DockerBake = { options, context, engine };
  await checkEngine(bake);
  const source = await sourceImage(bake);
  const container = await runContainer(bake, source);
  const machine = await connectToContainer(bake, container, source);
  await runStep(bake.context, "provision", "Provisioning", () => context.provision(machine));
  const artifact = await takeResult();
  if (artifact.kind === "docker-image") {
    machine.data.ImageSha256 = artifact.imageId;
    context.keepImage(artifact);
  }
  await endContainer(bake, container);
  return artifact;

  function takeResult(): Promise<Artifact> | Artifact {
    if (options.commit) return commitImage(bake, container, source);
    if (options.export_path) return exportContainer(bake, container, options.export_path);
    const text = `Discarded the container of ${source.name}`;
    return { kind: "none", builderId: "packer.docker", id: "Container", text };
  }
};

/** One clear error where there is no engine, before anything is done. */
async function checkEngine({ engine, context, options }: DockerBake): Promise<void> {
  if (options.windows_container) {
    throw new BakeError("Windows containers are not supported", {
      code: "windows-container",
      hint: "Build them with docker build on a Windows runner.",
      range: context.range,
    });
  }
  await mustSucceed(engine, ["version", "--format", "{{json .}}"], {
    doing: `talking to the container engine (${engine.program} version)`,
    signal: context.signal,
  });
}
