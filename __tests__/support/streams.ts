import { PassThrough } from "node:stream";
import type { UserScreen, UserStreams } from "../../src/core/user-streams.js";

/** Streams without a terminal. The input has ended, and the output goes nowhere. */
export function noStreams(): UserStreams {
  const [input, output, errors] = [new PassThrough(), new PassThrough(), new PassThrough()];
  input.end();
  output.resume();
  errors.resume();
  return { input, output, errors, screen: undefined };
}

/** The streams of a user, and what a test does with them. */
export interface TestStreams extends UserStreams {
  readonly input: PassThrough;
  /** What was printed so far. */
  readonly printed: () => string;
  readonly errorsPrinted: () => string;
  /** Raw while a shell runs. */
  readonly isRaw: () => boolean;
  resize(columns: number, rows: number): void;
}

/** Returns streams with a terminal (unless `isTerminal` is false) that a test types on and reads. */
export function testStreams(isTerminal = true): TestStreams {
  const [input, output, errors] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const [printed, errorsPrinted] = [collected(output), collected(errors)];
  const listeners = new Set<() => void>();
  let raw = false;
  let size = { columns: 80, rows: 24 };
  const screen: UserScreen = {
    term: "xterm",
    size: () => size,
    enterRaw() {
      raw = true;
      return () => {
        raw = false;
      };
    },
    onResize(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
  };
  return {
    input,
    output,
    errors,
    screen: isTerminal ? screen : undefined,
    printed,
    errorsPrinted,
    isRaw: () => raw,
    resize(columns, rows) {
      size = { columns, rows };
      for (const changed of listeners) changed();
    },
  };
}

function collected(stream: PassThrough): () => string {
  const pieces: Buffer[] = [];
  stream.on("data", (piece: Buffer) => pieces.push(piece));
  return () => Buffer.concat(pieces).toString();
}
