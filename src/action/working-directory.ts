import { statSync } from "node:fs";
import { BakeError } from "../core/errors.js";

/** Throws a `BakeError` when the input "working-directory" is not a directory. */
export function checkWorkingDirectory(directory: string): void {
  try {
    if (statSync(directory).isDirectory()) return;
  } catch {
    // Reported as any path that is not a directory.
  }
  throw new BakeError(`Input "working-directory" is not a directory: "${directory}"`, {
    code: "no-working-directory",
    hint: "The path is relative to the workspace. Check out the repository before this step.",
  });
}
