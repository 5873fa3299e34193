import { delimiter, isAbsolute, join } from "node:path";
import { BakeError } from "../core/errors.js";
import type { PartContext } from "../core/parts.js";
import type { CheckContext, Complaints } from "../options/schema.js";
import { outputLines } from "./run-remote.js";
import { type LocalEnd, runLocalProcess } from "./shell-local/local-process.js";

/** What running a program on this machine needs of its surroundings. */
export type LocalContext = PartContext & {
  childEnvironment(): Promise<Readonly<Record<string, string>>>;
};

/** How a program on this machine ended, and the last lines it wrote. */
export interface LocalRun {
  readonly end: LocalEnd;
  readonly lastLines: readonly string[];
}

/**
 * Runs a program on this machine, in the working directory, with the environment of the run, the build's credentials and
 * `environment`; its output becomes events line by line. Rejects with the abort reason after ending it with its children, and
 * with a `BakeError` (`program-not-found`) that ends in `hint` when it is not installed.
 */
export async function runLocal(
  context: LocalContext,
  command: readonly string[],
  environment: Readonly<Record<string, string>>,
  hint: string,
): Promise<LocalRun> {
  const { surroundings, signal, narrator, range } = context;
  const lines = outputLines(narrator);
  const [program = ""] = command;
  try {
    const end = await runLocalProcess(command, {
      cwd: surroundings.cwd,
      env: { ...surroundings.env, ...(await context.childEnvironment()), ...environment },
      signal,
      onOutput: lines.push,
    });
    return { end, lastLines: lines.last() };
  } catch (error) {
    if (!(error instanceof BakeError) || error.code !== "program-not-started") throw error;
    const missing = isMissing(error.cause);
    throw new BakeError(missing ? `${program} is not installed on this machine` : error.message, {
      code: missing ? "program-not-found" : error.code,
      hint,
      range,
      cause: error.cause,
    });
  }
}

function isMissing(cause: unknown): boolean {
  return typeof cause === "object" && cause !== null && "code" in cause && cause.code === "ENOENT";
}

/** Complains about a program of an option that is not on this machine: better now than after the launch. */
export function checkProgram(
  option: string,
  program: string,
  hint: string,
  complaints: Complaints,
  context: CheckContext,
): void {
  const path = context.env("PATH");
  if (path === undefined || process.platform === "win32") return;
  const places =
    program.includes("/") || isAbsolute(program)
      ? [program]
      : path.split(delimiter).map((folder) => join(folder, program));
  if (places.some((place) => context.pathKind(place) === "file" || context.pathKind(place) === "other")) return;
  complaints.error(option, `${program} is not installed on this machine`, hint);
}

/** `KEY=value` entries as variables by name; the last of a name counts. */
export function parseEnvironment(pairs: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    pairs.map((pair): [string, string] => {
      const at = pair.indexOf("=");
      return at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
