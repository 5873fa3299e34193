import type { OutputStream } from "./communicator.js";
import { lineSplitter } from "./text.js";

/**
 * Splits both streams of a command's output into lines, as `lineSplitter` does. Invalid UTF-8 becomes replacement characters. `end`
 * reports the unfinished lines.
 */
export function commandLines(onLine: (line: string, stream: OutputStream) => void): {
  push(chunk: Uint8Array, stream: OutputStream): void;
  end(): void;
} {
  const reader = (stream: OutputStream) => {
    const decoder = new TextDecoder();
    const splitter = lineSplitter((line) => onLine(line, stream));
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

/** Keeps the last `limit` bytes of output as text, for error messages. */
export function outputTail(limit = 4096): { push(chunk: Uint8Array): void; text(): string } {
  let kept = Buffer.alloc(0);
  return {
    push(chunk) {
      kept = Buffer.concat([kept, chunk]);
      if (kept.length > limit) kept = kept.subarray(kept.length - limit);
    },
    text: () => kept.toString("utf8"),
  };
}
