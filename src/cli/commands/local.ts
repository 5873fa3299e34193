import { resolve } from "node:path";
import { type CommandContext, command, type FlagsOf } from "../command.js";

/** The request of `bake-ami local`. */
interface LocalRequest {
  readonly flags: FlagsOf<"local">;
  /** Undefined is the directory in the user's cache. */
  readonly stateDirectory: string | undefined;
  /** The arguments after the subcommand. */
  readonly rest: readonly string[];
}

/** Runs `bake-ami local SUBCOMMAND`. Returns the exit code. */
type Subcommand = (request: LocalRequest, context: CommandContext) => Promise<number>;

const SUBCOMMANDS: Readonly<Record<string, Subcommand>> = { images, parameters, shell, reset, serve };

/** `bake-ami local`. */
export const local = command({
  name: "local",
  synopsis: "list the images of local bakes, and serve the local cloud",
  usage: "bake-ami local [options] images | parameters | shell AMI [COMMAND…] | reset | serve",
  help: "images and parameters list the images and parameters of bakes with -local. shell opens a shell in a new instance of an image. reset removes all images and parameters. serve runs the local EC2 and SSM endpoint for other tools, until it is interrupted.",
  arguments: { least: 1, most: Number.POSITIVE_INFINITY, suggested: Object.keys(SUBCOMMANDS) },
  request: ({ values: flags }, [word = "", ...rest], { cwd }) => {
    const stateDirectory = flags.localState === undefined ? undefined : resolve(cwd, flags.localState);
    return { word, flags, stateDirectory, rest };
  },
  async run({ word, ...request }, context) {
    const subcommand = Object.hasOwn(SUBCOMMANDS, word) ? SUBCOMMANDS[word] : undefined;
    if (subcommand) return subcommand(request, context);
    context.terminal.error(`Unknown command: local ${word}. Use one of: ${Object.keys(SUBCOMMANDS).join(", ")}.`);
    return 1;
  },
});

async function images(request: LocalRequest, { engine, terminal }: CommandContext): Promise<number> {
  const found = await engine.localContents(request.stateDirectory);
  for (const image of found.images) {
    terminal.write(`${image.region}  ${image.id}  ${new Date(image.createdAt).toISOString()}  ${image.name}`);
  }
  if (found.images.length === 0) {
    terminal.error(`No images in ${found.stateDirectory}. To bake one, run: bake-ami build -local TEMPLATE`);
  }
  return 0;
}

async function parameters(request: LocalRequest, { engine, terminal }: CommandContext): Promise<number> {
  const found = await engine.localContents(request.stateDirectory);
  for (const { region, name, value, version } of found.parameters) {
    terminal.write(`${region}  ${name}  ${value}  version ${version}`);
  }
  if (found.parameters.length === 0) terminal.error(`No parameters in ${found.stateDirectory}.`);
  return 0;
}

async function shell(
  { flags, stateDirectory, rest }: LocalRequest,
  { engine, terminal }: CommandContext,
): Promise<number> {
  const [imageId, ...words] = rest;
  if (imageId === undefined) {
    terminal.error("An AMI ID is required. To list the images, run: bake-ami local images");
    return 1;
  }
  const { streams } = terminal;
  const shell = {
    imageId,
    command: words,
    user: flags.user,
    stateDirectory,
    windows: "refuse",
    streams,
    onNotice: terminal.error,
  } as const;
  return terminal.whileOthersPrint(() => engine.localShell(shell));
}

async function reset({ stateDirectory }: LocalRequest, { engine, terminal }: CommandContext): Promise<number> {
  terminal.write(`Removed ${await engine.resetLocal(stateDirectory)}.`);
  return 0;
}

async function serve(
  { flags, stateDirectory }: LocalRequest,
  { cwd, engine, terminal, signal }: CommandContext,
): Promise<number> {
  const cloud = await engine.serveLocal({
    stateDirectory,
    port: flags.port,
    machines: flags.noInstances ? "none" : "sandboxes",
    windows: flags.localWindows,
    policy: flags.localPolicy === undefined ? undefined : resolve(cwd, flags.localPolicy),
    onNotice: terminal.error,
  });
  for (const [name, value] of Object.entries(cloud.environment)) {
    terminal.write(value === undefined ? `unset ${name}` : `export ${name}=${value}`);
  }
  terminal.error("The local cloud is running. Press Ctrl+C to stop it.");
  try {
    await interrupted(signal);
  } finally {
    await cloud.close();
  }
  return 0;
}

function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener("abort", () => done(), { once: true });
  });
}
