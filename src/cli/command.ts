import type { Diagnostic } from "../core/diagnostics.js";
import type { Engine } from "../engine/api.js";
import type { CommandName, FlagValues } from "../engine/requests/entry.js";
import { flagsOf, type ListedFlag } from "../engine/requests/listing.js";
import type { ReadValues } from "../engine/requests/read.js";
import { REQUESTS, type Requests } from "../engine/requests/table.js";
import { redactor } from "../report/redact.js";
import { type ParsedFlags, readFlags } from "./flags.js";
import { chooseColour, printer } from "./printer.js";
import type { Terminal } from "./terminal.js";

/** What commands are given. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly engine: Engine;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  /** Aborted by the first interrupt. */
  readonly signal: AbortSignal;
  /** `-machine-readable`, given anywhere on the line. */
  readonly machineReadable: boolean;
}

/** What the help says about a command, and how many arguments it takes. */
export interface CommandOutline {
  readonly name: CommandName;
  /** One line for the list of commands. */
  readonly synopsis: string;
  /** The line after `Usage: `, e.g. `bake-ami build [options] TEMPLATE`. */
  readonly usage: string;
  /** What it does, for its help text. */
  readonly help: string;
  /** Least and most arguments besides flags. */
  readonly arguments: {
    readonly least: number;
    readonly most: number;
    /** The problem where one is missing; by default that of a missing template. */
    readonly missing?: string | undefined;
  };
}

/** One command of `bake-ami`. */
export interface Command extends CommandOutline {
  /** From the table of requests, by group. */
  readonly flags: readonly ListedFlag[];
  /** Runs it; returns the exit code. */
  run(parsed: ParsedFlags, context: CommandContext): Promise<number>;
}

/** What the flags of a command decode to. */
export type FlagsOf<C extends CommandName> = FlagValues<Requests, C>;

/** Defines a command by what it asks for and what it does with that. Wrong flags are reported, all at once, and end it with 1. */
export function command<C extends CommandName, R>(
  outline: CommandOutline & {
    readonly name: C;
    /** What is asked for; complaints about flags that do not go together are added to `read`. */
    request(read: ReadValues<FlagsOf<C>>, args: readonly string[], context: CommandContext): R;
    /** Does it; returns the exit code. */
    run(request: R, context: CommandContext): Promise<number>;
  },
): Command {
  return {
    ...outline,
    flags: flagsOf(REQUESTS, outline.name),
    async run(parsed, context) {
      const read = readFlags(REQUESTS, outline.name, parsed);
      const request = outline.request(read, parsed.positional, context);
      if (read.complaints.length === 0) return outline.run(request, context);
      const { paint } = chooseColour(parsed.boolean("color"), context.env, context.terminal.isTerminal);
      const print = printer(context.terminal, redactor(), { paint, machineReadable: context.machineReadable });
      for (const complaint of read.complaints) print.error(complaintText(complaint));
      return 1;
    },
  };
}

function complaintText({ summary, hint }: Diagnostic): string {
  return hint ? `${summary}. ${hint}` : summary;
}
