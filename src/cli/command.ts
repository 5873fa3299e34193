import type { Engine } from "../engine/api.js";
import type { FlagSpec, ParsedFlags } from "./flags.js";
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

/** One command of `bake-ami`. Answers the exit code. */
export interface Command {
  readonly name: string;
  /** One line for the list of commands. */
  readonly synopsis: string;
  /** The line after `Usage: `, e.g. `bake-ami build [options] TEMPLATE`. */
  readonly usage: string;
  /** What it does, for its help text. */
  readonly help: string;
  readonly flags: readonly FlagSpec[];
  /** Least and most arguments beside flags. */
  readonly arguments: {
    readonly least: number;
    readonly most: number /** What is said where one is missing. */;
    readonly missing?: string | undefined;
  };
  run(flags: ParsedFlags, context: CommandContext): Promise<number>;
}
