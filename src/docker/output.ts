import type { OutputStream } from "../core/communicator.js";
import type { Narrator } from "../core/events.js";
import { lineSplitter } from "../core/text.js";

/** Turns what a command writes into `output` events, line by line; `end` tells the unfinished lines. */
export function outputLines(narrator: Narrator): {
  push(chunk: Uint8Array, stream: OutputStream): void;
  end(): void;
} {
  const reader = (stream: OutputStream) => {
    const decoder = new TextDecoder();
    const splitter = lineSplitter((text) => {
      if (text !== "") narrator.emit({ type: "output", stream, text });
    });
    return {
      push: (chunk: Uint8Array) => splitter.push(decoder.decode(chunk, { stream: true })),
      end: () => {
        splitter.push(decoder.decode());
        splitter.end();
      },
    };
  };
  const readers = { stdout: reader("stdout"), stderr: reader("stderr") };
  return {
    push: (chunk, stream) => readers[stream].push(chunk),
    end() {
      readers.stdout.end();
      readers.stderr.end();
    },
  };
}
