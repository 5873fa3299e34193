import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { RoleInputs } from "../../src/action/inputs/account.js";
import { type ActionStep, runStep } from "../../src/action/step.js";

/** A workflow command that the runner would carry out. */
export interface RunnerCommand {
  readonly name: string;
  readonly properties: string;
  readonly message: string;
}

/**
 * Reads a log as the runner does (actions/runner `ActionCommandManager`, by its documented behaviour): `::name props::message` at
 * the beginning of a line after white space, `##[name props]message` anywhere, none between `::stop-commands::TOKEN` and
 * `::TOKEN::`. Lines end at `\n` and `\r`.
 */
export function commandsIn(log: string): readonly RunnerCommand[] {
  const found: RunnerCommand[] = [];
  let stopped: string | undefined;
  for (const line of log.split(/[\n\r]/)) {
    const match = /^\s*::([^\s:]+)(?: ([^:]*))?::(.*)$/.exec(line) ?? /##\[([^\s\]]+)(?: ([^\]]*))?\](.*)$/.exec(line);
    const [, name = "", properties = "", message = ""] = match ?? [];
    if (stopped !== undefined) {
      if (name === stopped) stopped = undefined;
    } else if (name === "stop-commands") {
      stopped = message;
    } else if (match) {
      found.push({ name, properties, message });
    }
  }
  return found;
}

/** Reads GITHUB_OUTPUT: `name<<delimiter`, the value's lines, the delimiter. */
export function outputsIn(file: string): Readonly<Record<string, string>> {
  const found = file.matchAll(/^([^\n<]+)<<([^\n]+)\n([\s\S]*?)\n\2$/gm);
  return Object.fromEntries([...found].map(([, name = "", , value = ""]) => [name, value]));
}

/** What a step left: its exit code, its log, and what it wrote for the runner. */
export interface StepEnd {
  readonly code: number;
  readonly log: string;
  readonly outputs: Readonly<Record<string, string>>;
  /** GITHUB_OUTPUT, GITHUB_STEP_SUMMARY and GITHUB_STATE as they are; empty where nothing was written. */
  readonly files: { readonly output: string; readonly summary: string; readonly state: string };
}

let count = 0;

/** Inputs as the runner passes them. */
export function inputsEnvironment(inputs: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(inputs).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]));
}

/** Runs a step by the runner's contract in `folder`, with files of its own for what it writes. */
export async function runOnRunner<Inputs extends { readonly role: RoleInputs | undefined }, Parts>(
  step: ActionStep<Inputs, Parts>,
  folder: string,
  given: Readonly<Record<string, string | undefined>>,
): Promise<StepEnd> {
  count += 1;
  const file = (kind: string) => join(folder, `step-${count}-${kind}`);
  const env: Record<string, string | undefined> = {
    GITHUB_OUTPUT: file("output"),
    GITHUB_STEP_SUMMARY: file("summary"),
    GITHUB_STATE: file("state"),
    GITHUB_REPOSITORY: "acme/images",
    ...given,
  };
  const lines: string[] = [];
  const { signal } = new AbortController();
  const code = await runStep(step, {
    env,
    cwd: folder,
    write: (line) => lines.push(line),
    interruption: () => ({ signal, releaseSignal: signal, stop: () => undefined }),
  });
  // A device has no end.
  const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
  const read = (path: string | undefined) => (path && isFile(path) ? readFileSync(path, "utf8") : "");
  const files = {
    output: read(env.GITHUB_OUTPUT),
    summary: read(env.GITHUB_STEP_SUMMARY),
    state: read(env.GITHUB_STATE),
  };
  return { code, log: lines.join("\n"), outputs: outputsIn(files.output), files };
}
