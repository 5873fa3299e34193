import { resolve } from "node:path";
import { type CommandContext, command, type FlagsOf } from "../command.js";

/** What is asked of `bake-ami local`. */
interface Asked {
  readonly flags: FlagsOf<"local">;
  /** Undefined is the one in the user's cache. */
  readonly stateFolder: string | undefined;
  /** What follows the word. */
  readonly rest: readonly string[];
}

/** What `bake-ami local WORD` does; returns the exit code. */
type Action = (asked: Asked, context: CommandContext) => Promise<number>;

const ACTIONS: Readonly<Record<string, Action>> = { images, parameters, shell, reset, serve };

/** `bake-ami local`. */
export const local = command({
  name: "local",
  synopsis: "look at what local bakes made, and serve the local cloud",
  usage: "bake-ami local [options] images | parameters | shell AMI [COMMAND…] | reset | serve",
  help: "images and parameters list what bakes with -local made. shell opens a shell in a fresh instance of an image. reset wipes all of it. serve runs the local EC2 and SSM endpoint for other tools, until it is interrupted.",
  arguments: { least: 1, most: Number.POSITIVE_INFINITY },
  request: ({ values: flags }, [word = "", ...rest], { cwd }) => {
    const stateFolder = flags.localState === undefined ? undefined : resolve(cwd, flags.localState);
    return { word, flags, stateFolder, rest };
  },
  async run({ word, ...asked }, context) {
    const action = Object.hasOwn(ACTIONS, word) ? ACTIONS[word] : undefined;
    if (action) return action(asked, context);
    context.terminal.error(`unknown: local ${word}. Known are: ${Object.keys(ACTIONS).join(", ")}`);
    return 1;
  },
});

async function images(asked: Asked, { engine, terminal }: CommandContext): Promise<number> {
  const found = await engine.localContents(asked.stateFolder);
  for (const image of found.images) {
    terminal.write(`${image.region}  ${image.id}  ${new Date(image.createdAt).toISOString()}  ${image.name}`);
  }
  if (found.images.length === 0) {
    terminal.error(`No images in ${found.stateFolder}. Bake one with: bake-ami build -local TEMPLATE`);
  }
  return 0;
}

async function parameters(asked: Asked, { engine, terminal }: CommandContext): Promise<number> {
  const found = await engine.localContents(asked.stateFolder);
  for (const { region, name, value, version } of found.parameters) {
    terminal.write(`${region}  ${name}  ${value}  version ${version}`);
  }
  if (found.parameters.length === 0) terminal.error(`No parameters in ${found.stateFolder}.`);
  return 0;
}

async function shell({ flags, stateFolder, rest }: Asked, { engine, terminal }: CommandContext): Promise<number> {
  const [imageId, ...words] = rest;
  if (imageId === undefined) {
    terminal.error("local shell needs the id of an image; bake-ami local images lists them");
    return 1;
  }
  return engine.localShell({ imageId, command: words, user: flags.user, stateFolder, onNotice: terminal.error });
}

async function reset({ stateFolder }: Asked, { engine, terminal }: CommandContext): Promise<number> {
  terminal.write(`Wiped ${await engine.resetLocal(stateFolder)}.`);
  return 0;
}

async function serve({ flags, stateFolder }: Asked, { engine, terminal, signal }: CommandContext): Promise<number> {
  const cloud = await engine.serveLocal({
    stateFolder,
    port: flags.port,
    machines: flags.noInstances ? "none" : "sandboxes",
    onNotice: terminal.error,
  });
  for (const [name, value] of Object.entries(cloud.environment)) {
    terminal.write(value === undefined ? `unset ${name}` : `export ${name}=${value}`);
  }
  terminal.error("The local cloud runs until it is interrupted.");
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
