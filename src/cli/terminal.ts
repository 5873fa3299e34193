import { createInterface } from "node:readline/promises";
import { readStandardInput } from "../engine/host.js";

/** The person's side of the command line. Lines come without a newline. */
export interface Terminal {
  write(line: string): void;
  error(line: string): void;
  /** Whether output goes to a terminal (and not to a file or a pipe). */
  readonly isTerminal: boolean;
  /** Asks a question; undefined where nobody can answer. */
  readonly ask: ((question: string, signal: AbortSignal) => Promise<string>) | undefined;
  /** Standard input, whole. */
  readAll(): Promise<string>;
  /** Lines as they are entered, behind a prompt where a person enters them; ends with the input. */
  readLines(prompt: string): AsyncIterable<string>;
}

/** The terminal of this process. Questions are asked on stderr, so that stdout stays what it was. */
export function processTerminal(): Terminal {
  const { stdin, stdout, stderr } = process;
  const canAnswer = stdin.isTTY === true && stderr.isTTY === true;
  return {
    write: (line) => void stdout.write(`${line}\n`),
    error: (line) => void stderr.write(`${line}\n`),
    isTerminal: stdout.isTTY === true,
    ask: canAnswer ? askAtTerminal : undefined,
    readAll: readStandardInput,
    readLines: (prompt) => readLines(prompt, canAnswer),
  };
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
