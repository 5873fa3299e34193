import { homedir } from "node:os";
import { openLocalCloud } from "../local/cloud.js";
import { defaultStateFolder } from "../local/state-folder.js";
import type { EngineSetting, LocalRun, OpenLocal } from "./api.js";

/**
 * Opens the local cloud and puts its address and keys into the environment, of the run and of the process: the AWS SDK and child
 * processes read the latter.
 */
export async function openLocal(options: LocalRun, { env }: EngineSetting): Promise<OpenLocal> {
  const stateFolder = options.stateFolder ?? defaultStateFolder(env, homedir());
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
