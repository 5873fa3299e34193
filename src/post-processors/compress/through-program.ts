import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { abortReason } from "../../core/clock.js";
import { BakeError } from "../../core/errors.js";
import type { PartContext } from "../../core/parts.js";
import type { Compressor } from "./format.js";

/** Characters of what a program complains about that an error shows. */
const COMPLAINTS = 2000;

/**
 * Sends a stream through a program of the runner into a file. When the run is aborted the program is ended. Rejects with the abort
 * reason, the stream's or the file's error, or a `BakeError` (`program-not-found`, `compress-failed`), once the program is gone.
 */
export async function throughProgram(
  compressor: Compressor,
  source: Readable,
  file: string,
  context: PartContext,
): Promise<void> {
  const { surroundings, signal } = context;
  // In a group of its own: Ctrl-C at a terminal reaches the bake alone, which then ends things in order.
  const child = spawn(compressor.program, compressor.args, {
    env: surroundings.env,
    detached: process.platform !== "win32",
    stdio: "pipe",
  });
  let complaints = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaints = (complaints + text).slice(-COMPLAINTS);
  });
  const closed = new Promise<string | undefined>((resolve, reject) => {
    child.once("close", (code, name) => resolve(code === 0 ? undefined : code === null ? `${name}` : `code ${code}`));
    child.once("error", (cause) => reject(notStarted(compressor, cause, context)));
  });
  const end = () => child.kill("SIGKILL");
  signal.addEventListener("abort", end, { once: true });
  try {
    const [ended, written, sent] = await Promise.allSettled([
      closed,
      pipeline(child.stdout, createWriteStream(file)),
      pipeline(source, child.stdin, { signal }),
    ]);
    if (signal.aborted) throw abortReason(signal);
    if (ended.status === "rejected") throw ended.reason;
    if (written.status === "rejected") throw written.reason;
    if (ended.value !== undefined) throw failed(compressor, ended.value, complaints.trim(), context);
    // A stream that fails ends the program's input, which the program takes for the end.
    if (sent.status === "rejected") throw sent.reason;
  } finally {
    signal.removeEventListener("abort", end);
  }
}

function notStarted({ program, hint }: Compressor, cause: Error, { range }: PartContext): BakeError {
  const missing = "code" in cause && cause.code === "ENOENT";
  return new BakeError(
    missing ? `${program} is not installed on this machine` : `cannot run ${program}: ${cause.message}`,
    {
      code: missing ? "program-not-found" : "program-not-started",
      hint,
      cause,
      range,
    },
  );
}

function failed({ program }: Compressor, how: string, complaints: string, { range }: PartContext): BakeError {
  return new BakeError(`${program} ended with ${how}`, {
    code: "compress-failed",
    hint: "Another format may serve: .tar.gz, .gz, .zip and .tar need no program.",
    detail: complaints === "" ? undefined : complaints,
    range,
  });
}
