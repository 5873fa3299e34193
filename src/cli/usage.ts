import type { Command } from "./command.js";
import type { FlagSpec } from "./flags.js";

/** Width that descriptions are wrapped at, in columns. */
const WIDTH = 100;

/** The list of commands. */
export function generalUsage(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  return [
    "Usage: bake-ami [--version] [--help] <command> [<args>]",
    "",
    "Available commands are:",
    ...commands.map((command) => `    ${command.name.padEnd(width)}    ${command.synopsis}`),
    "",
    "bake-ami COMMAND -help tells more about one of them.",
  ].join("\n");
}

/** The help of one command. */
export function commandUsage(command: Command): string {
  const options = command.flags.length > 0 ? ["", "Options:", "", ...command.flags.flatMap(flagUsage)] : [];
  return [`Usage: ${command.usage}`, "", ...wrap(command.help, "  "), ...options].join("\n");
}

function flagUsage(flag: FlagSpec): readonly string[] {
  const name = flag.kind === "boolean" ? `-${flag.name}` : `-${flag.name}=${flag.value ?? "VALUE"}`;
  return [`  ${name}`, ...wrap(flag.doc, "      ")];
}

function wrap(text: string, margin: string): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && margin.length + line.length + 1 + word.length > WIDTH) {
      lines.push(margin + line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return line === "" ? lines : [...lines, margin + line];
}
