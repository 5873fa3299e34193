import module from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Sets this process up, whichever front end it runs: before anything else is loaded. */
export function setUpProcess(env: Readonly<Record<string, string | undefined>>): void {
  useCompileCache(env);
  quietWarnings();
  outliveReaders();
}

/**
 * Keeps compiled code between starts where Node can (22.1 and later): the post step and later steps of a job start faster.
 * A folder that cannot be written is no error.
 */
function useCompileCache(env: Readonly<Record<string, string | undefined>>): void {
  const folder = env.RUNNER_TEMP ?? env.XDG_CACHE_HOME ?? tmpdir();
  const enable: unknown = Reflect.get(module, "enableCompileCache");
  if (typeof enable === "function") enable.call(module, join(folder, "bake-ami-compile-cache"));
}

/** A notice of the AWS SDK to developers about Node versions to come: nothing that a user of ours can act on. */
const NOT_FOR_USERS = /^NodeVersionSupportWarning\b/;

/** Prints Node's process warnings on stderr as Node does, without those that are not for users. */
function quietWarnings(): void {
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (NOT_FOR_USERS.test(warning.message)) return;
    process.stderr.write(`${warning.name}: ${warning.message}\n`);
  });
}

/** Output that nobody reads any more (a closed pipe, `| head`) must not end a bake half-way: what is written then is lost, no more. */
function outliveReaders(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
}

/**
 * Ends the process once everything that was written has gone out: idle connections and timers must not keep it.
 */
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
