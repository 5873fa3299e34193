import { arch, platform } from "node:os";
import { type Debug, noDebug } from "../core/debug.js";
import type { Diagnostic } from "../core/diagnostics.js";
import { messageOf } from "../core/errors.js";
import type { Environment } from "../core/surroundings.js";
import { VERSION } from "../core/version.js";
import { appendToPrivateFile } from "./files.js";

/**
 * The variables that turn the log on, each with the values that do not. GitHub sets RUNNER_DEBUG=1 if ACTIONS_STEP_DEBUG is true
 * ("Enabling debug logging"). PACKER_LOG is on unless it is empty or 0 (Packer's "Debugging").
 */
const OFF: Readonly<Record<string, RegExp>> = {
  RUNNER_DEBUG: /^(0|false)?$/i,
  ACTIONS_STEP_DEBUG: /^(0|false)?$/i,
  PACKER_LOG: /^0?$/,
  BAKE_AMI_LOG: /^(0|false|off)?$/i,
};

/** Longest line, in characters: what services and instances send must not fill the log. */
const LONGEST = 4000;

/** Where the debug log of a run goes. */
export interface DebugLogOptions {
  readonly env: Environment;
  /** The absolute directory that a relative path of the log file starts from. */
  readonly cwd: string;
  /** Returns the time in milliseconds since the epoch. */
  now(): number;
  /** Masks secrets and removes control characters. */
  clean(text: string): string;
  /** Prints a line if there is no log file. `time` is formatted as in Packer's log. */
  print(line: string, time: string): void;
  /** Called once if the log file cannot be written. The log is printed then. */
  warn(diagnostic: Diagnostic): void;
}

/** The debug log of a run. */
export interface DebugLog {
  readonly debug: Debug;
  /** Copies printed text to the log file, as Packer's `ui:` lines. Does nothing without a log file. */
  copy(text: string): void;
}

/**
 * Returns the debug log that the environment asks for: a file (BAKE_AMI_LOG_PATH or PACKER_LOG_PATH), or lines to print. The file is
 * readable only by its user, and is appended to, so that a post step does not remove the log of its bake. Nothing is written before the
 * first line. Never throws.
 */
export function openDebugLog(options: DebugLogOptions): DebugLog {
  const { env, now, clean } = options;
  if (!isOn(env)) return { debug: noDebug, copy: () => undefined };
  let file: string | undefined = env.BAKE_AMI_LOG_PATH || env.PACKER_LOG_PATH || undefined;
  const append = (text: string): boolean => {
    if (file === undefined) return false;
    try {
      appendToPrivateFile(file, options.cwd, text);
      return true;
    } catch (error) {
      const variable = env.BAKE_AMI_LOG_PATH ? "BAKE_AMI_LOG_PATH" : "PACKER_LOG_PATH";
      file = undefined;
      options.warn({
        severity: "warning",
        code: "debug-log",
        summary: `The debug log is printed, because its file cannot be used: ${messageOf(error)}`,
        hint: `Set ${variable} to a file that can be written, or unset it.`,
      });
      return false;
    }
  };
  return {
    debug: (text) => {
      const time = packerTime(new Date(now()));
      const lines = linesOf(clean(text()));
      if (append(lines.map((line) => `${time} [DEBUG] ${line}\n`).join(""))) return;
      for (const line of lines) options.print(line, time);
    },
    copy: (text) => {
      if (file === undefined) return;
      const time = packerTime(new Date(now()));
      append(
        linesOf(clean(text))
          .map((line) => `${time} ui: ${line}\n`)
          .join(""),
      );
    },
  };
}

function isOn(env: Environment): boolean {
  return Object.entries(OFF).some(([name, off]) => !off.test(env[name] ?? ""));
}

function linesOf(text: string): readonly string[] {
  return text.split("\n").map((line) => (line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line));
}

/** Returns local time as Packer's log has it: `2026/02/03 04:05:06`. */
function packerTime(at: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const date = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join("/");
  return `${date} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":")}`;
}

/** What runs: a command with its flags, or a step of an action with its inputs. Values are not logged, because they can have secrets. */
export interface LoggedRun {
  /** `Command: build`. */
  readonly what: string;
  /** The names of flags or inputs that are set. */
  readonly names: readonly string[];
  /** Undefined if the run has no template. */
  readonly template: string | undefined;
  readonly startedAt: Date;
}

/** Returns the first lines of a log: what a maintainer asks for first. */
export function runHeader({ what, names, template, startedAt }: LoggedRun): string {
  return [
    `bake-ami ${VERSION}, Node ${process.version}, ${platform()} ${arch()}, ${startedAt.toISOString()}`,
    `${what}, with ${names.length > 0 ? names.join(", ") : "no settings"}`,
    ...(template === undefined ? [] : [`Template: ${template}`]),
  ].join("\n");
}
