import type { Clock } from "../core/clock.js";
import type { TransferOptions, UploadSource } from "../core/communicator.js";
import type { Debug } from "../core/debug.js";
import { messageOf } from "../core/errors.js";

/** The debug log of transfers. */
export interface TransferLog {
  readonly debug: Debug;
  readonly clock: Pick<Clock, "now">;
}

/** A transfer of a file or directory, or of content in memory. */
export interface LoggedTransfer {
  readonly direction: "Upload" | "Download";
  readonly source: string | UploadSource;
  readonly destination: string;
}

/** How a transfer was done, e.g. `tar`. */
export type TransferWay = "cat" | "tar" | "SFTP" | "docker cp" | "PowerShell" | "echo";

/**
 * Runs a transfer and logs it: paths, way, bytes and duration, or its error. Contents are not logged. `run` gets the options with a count
 * of the bytes, and returns the way. Rejects as `run` does.
 */
export async function logTransfer(
  { debug, clock }: TransferLog,
  { direction, source, destination }: LoggedTransfer,
  options: TransferOptions | undefined,
  run: (options: TransferOptions) => Promise<TransferWay>,
): Promise<void> {
  const began = clock.now();
  let bytes = 0;
  const counted: TransferOptions = {
    ...options,
    onProgress: (sent, total) => {
      bytes = sent;
      options?.onProgress?.(sent, total);
    },
  };
  const line = (outcome: string) =>
    `${direction} of ${nameOf(source)} to "${destination}"${outcome}: ${bytes} bytes, ${clock.now() - began} ms`;
  try {
    const way = await run(counted);
    debug(() => line(` by ${way}`));
  } catch (error) {
    debug(() => `${line(" failed")}: ${messageOf(error)}`);
    throw error;
  }
}

function nameOf(source: string | UploadSource): string {
  if (typeof source === "string") return `"${source}"`;
  return source.from === "file" ? `"${source.path}"` : "content in memory";
}
