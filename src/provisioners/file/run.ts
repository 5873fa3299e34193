import { stat } from "node:fs/promises";
import { basename, win32 } from "node:path";
import { throttle } from "../../core/clock.js";
import { type Communicator, runsWindows, type TransferOptions } from "../../core/communicator.js";
import { BakeError } from "../../core/errors.js";
import type { ProvisionerContext } from "../../core/parts.js";
import { localPath } from "../local-files.js";
import { type FileOptions, sourcesOf } from "./options.js";

/** Milliseconds between two progress events of a transfer. */
const PROGRESS_INTERVAL = 3000;

/** Mode of `content`: Packer writes it to a temporary file, and uploads that. */
const CONTENT_MODE = 0o600;

/** Transfers files and directories to or from the machine (Packer §5.3, §4.4). Throws the communicator's `BakeError`. */
export async function run(options: FileOptions, context: ProvisionerContext): Promise<void> {
  if (options.content !== undefined) {
    context.narrator.say(`Uploading content => ${options.destination}`);
    const content = Buffer.from(options.content);
    await context.machine.communicator.uploadFile(
      { from: "memory", content, mode: CONTENT_MODE },
      options.destination,
      transferOptions(context, options.destination),
    );
    return;
  }
  for (const { path } of sourcesOf(options)) {
    if (options.direction === "upload") await upload(path, options.destination, context);
    else await download(path, options.destination, context);
  }
}

async function upload(source: string, destination: string, context: ProvisionerContext): Promise<void> {
  const { communicator } = context.machine;
  context.narrator.say(`Uploading ${source} => ${destination}`);
  const path = localPath(source, context.surroundings.cwd);
  const stats = await stat(path).catch((cause: unknown) => {
    throw new BakeError(`Bad source '${source}': no such file or directory`, {
      code: "upload-source",
      range: context.range,
      cause,
    });
  });
  const given = transferOptions(context, source);
  if (stats.isDirectory()) return communicator.uploadDirectory(path, destination, given);
  const target = isDirectory(destination, communicator) ? destination + basename(path) : destination;
  return communicator.uploadFile({ from: "file", path }, target, given);
}

/** Returns whether a path on the machine names a directory by its last character: on Windows a backslash too. */
function isDirectory(path: string, communicator: Communicator): boolean {
  return path.endsWith("/") || (runsWindows(communicator) && path.endsWith("\\"));
}

/** Downloads a directory when the source ends in a slash or contains a glob, else one file. */
async function download(source: string, destination: string, context: ProvisionerContext): Promise<void> {
  const { communicator } = context.machine;
  context.narrator.say(`Downloading ${source} => ${destination}`);
  const path = localPath(destination, context.surroundings.cwd);
  const given = transferOptions(context, source);
  const isWindows = runsWindows(communicator);
  if (isDirectory(source, communicator) || (isWindows ? /[*?]/ : /[*?[]/).test(source)) {
    return communicator.downloadDirectory(source, path, given);
  }
  const target = destination.endsWith("/") ? path + (isWindows ? win32 : { basename }).basename(source) : path;
  return communicator.downloadFile(source, target, given);
}

/** Returns options with the abort signal, warnings, and a progress event every few seconds. */
function transferOptions({ narrator, signal, surroundings, range }: ProvisionerContext, what: string): TransferOptions {
  const { clock } = surroundings;
  const began = clock.now();
  const isDue = throttle(PROGRESS_INTERVAL, clock.now);
  return {
    signal,
    onWarning: (summary) => narrator.warn({ code: "transfer-differs", summary, range }),
    onProgress(bytes, total) {
      if (!isDue()) return;
      narrator.emit({
        type: "progress",
        what,
        elapsed: clock.now() - began,
        text: `${Math.round(bytes / 1_048_576)} MiB`,
        percent: total ? Math.floor((100 * bytes) / total) : undefined,
      });
    },
  };
}
