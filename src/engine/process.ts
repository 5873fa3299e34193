import module from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Sets up this process for both front ends. Runs before other modules are loaded. */
export function setUpProcess(env: Readonly<Record<string, string | undefined>>): void {
  useCompileCache(env);
  filterWarnings();
  ignoreClosedPipes();
}

/**
 * Enables Node's compile cache (Node 22.1 and later), so that the post step and later steps of a job start faster. A directory that
 * cannot be written is ignored.
 */
function useCompileCache(env: Readonly<Record<string, string | undefined>>): void {
  const folder = env.RUNNER_TEMP ?? env.XDG_CACHE_HOME ?? tmpdir();
  const enable: unknown = Reflect.get(module, "enableCompileCache");
  if (typeof enable === "function") enable.call(module, join(folder, "bake-ami-compile-cache"));
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

/** Ignores EPIPE, so that a closed pipe (`| head`) does not end a bake. Further output is lost. */
function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
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
