import { signalWithTimeout } from "../core/clock.js";
import { Cancelled, messageOf } from "../core/errors.js";
import type { PackageList } from "../core/packages.js";
import type { Machine, PartContext } from "../core/parts.js";
import { LIST_COMMAND, parsePackageList } from "./listing.js";

/** Longest that a machine may take to answer, in milliseconds, and the most that it may say, in bytes. */
const LIMITS = { time: 60_000, bytes: 8 * 1024 * 1024 };

/**
 * Lists what is installed on a machine, with one command over the connection that is open; nothing is installed, nothing changed.
 * Undefined, with a notice, where that cannot be known; rejects only when the bake is cancelled.
 */
export async function takePackages(machine: Machine, context: PartContext): Promise<PackageList | undefined> {
  const { communicator } = machine;
  if (communicator.type === "none") return undefined;
  if (!machine.reachable()) {
    // A provisioner may have shut the machine down as its last act.
    notTaken(context, "the machine cannot be reached any more");
    return undefined;
  }
  const limited = signalWithTimeout(
    context.signal,
    LIMITS.time,
    context.surroundings.clock,
    () => new Error(`the machine did not answer within ${LIMITS.time / 1000} seconds`),
  );
  try {
    const parsed = parsePackageList(await listing(machine, limited.signal));
    if (parsed.ok) return parsed.list;
    notTaken(context, parsed.why);
  } catch (error) {
    if (error instanceof Cancelled || context.signal.aborted) throw error;
    notTaken(context, messageOf(error));
  } finally {
    limited.done();
  }
  return undefined;
}

/** The command's output; throws where it fails or says too much. */
async function listing({ communicator }: Machine, signal: AbortSignal): Promise<string> {
  const tooMuch = new AbortController();
  const chunks: Uint8Array[] = [];
  let size = 0;
  const result = await communicator.exec(LIST_COMMAND, {
    signal: AbortSignal.any([signal, tooMuch.signal]),
    pty: false,
    onOutput(chunk, stream) {
      size += chunk.length;
      if (size > LIMITS.bytes) tooMuch.abort(new Error(`the list is larger than ${LIMITS.bytes / 1024 / 1024} MiB`));
      else if (stream === "stdout") chunks.push(chunk);
    },
  });
  if (result.status === "exited" && result.code === 0) return Buffer.concat(chunks).toString("utf8");
  const how = result.status === "exited" ? `exit code ${result.code}` : result.status;
  throw new Error(`the command that lists them ended with ${how}`);
}

function notTaken({ narrator }: PartContext, why: string): void {
  narrator.message(`Packages of the image are not listed: ${why}`);
}
