import module from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeFileError } from "../core/file-error.js";

/** Sets up this process for both front ends. Runs before other modules are loaded. */
export function setUpProcess(env: Readonly<Record<string, string | undefined>>): void {
  useCompileCache(env);
  filterWarnings();
  outliveOutputErrors(process);
}

/**
 * Enables Node's compile cache (Node 22.1 and later), so that the post step and later steps of a job start faster. A directory that
 * cannot be written is ignored.
 */
function useCompileCache(env: Readonly<Record<string, string | undefined>>): void {
  const directory = env.RUNNER_TEMP ?? env.XDG_CACHE_HOME ?? tmpdir();
  const enable: unknown = Reflect.get(module, "enableCompileCache");
  if (typeof enable === "function") enable.call(module, join(directory, "bake-ami-compile-cache"));
}

/** A warning of the AWS SDK about future Node versions. It is for developers, not for users of bake-ami. */
const NOT_FOR_USERS = /^NodeVersionSupportWarning\b/;

/** Prints Node's process warnings on stderr as Node does, except those that are not for users. */
function filterWarnings(): void {
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (NOT_FOR_USERS.test(warning.message)) return;
    process.stderr.write(`${warning.name}: ${warning.message}\n`);
  });
}

/**
 * Reports an error that nothing caught, then ends the process. Node would print the error as it is: with secrets, and with text of an instance
 * that a runner could take for a command.
 */
export function reportCrashes(report: (error: unknown) => void): void {
  process.on("uncaughtException", (error: unknown) => {
    report(error);
    void exitWith(1);
  });
}

/** The streams that a process prints on. */
interface OutputStreams {
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
}

/**
 * Keeps a run going when its output cannot be written, e.g. to a file on a full disk: further output is lost, and the other stream says so
 * once. A closed pipe (`| head`) is ignored.
 */
export function outliveOutputErrors({ stdout, stderr }: OutputStreams): void {
  stdout.on("error", reportOnce("standard output", stderr));
  stderr.on("error", reportOnce("standard error", stdout));
}

function reportOnce(name: string, other: NodeJS.WritableStream): (error: NodeJS.ErrnoException) => void {
  let isFirst = true;
  return (error) => {
    if (isFirst && error.code !== "EPIPE") other.write(`Could not write ${name}: ${describeFileError(error)}\n`);
    isFirst = false;
  };
}

/** Ends the process after all output is written. Idle connections and timers are not waited for. */
export async function exitWith(code: number): Promise<never> {
  await Promise.all([process.stdout, process.stderr].map(flushed));
  process.exit(code);
}

function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || !stream.writable) return resolve();
    stream.once("error", () => resolve());
    stream.write("", () => resolve());
  });
}
