import { join } from "node:path";
import type { Engine, OpenLocal } from "../engine/api.js";
import { type BakeRequest, LOCAL_CIDRS, LOCAL_PARAMETER } from "../engine/request.js";
import type { GitHubEnvironment } from "./environment.js";
import type { ActionLog } from "./log.js";

/** The request as a rehearsal on the local cloud: a parameter is written even where none is named. */
export function asRehearsal(request: BakeRequest): BakeRequest {
  return {
    ...request,
    ...(request.ssmParameter === undefined ? { ssmParameter: LOCAL_PARAMETER, ssmParameterByDefault: true } : {}),
    settings: { ...request.settings, sshSourceCidrs: LOCAL_CIDRS },
  };
}

/** Opens the local cloud for a job: its state lasts to the job's later steps. */
export function openRehearsal(engine: Engine, environment: GitHubEnvironment, log: ActionLog): Promise<OpenLocal> {
  const { temporaryFolder } = environment;
  return engine.openLocal({
    stateFolder: temporaryFolder === undefined ? undefined : join(temporaryFolder, "bake-ami-local"),
    onNotice: log.line,
  });
}
