import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { Environment } from "../core/surroundings.js";

/** Environment variable with the path of goss for the instance, as the wrappers dgoss and kgoss read it. */
export const GOSS_VARIABLE = "GOSS_PATH";

/** Names of InSpec, and of its free distribution by the CINC project, which has the same commands. */
export const INSPEC_PROGRAMS: readonly string[] = ["inspec", "cinc-auditor"];

/** What to do if a program is missing. */
export const INSTALL = {
  inspec: "Install InSpec or CINC Auditor in an earlier step of the job.",
  goss: `Install goss for Linux, with the architecture of the image, in an earlier step of the job, or set ${GOSS_VARIABLE} to its path.`,
} as const;

/** Returns the path of the first of the programs that is on the PATH; undefined if none is. */
export async function findProgram(names: readonly string[], env: Environment): Promise<string | undefined> {
  const directories = (env.PATH ?? "").split(delimiter).filter((directory) => directory !== "");
  for (const path of names.flatMap((name) => directories.map((directory) => join(directory, name)))) {
    if (await isExecutable(path)) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
