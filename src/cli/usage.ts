import { GROUPS } from "../engine/requests/entry.js";
import type { ListedFlag } from "../engine/requests/listing.js";
import type { Command } from "./command.js";

/** Longest line of a description, in columns. */
const WIDTH = 100;

/** Returns the general help: the list of commands. */
export function generalUsage(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => command.name.length));
  return [
    "Usage: bake-ami [--version] [--help] <command> [<args>]",
    "",
    "Available commands are:",
    ...commands.map((command) => `    ${command.name.padEnd(width)}    ${command.synopsis}`),
    "",
    "Run bake-ami COMMAND -help for the help of a command.",
  ].join("\n");
}

/** Returns the help of a command, with its flags by group. Several groups have a heading each. */
export function commandUsage({ usage, help, flags }: Pick<Command, "usage" | "help" | "flags">): string {
  const groups = Object.entries(GROUPS).filter(([group]) => flags.some((flag) => flag.group === group));
  const options = groups.flatMap(([group, title]) => [
    "",
    groups.length === 1 ? "Options:" : `${title}:`,
    "",
    ...flags.filter((flag) => flag.group === group).flatMap(flagUsage),
  ]);
  return [`Usage: ${usage}`, "", ...wrap(help, "  "), ...options].join("\n");
}

function flagUsage({ name, kind, value, doc }: ListedFlag): readonly string[] {
  return [kind === "boolean" ? `  -${name}` : `  -${name}=${value}`, ...wrap(doc, "      ")];
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
