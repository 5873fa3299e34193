import { homedir } from "node:os";
import { resolve } from "node:path";
import { BakeError, messageOf } from "../../core/errors.js";
import { parseCount } from "../../core/request-values.js";
import { defaultStateFolder } from "../../local/state-folder.js";
import { LOCAL_FLAGS } from "../build-flags.js";
import type { Command, CommandContext } from "../command.js";
import type { ParsedFlags } from "../flags.js";

/** What `bake-ami local WORD` does; answers the exit code. */
type Action = (folder: string, flags: ParsedFlags, context: CommandContext) => Promise<number>;

const ACTIONS: Readonly<Record<string, Action>> = { images, parameters, shell, reset, serve };

/** `bake-ami local`. */
export const local: Command = {
  name: "local",
  synopsis: "look at what local bakes made, and serve the local cloud",
  usage: "bake-ami local [options] images | parameters | shell AMI [COMMAND…] | reset | serve",
  help: "images and parameters list what bakes with -local made. shell opens a shell in a fresh instance of an image. reset wipes all of it. serve runs the local EC2 and SSM endpoint for other tools, until it is interrupted.",
  flags: [
    ...LOCAL_FLAGS.filter((flag) => flag.name === "local-state"),
    { name: "port", kind: "text", value: "N", doc: "serve: port of the endpoint (default: a free one)." },
    { name: "no-instances", kind: "boolean", doc: "serve: the APIs alone, without machines behind the instances." },
    { name: "user", kind: "text", value: "NAME", doc: "shell: login user (default: ubuntu)." },
  ],
  arguments: { least: 1, most: Number.POSITIVE_INFINITY },
  async run(flags, context) {
    const [word = ""] = flags.positional;
    const action = Object.hasOwn(ACTIONS, word) ? ACTIONS[word] : undefined;
    if (!action) {
      context.terminal.error(`unknown: local ${word}. Known are: ${Object.keys(ACTIONS).join(", ")}`);
      return 1;
    }
    const given = flags.text("local-state");
    const folder = given === undefined ? defaultStateFolder(context.env, homedir()) : resolve(context.cwd, given);
    return action(folder, flags, context);
  },
};

async function images(folder: string, _flags: ParsedFlags, { terminal }: CommandContext): Promise<number> {
  const { localContents } = await import("../../local/contents.js");
  const found = localContents(folder).images;
  for (const image of found) {
    terminal.write(`${image.region}  ${image.id}  ${new Date(image.createdAt).toISOString()}  ${image.name}`);
  }
  if (found.length === 0) terminal.error(`No images in ${folder}. Bake one with: bake-ami build -local TEMPLATE`);
  return 0;
}

async function parameters(folder: string, _flags: ParsedFlags, { terminal }: CommandContext): Promise<number> {
  const { localContents } = await import("../../local/contents.js");
  const found = localContents(folder).parameters;
  for (const { region, name, value, version } of found)
    terminal.write(`${region}  ${name}  ${value}  version ${version}`);
  if (found.length === 0) terminal.error(`No parameters in ${folder}.`);
  return 0;
}

async function shell(folder: string, flags: ParsedFlags, context: CommandContext): Promise<number> {
  const [, imageId, ...command] = flags.positional;
  if (imageId === undefined) {
    context.terminal.error("local shell needs the id of an image; bake-ami local images lists them");
    return 1;
  }
  const { openLocalShell } = await import("../../local/shell.js");
  const cloud = await openCloud(folder, {}, context);
  try {
    return await openLocalShell(cloud, folder, { imageId, user: flags.text("user") ?? "ubuntu", command });
  } finally {
    await cloud.close();
  }
}

async function reset(folder: string, _flags: ParsedFlags, { terminal }: CommandContext): Promise<number> {
  const { wipeStateFolder } = await import("../../local/state-folder.js");
  wipeStateFolder(folder);
  terminal.write(`Wiped ${folder}.`);
  return 0;
}

async function serve(folder: string, flags: ParsedFlags, context: CommandContext): Promise<number> {
  const port = flags.text("port");
  const parsed = port === undefined ? undefined : parseCount(port, 0);
  if (parsed && "complaint" in parsed) {
    context.terminal.error(`port ${parsed.complaint}`);
    return 1;
  }
  const cloud = await openCloud(
    folder,
    { machines: flags.boolean("no-instances") ? "none" : "sandboxes", port: parsed ? parsed.value : undefined },
    context,
  );
  for (const [name, value] of Object.entries(cloud.environment)) {
    context.terminal.write(value === undefined ? `unset ${name}` : `export ${name}=${value}`);
  }
  context.terminal.error("The local cloud runs until it is interrupted.");
  try {
    await interrupted(context.signal);
  } finally {
    await cloud.close();
  }
  return 0;
}

async function openCloud(
  stateFolder: string,
  more: { readonly port?: number | undefined; readonly machines?: "sandboxes" | "none" },
  { terminal, env }: CommandContext,
) {
  const { openLocalCloud } = await import("../../local/cloud.js");
  try {
    return await openLocalCloud({
      stateFolder,
      machines: "sandboxes",
      ...more,
      env,
      onNotice: (text) => terminal.error(text),
    });
  } catch (error) {
    if (error instanceof BakeError) throw error;
    throw new BakeError(`the local cloud could not be opened: ${messageOf(error)}`, {
      code: "local-cloud",
      cause: error,
    });
  }
}

function interrupted(signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    if (signal.aborted) done();
    else signal.addEventListener("abort", () => done(), { once: true });
  });
}
