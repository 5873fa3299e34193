import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { abortReason } from "../../core/clock.js";
import { BakeError } from "../../core/errors.js";
import { describeFileError } from "../../core/file-error.js";
import { outputTail } from "../../core/output.js";
import type { PartContext } from "../../core/parts.js";
import type { Compressor } from "./format.js";

/** Longest part of a program's standard error in an error message, in bytes. */
const STDERR_LIMIT = 2000;

/**
 * Pipes a stream through a program on the runner into a file. Terminates the program when the run is aborted. Rejects with the abort
 * reason, the stream's or the file's error, or a `BakeError` (`program-not-found`, `compress-failed`), once the program has ended.
 */
export async function throughProgram(
  compressor: Compressor,
  source: Readable,
  file: string,
  context: PartContext,
): Promise<void> {
  const { surroundings, signal } = context;
  // Own process group: Ctrl-C at a terminal reaches only bake-ami, which then cleans up in order.
  const child = spawn(compressor.program, compressor.args, {
    env: surroundings.env,
    detached: process.platform !== "win32",
    stdio: "pipe",
  });
  const stderr = outputTail(STDERR_LIMIT);
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  const closed = new Promise<string | undefined>((resolve, reject) => {
    child.once("close", (code, name) =>
      resolve(code === 0 ? undefined : code === null ? `signal ${name}` : `exit status ${code}`),
    );
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
    if (ended.value !== undefined) throw failed(compressor, ended.value, stderr.text().trim(), context);
    // A failed stream closes the program's input, so the program still exits normally.
    if (sent.status === "rejected") throw sent.reason;
  } finally {
    signal.removeEventListener("abort", end);
  }
}

function notStarted({ program, hint }: Compressor, cause: Error, { range }: PartContext): BakeError {
  const missing = "code" in cause && cause.code === "ENOENT";
  return new BakeError(
    missing ? `"${program}" is not installed on this host` : `Cannot run "${program}": ${describeFileError(cause)}`,
    {
      code: missing ? "program-not-found" : "program-not-started",
      hint,
      cause,
      range,
    },
  );
}

function failed({ program }: Compressor, how: string, stderr: string, { range }: PartContext): BakeError {
  return new BakeError(`"${program}" failed: ${how}`, {
    code: "compress-failed",
    hint: "Fix the error above, or use .tar.gz, .gz, .zip or .tar, which need no program.",
    detail: stderr === "" ? undefined : stderr,
    range,
  });
}
