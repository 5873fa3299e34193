import { openInstanceShell } from "../builders/amazon-ebs/shell/shell.js";
import { accountSurroundings, openAccount } from "./account.js";
import type { EngineSetting, ShellRun } from "./api.js";

/**
 * Opens a shell in an instance of the account, for example one that a failed bake kept. Returns its exit code. Throws a `BakeError` for an
 * instance that does not run, and when there is no connection.
 */
export async function shell(
  { region, streams, report, ...request }: ShellRun,
  setting: EngineSetting,
): Promise<number> {
  const session = await openAccount(accountSurroundings(setting), region);
  try {
    const scope = { session, region: session.region, signal: setting.interruption.signal };
    return await openInstanceShell(scope, request, streams, report);
  } finally {
    session.close();
  }
}
