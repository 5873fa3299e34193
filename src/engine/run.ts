import type { Narrator } from "../core/events.js";
import type { CredentialVault } from "../core/ledger.js";
import type { Ownership } from "../core/ownership.js";
import type { RunSettings } from "../core/settings.js";
import type { Surroundings } from "../core/surroundings.js";
import { accountSurroundings } from "./account.js";
import type { EngineSetting } from "./api.js";
import { hostIds } from "./host.js";
import { type BakeRequest, imageOf } from "./request.js";

/** Returns the settings of a run: those of the request, and those that the run decides. */
export function runSettings(request: BakeRequest, owner: Ownership, interactive: boolean): RunSettings {
  return { ...request.settings, runUuid: hostIds.uuid(), ownership: owner, image: imageOf(request), interactive };
}

/** Returns the surroundings of a run without a terminal. Waits for credentials are reported as progress. */
export function runSurroundings(
  request: BakeRequest,
  narrate: Narrator,
  setting: EngineSetting,
  credentials: CredentialVault | undefined,
): Surroundings {
  return {
    ...accountSurroundings(setting, credentials),
    reportWait: (what, elapsed, text) => narrate.emit({ type: "progress", what, elapsed, text }),
    cwd: request.workingDirectory,
    ask: undefined,
  };
}
