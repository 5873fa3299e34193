import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { BakeError, messageOf } from "../core/errors.js";
import { describeFileError } from "../core/file-error.js";
import { setting } from "../core/setting.js";
import type { LocalCloud } from "../local/cloud.js";
import { localContents as contentsOf } from "../local/contents.js";
import { defaultStateDirectory, wipeStateDirectory } from "../local/state-directory.js";
import type {
  EngineSetting,
  LocalContents,
  LocalShellRun,
  OpenLocal,
  OpenLocalRun,
  ServedLocal,
  ServeRun,
} from "./api.js";

/**
 * Starts the local cloud. Sets its endpoint and keys in the environment of the run and of the process, because the AWS SDK and child
 * processes read the latter.
 */
export async function openLocal(options: OpenLocalRun, { env }: EngineSetting): Promise<OpenLocal> {
  const stateDirectory = directoryOf(options.stateDirectory, env);
  const { openLocalCloud } = await import("../local/cloud.js");
  const cloud = await openLocalCloud({
    stateDirectory,
    machines: options.machines,
    windows: options.windows,
    policy: readPolicyFile(options.policy),
    env,
    onNotice: options.onNotice,
  });
  for (const [name, value] of Object.entries(cloud.environment)) {
    if (value === undefined) {
      delete env[name];
      delete process.env[name];
    } else {
      env[name] = value;
      process.env[name] = value;
    }
  }
  return { stateDirectory, recorded: cloud.recorded, close: cloud.close };
}

/** Starts the local cloud for other tools. */
export async function serveLocal(run: ServeRun, { env }: EngineSetting): Promise<ServedLocal> {
  const { environment, close } = await openForTools(run, env);
  return { environment, close };
}

/** Opens a shell in a new instance of an image. Returns the exit code of the shell. */
export async function localShell(run: LocalShellRun, { env, interruption }: EngineSetting): Promise<number> {
  const { openLocalShell } = await import("../local/shell.js");
  const cloud = await openForTools({ ...run, port: undefined, machines: "sandboxes", policy: undefined }, env);
  try {
    return await openLocalShell(cloud, directoryOf(run.stateDirectory, env), { ...run, signal: interruption.signal });
  } finally {
    await cloud.close();
  }
}

/** Returns the images and parameters of the local cloud. */
export function localContents(given: string | undefined, { env }: EngineSetting): LocalContents {
  const stateDirectory = directoryOf(given, env);
  return { stateDirectory, ...contentsOf(stateDirectory) };
}

/** Removes the images and parameters of the local cloud. Returns its directory. */
export function resetLocal(given: string | undefined, { env }: EngineSetting): string {
  const stateDirectory = directoryOf(given, env);
  wipeStateDirectory(stateDirectory);
  return stateDirectory;
}

async function openForTools(run: ServeRun, env: EngineSetting["env"]): Promise<LocalCloud> {
  const { port, machines, windows, onNotice } = run;
  const { openLocalCloud } = await import("../local/cloud.js");
  try {
    return await openLocalCloud({
      stateDirectory: directoryOf(run.stateDirectory, env),
      machines,
      windows,
      policy: readPolicyFile(run.policy),
      port,
      env,
      onNotice,
    });
  } catch (error) {
    if (error instanceof BakeError) throw error;
    throw new BakeError(`Could not start the local cloud: ${messageOf(error)}`, {
      code: "local-cloud",
      cause: error,
    });
  }
}

/** Reads the JSON of a policy. Throws a `BakeError` for a file that cannot be read. */
function readPolicyFile(path: string | undefined): unknown {
  if (path === undefined) return undefined;
  try {
    return policiesIn(JSON.parse(readFileSync(path, "utf8")));
  } catch (error) {
    const why = error instanceof SyntaxError ? `not valid JSON: ${messageOf(error)}` : describeFileError(error);
    throw new BakeError(`Could not read the policy "${path}": ${why}`, {
      code: "local-policy",
      hint: `Set ${setting("local-policy")} to a file with an IAM policy. To write one, run: bake-ami policy TEMPLATE > policy.json`,
      cause: error,
    });
  }
}

/** What `bake-ami policy` prints is a policy, or an object with one or several. The boundary in it is of the roles that a bake creates. */
function policiesIn(printed: unknown): unknown {
  if (typeof printed !== "object" || printed === null || "Statement" in printed) return printed;
  if ("policies" in printed) return printed.policies;
  return "policy" in printed ? printed.policy : printed;
}

function directoryOf(given: string | undefined, env: EngineSetting["env"]): string {
  return given ?? defaultStateDirectory(env, homedir());
}
