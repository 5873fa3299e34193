import { lostBecause } from "../../core/communicator.js";
import { BakeError, messageOf } from "../../core/errors.js";
import type { ProvisionerContext } from "../../core/parts.js";
import { readRemote, whileUnreachable } from "../run-remote.js";
import { cmdPath } from "./quote.js";

/** Time limit for removing files, in milliseconds, while the machine may be restarting, and after a failure. */
const PATIENT = 60_000;
const BRIEF = 15_000;

/**
 * Removes files from the machine, also after a failure or an abort: then with one attempt. It warns about files that stay, because
 * scripts and variables can have secrets in them. Rejects only when the build is aborted meanwhile.
 */
export async function removeFiles(
  paths: readonly string[],
  failed: boolean,
  context: ProvisionerContext,
): Promise<void> {
  const own = failed ? { ...context, signal: AbortSignal.timeout(BRIEF) } : context;
  try {
    const code = failed ? await remove(paths, own) : await whileUnreachable(own, PATIENT, () => remove(paths, own));
    if (code !== 0) warn(paths, "a file is in use or protected", context);
  } catch (error) {
    if (failed || !context.signal.aborted) return warn(paths, messageOf(error), context);
    await removeFiles(paths, true, context);
    throw error;
  }
}

/** Returns the exit code of the removal. Rejects where the connection is lost: the removal can be repeated. */
async function remove(paths: readonly string[], context: ProvisionerContext): Promise<number> {
  const { end } = await readRemote(context, removeCommand(paths));
  if (end.status === "exited") return end.code;
  throw new BakeError(`The connection was lost${lostBecause(end)}`, { code: "ssh-disconnected" });
}

/** Returns the line for cmd.exe that removes files. It exits with 1 if one stays. The comment names the line in logs. */
function removeCommand(paths: readonly string[]): string {
  const names = [...new Set(paths)].map((path) => cmdPath(path.replaceAll("/", "\\")));
  const checks = names.map((name) => `(if exist ${name} exit 1)`);
  return [`del /f /q ${names.join(" ")}`, ...checks, "exit 0", "rem packer-cleanup"].join(" & ");
}

function warn(paths: readonly string[], why: string, { narrator, range }: ProvisionerContext): void {
  narrator.warn({
    code: "files-left-on-machine",
    summary: `Could not remove ${paths.map((path) => `"${path}"`).join(", ")} from the machine: ${why}`,
    hint: "Remove them before you share an image of this machine. They can have secrets in them.",
    range,
  });
}
