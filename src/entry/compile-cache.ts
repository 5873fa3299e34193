import module from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * Keeps compiled code between starts where Node can (22.1 and later): the post step and later steps of a job start faster.
 * A folder that cannot be written is no error.
 */
export function useCompileCache(env: Readonly<Record<string, string | undefined>>): void {
  const folder = env.RUNNER_TEMP ?? env.XDG_CACHE_HOME ?? tmpdir();
  const enable: unknown = Reflect.get(module, "enableCompileCache");
  if (typeof enable === "function") enable.call(module, join(folder, "bake-ami-compile-cache"));
}
