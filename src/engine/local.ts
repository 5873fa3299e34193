import { homedir } from "node:os";
import type { EngineSetting, LocalRun, OpenLocal } from "./api.js";
import { type BakeRequest, LOCAL_CIDRS, LOCAL_PARAMETER } from "./request.js";

/** The request as a bake on the local cloud: a parameter is written even where none is named, and SSH never leaves the machine. */
export function onLocalCloud(request: BakeRequest): BakeRequest {
  const parameter = request.ssmParameter === undefined;
  return {
    ...request,
    ssmParameter: parameter ? LOCAL_PARAMETER : request.ssmParameter,
    ssmParameterByDefault: parameter || request.ssmParameterByDefault || undefined,
    settings: { ...request.settings, sshSourceCidrs: LOCAL_CIDRS },
  };
}

/**
 * Opens the local cloud and puts its address and keys into the environment, of the run and of the process: the AWS SDK and child
 * processes read the latter.
 */
export async function openLocal(options: LocalRun, { env }: EngineSetting): Promise<OpenLocal> {
  const { openLocalCloud } = await import("../local/cloud.js");
  const { defaultStateFolder } = await import("../local/state-folder.js");
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
