import type { Debug } from "../core/debug.js";
import { BakeError, toDiagnostic } from "../core/errors.js";
import type { Redactor } from "../core/secrets/redactor.js";
import type { Engine } from "../engine/api.js";
import { FILE_ERROR } from "../engine/files.js";
import type { CommandName, FlagValues } from "../engine/requests/entry.js";
import { flagsOf, type ListedFlag } from "../engine/requests/listing.js";
import type { ReadValues } from "../engine/requests/read.js";
import { REQUESTS, type Requests } from "../engine/requests/table.js";
import { type ParsedFlags, readFlags } from "./flags.js";
import { chooseColour, printer } from "./printer.js";
import type { Terminal } from "./terminal.js";

/** The surroundings of a command. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly engine: Engine;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute. */
  readonly cwd: string;
  /** Aborted by the first interrupt. */
  readonly signal: AbortSignal;
  /** The secrets of this run. They are masked in all output. */
  readonly secrets: Redactor;
  readonly debug: Debug;
  /** True if `-machine-readable` is anywhere on the command line. */
  readonly machineReadable: boolean;
}

/** The help of a command and the number of its arguments. */
export interface CommandOutline {
  readonly name: CommandName;
  /** One line for the general help. */
  readonly synopsis: string;
  /** The line after `Usage: `, e.g. `bake-ami build [options] TEMPLATE`. */
  readonly usage: string;
  /** Description for the help of the command. */
  readonly help: string;
  /** The number of arguments, without flags. */
  readonly arguments: {
    readonly least: number;
    readonly most: number;
    /** The error if an argument is missing; by default that of a missing template. */
    readonly missing?: string | undefined;
    /** What a shell suggests: files for each argument, or these words for the first one. Undefined suggests nothing. */
    readonly suggested?: "files" | readonly string[] | undefined;
  };
}

/** One command of `bake-ami`. */
export interface Command extends CommandOutline {
  /** By group, from the table of requests. */
  readonly flags: readonly ListedFlag[];
  /** Runs the command. Returns the exit code. */
  run(parsed: ParsedFlags, context: CommandContext): Promise<number>;
}

/** The decoded flags of a command. */
export type FlagsOf<C extends CommandName> = FlagValues<Requests, C>;

/** Defines a command. Reports all invalid flags together and returns the exit code 1 for them. */
export function command<C extends CommandName, R>(
  outline: CommandOutline & {
    readonly name: C;
    /** Returns the request of the command. Adds errors about flags that cannot be combined to `read`. */
    request(read: ReadValues<FlagsOf<C>>, args: readonly string[], context: CommandContext): R;
    /** Runs the command. Returns the exit code. */
    run(request: R, context: CommandContext): Promise<number>;
  },
): Command {
  return {
    ...outline,
    flags: flagsOf(REQUESTS, outline.name),
    async run(parsed, context) {
      const read = readFlags(REQUESTS, outline.name, parsed);
      const request = outline.request(read, parsed.positional, context);
      const { paint } = chooseColour(parsed.boolean("color"), context.env, context.terminal.isTerminal);
      const print = printer(context.terminal, context.secrets, { paint, machineReadable: context.machineReadable });
      const hasErrors = read.complaints.length > 0;
      print.diagnostics({ diagnostics: hasErrors ? read.complaints : read.warnings, sources: [] });
      if (hasErrors) return 1;
      try {
        return await outline.run(request, context);
      } catch (error) {
        if (!(error instanceof BakeError && error.code === FILE_ERROR)) throw error;
        print.diagnostics({ diagnostics: [toDiagnostic(error)], sources: [] });
        return 1;
      }
    },
  };
}
