import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { BakeError } from "../../core/errors.js";
import { type ContainerEngine, clientOutput, mustSucceed } from "../../docker/engine.js";
import { type InspectedImage, inspectImage } from "../../docker/images.js";
import { registryLogin, withLogin } from "../../docker/login.js";
import { runBuilderStep } from "../step.js";
import { type DockerBake, reserve } from "./bake.js";

/** The image that the container starts from: the name to run, and what the engine reports about it. */
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
    throw await withLocalImageHint(bake, image, error);
  } finally {
    lines.end();
  }
}

/** Adds a hint when the engine has the image that cannot be pulled: `pull` was probably meant to be false. */
async function withLocalImageHint({ engine, context }: DockerBake, image: string, error: unknown): Promise<unknown> {
  if (!(error instanceof BakeError) || context.signal.aborted) return error;
  const local = await inspectImage(engine, image, context.signal).catch(() => undefined);
  if (!local) return error;
  return new BakeError(error.message, {
    code: error.code,
    hint: `Set "pull" to false to use the image ${image} that the engine already has.`,
    cause: error,
    detail: error.detail,
    range: context.range,
  });
}

/** Runs `docker build`. The image has a temporary name until the build ends; cleanup finds the image of a killed build by it. */
async function buildImage(
  bake: DockerBake,
  engine: ContainerEngine,
  build: NonNullable<DockerBake["options"]["build"]>,
): Promise<string> {
  const { context, options } = bake;
  const { narrator, signal, surroundings } = context;
  narrator.say("Building base image...");
  const directory = await mkdtemp(join(tmpdir(), "bake-ami-build-"));
  const lines = clientOutput(narrator);
  try {
    const idFile = join(directory, "id");
    const { key, name } = reserve(bake, "docker-image");
    const args = [
      ...["build", "--iidfile", idFile, "--tag", name, "--file", resolve(surroundings.cwd, build.path)],
      ...(options.platform ? ["--platform", options.platform] : []),
      // Removes the containers of build steps even if the build fails or is cancelled.
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
    await rm(directory, { recursive: true, force: true });
  }
}
