import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { BakeError } from "../../core/errors.js";
import { type ContainerEngine, clientOutput, mustSucceed } from "../../docker/engine.js";
import { type InspectedImage, inspectImage } from "../../docker/images.js";
import { registryLogin, withLogin } from "../../docker/login.js";
import { runBuilderStep } from "../step.js";
import { type DockerBake, reserve } from "./bake.js";

/** The image that the container starts from: the name it is run by, and what the engine says about it. */
export interface BaseImage extends InspectedImage {
  readonly name: string;
}

/** Pulls the image, or builds it from the Dockerfile (Packer §3.8 `image`, `build`). Throws a `BakeError`. */
export async function prepareBaseImage(bake: DockerBake): Promise<BaseImage> {
  const { options, context, engine } = bake;
  const { build, image = "" } = options;
  if (build) {
    const name = await runBuilderStep(context, "base-image", "Building the base image", async () =>
      withLogin(engine, await registryLogin(options, context), context, (loggedIn) =>
        buildImage(bake, loggedIn, build),
      ),
    );
    return { name, ...(await inspectImage(engine, name, context.signal)) };
  }
  if (options.pull ?? true) await runBuilderStep(context, "pull", `Pulling ${image}`, () => pull(bake, image));
  return { name: image, ...(await inspectImage(engine, image, context.signal)) };
}

async function pull(bake: DockerBake, image: string): Promise<void> {
  const { options, context, engine } = bake;
  const { narrator, signal } = context;
  narrator.say(`Pulling Docker image: ${image}`);
  const platform = options.platform ? ["--platform", options.platform] : [];
  const lines = clientOutput(narrator);
  try {
    await withLogin(engine, await registryLogin(options, context), context, (loggedIn) =>
      mustSucceed(loggedIn, ["pull", ...platform, image], {
        action: `pull image "${image}"`,
        signal,
        onOutput: lines.push,
      }),
    );
  } catch (error) {
    throw await withHintOfLocalImage(bake, image, error);
  } finally {
    lines.end();
  }
}

/** Adds a hint where the engine has the image that cannot be pulled: most often `pull` was meant to be off. */
async function withHintOfLocalImage({ engine, context }: DockerBake, image: string, error: unknown): Promise<unknown> {
  if (!(error instanceof BakeError) || context.signal.aborted) return error;
  const local = await inspectImage(engine, image, context.signal).catch(() => undefined);
  if (!local) return error;
  return new BakeError(error.message, {
    code: error.code,
    hint: `The engine has an image ${image} of its own: set "pull": false to start from it.`,
    cause: error,
    detail: error.detail,
    range: context.range,
  });
}

/** Runs `docker build`. The image has a name of its own until the build is over, by which cleanup finds what a killed one left. */
async function buildImage(
  bake: DockerBake,
  engine: ContainerEngine,
  build: NonNullable<DockerBake["options"]["build"]>,
): Promise<string> {
  const { context, options } = bake;
  const { narrator, signal, surroundings } = context;
  narrator.say("Building base image...");
  const folder = await mkdtemp(join(tmpdir(), "bake-ami-build-"));
  const lines = clientOutput(narrator);
  try {
    const idFile = join(folder, "id");
    const { key, name } = reserve(bake, "docker-image");
    const args = [
      ...["build", "--iidfile", idFile, "--tag", name, "--file", resolve(surroundings.cwd, build.path)],
      ...(options.platform ? ["--platform", options.platform] : []),
      // The containers of steps are removed also when the build fails or is cancelled.
      "--force-rm",
      ...(build.pull ? ["--pull"] : []),
      ...(build.compress ? ["--compress"] : []),
      ...Object.entries(build.arguments).flatMap(([argument, value]) => ["--build-arg", `${argument}=${value}`]),
      resolve(surroundings.cwd, build.build_dir),
    ];
    await mustSucceed(engine, args, { action: "build the base image", signal, onOutput: lines.push });
    const id = (await readFile(idFile, "utf8")).trim();
    context.ledger.made(key, name);
    narrator.say(`Finished building base image "${id}"`);
    return name;
  } finally {
    lines.end();
    await rm(folder, { recursive: true, force: true });
  }
}
