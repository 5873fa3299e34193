import { spawnSync } from "node:child_process";
import { fstatSync } from "node:fs";
import { createInterface } from "node:readline/promises";
import type { UserScreen, UserStreams } from "../core/user-streams.js";
import { readStandardInput } from "../engine/host.js";

/** The input and output of the command line. Lines have no trailing newline. */
export interface Terminal {
  write(line: string): void;
  error(line: string): void;
  /** True if the output is a terminal, false if it is a file or a pipe. */
  readonly isTerminal: boolean;
  /** True if standard output is a file. */
  readonly isFile: boolean;
  /** The streams for a shell: what goes over them is not changed. */
  readonly streams: UserStreams;
  /** Runs work in which another program prints on this terminal. */
  whileOthersPrint<T>(work: () => Promise<T>): Promise<T>;
  /** Prompts the user; undefined if the input is not a terminal. */
  readonly ask: ((question: string, signal: AbortSignal) => Promise<string>) | undefined;
  /** Returns all of standard input. */
  readAll(): Promise<string>;
  /** Returns the lines of standard input. Prints the prompt if the input is a terminal. */
  readLines(prompt: string): AsyncIterable<string>;
}

/** Returns the terminal of this process. Prompts are printed on stderr, so that stdout has only output. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process;
  const canAnswer = stdin.isTTY === true && stderr.isTTY === true;
  return {
    write: (line) => void stdout.write(`${line}\n`),
    error: (line) => void stderr.write(`${line}\n`),
    isTerminal: stdout.isTTY === true,
    isFile: isFile(stdout.fd),
    streams: {
      input: stdin,
      output: stdout,
      errors: stderr,
      screen: stdin.isTTY === true && stdout.isTTY === true ? processScreen() : undefined,
    },
    whileOthersPrint: (work) => work(),
    ask: canAnswer ? askAtTerminal : undefined,
    readAll: readStandardInput,
    readLines: (prompt) => readLines(prompt, canAnswer),
  };
}

/** The terminal of this process. It is restored when the process exits in any other way, too. */
function processScreen(): UserScreen {
  const { stdin, stdout } = process;
  return {
    term: process.env.TERM || "xterm",
    size: () => ({ columns: stdout.columns, rows: stdout.rows }),
    enterRaw() {
      const restore = () => void stdin.setRawMode(false);
      stdin.setRawMode(true);
      keepOutput();
      process.once("exit", restore);
      return () => {
        process.off("exit", restore);
        restore();
      };
    },
    onResize(changed) {
      stdout.on("resize", changed);
      return () => stdout.off("resize", changed);
    },
  };
}

/** Node's raw mode changes each line feed of the output to carriage return and line feed, which moves the cursor of full-screen programs. */
function keepOutput(): void {
  spawnSync("stty", ["-opost"], { stdio: ["inherit", "ignore", "ignore"] });
}

function isFile(descriptor: number): boolean {
  try {
    return fstatSync(descriptor).isFile();
  } catch {
    return false; // Closed.
  }
}

async function* readLines(prompt: string, interactive: boolean): AsyncIterable<string> {
  const { stdin: input, stderr: output } = process;
  const lines = createInterface({ input, output, prompt, terminal: interactive });
  if (interactive) lines.prompt();
  for await (const line of lines) {
    yield line;
    if (interactive) lines.prompt();
  }
}

async function askAtTerminal(question: string, signal: AbortSignal): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question, { signal });
  } finally {
    lines.close();
  }
}
