import { lostBecause } from "../../core/communicator.js";
import { BakeError } from "../../core/errors.js";
import type { ProvisionerContext } from "../../core/parts.js";
import { type CommandRun, DISCONNECTED, exitCode, lastLinesDetail } from "../command-run.js";
import { scriptFailed } from "../scripts.js";

/** Throws a `BakeError` when a script failed: by its exit code, or because the connection was lost. */
export function checkEnd(
  name: string,
  run: CommandRun,
  { valid_exit_codes: valid }: { readonly valid_exit_codes: readonly number[] },
  { range }: ProvisionerContext,
): void {
  const code = exitCode(run.end);
  if (valid.includes(code)) return;
  if (code !== DISCONNECTED) {
    throw scriptFailed(name, run, valid, { hint: "Check the output of the script.", range });
  }
  throw new BakeError(`${name}: Script disconnected unexpectedly${lostBecause(run.end)}`, {
    code: "script-disconnected",
    hint: `The script is not started a second time. Restart Windows with the windows-restart provisioner, or accept the disconnect: set "valid_exit_codes" to [0, ${DISCONNECTED}].`,
    detail: lastLinesDetail(run),
    range,
  });
}
