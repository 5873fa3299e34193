import { homedir } from "node:os";
import { BakeError, messageOf } from "../core/errors.js";
import type { LocalCloud } from "../local/cloud.js";
import { localContents as contentsOf } from "../local/contents.js";
import { defaultStateFolder, wipeStateFolder } from "../local/state-folder.js";
import type { EngineSetting, LocalContents, LocalRun, OpenLocal, ServedLocal, ServeRun, ShellRun } from "./api.js";

/**
 * Starts the local cloud. Sets its endpoint and keys in the environment of the run and of the process, because the AWS SDK and child
 * processes read the latter.
 */
export async function openLocal(options: LocalRun, { env }: EngineSetting): Promise<OpenLocal> {
  const stateFolder = folderOf(options.stateFolder, env);
  const { openLocalCloud } = await import("../local/cloud.js");
  const cloud = await openLocalCloud({ stateFolder, machines: "sandboxes", env, onNotice: options.onNotice });
  for (const [name, value] of Object.entries(cloud.environment)) {
    if (value === undefined) {
      delete env[name];
      delete process.env[name];
    } else {
      env[name] = value;
      process.env[name] = value;
    }
  }
  return { stateFolder, close: cloud.close };
}

/** Starts the local cloud for other tools. */
export async function serveLocal(run: ServeRun, { env }: EngineSetting): Promise<ServedLocal> {
  const { environment, close } = await openForTools(run, env);
  return { environment, close };
}

/** Opens a shell in a new instance of an image. Returns the exit code of the shell. */
export async function localShell(run: ShellRun, { env }: EngineSetting): Promise<number> {
  const { openLocalShell } = await import("../local/shell.js");
  const cloud = await openForTools({ ...run, port: undefined, machines: "sandboxes" }, env);
  try {
    return await openLocalShell(cloud, folderOf(run.stateFolder, env), run);
  } finally {
    await cloud.close();
  }
}

/** Returns the images and parameters of the local cloud. */
export function localContents(given: string | undefined, { env }: EngineSetting): LocalContents {
  const stateFolder = folderOf(given, env);
  return { stateFolder, ...contentsOf(stateFolder) };
}

/** Removes the images and parameters of the local cloud. Returns its directory. */
export function resetLocal(given: string | undefined, { env }: EngineSetting): string {
  const stateFolder = folderOf(given, env);
  wipeStateFolder(stateFolder);
  return stateFolder;
}

async function openForTools(run: ServeRun, env: EngineSetting["env"]): Promise<LocalCloud> {
  const { port, machines, onNotice } = run;
  const { openLocalCloud } = await import("../local/cloud.js");
  try {
    return await openLocalCloud({ stateFolder: folderOf(run.stateFolder, env), machines, port, env, onNotice });
  } catch (error) {
    if (error instanceof BakeError) throw error;
    throw new BakeError(`Could not start the local cloud: ${messageOf(error)}`, {
      code: "local-cloud",
      cause: error,
    });
  }
}

function folderOf(given: string | undefined, env: EngineSetting["env"]): string {
  return given ?? defaultStateFolder(env, homedir());
}
