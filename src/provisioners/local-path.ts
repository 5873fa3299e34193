import { homedir } from "node:os";
import { resolve } from "node:path";

/** A path of the template made absolute: from the working directory, `~` being the home folder; a trailing slash stays. */
export function localPath(path: string, cwd: string): string {
  const expanded = path === "~" || path.startsWith("~/") ? homedir() + path.slice(1) : path;
  const absolute = resolve(cwd, expanded);
  return path.endsWith("/") && absolute !== "/" ? `${absolute}/` : absolute;
}
