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
