import type { Readable } from "node:stream";
import type { ExecOptions, OutputStream } from "./communicator.js";
import type { Redactor } from "./secrets/redactor.js";
import { lineSplitter } from "./text.js";

/**
 * Redacts both streams of a command's output, then splits them into lines, as `lineSplitter` does: a secret is found wherever a line is
 * divided. Invalid UTF-8 becomes replacement characters. `end` reports the unfinished lines.
 */
export function commandLines(
  secrets: Redactor,
  onLine: (line: string, stream: OutputStream) => void,
): {
  push(chunk: Uint8Array, stream: OutputStream): void;
  end(): void;
} {
  const reader = (stream: OutputStream) => {
    const decoder = new TextDecoder();
    const splitter = lineSplitter((line) => onLine(line, stream));
    const redacted = secrets.stream(splitter.push);
    return {
      push: (chunk: Uint8Array) => redacted.push(decoder.decode(chunk, { stream: true })),
      end: () => {
        redacted.push(decoder.decode());
        redacted.end();
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

/**
 * Keeps the last `limit` bytes of output as text, for error messages. Longer output begins with a whole line: the rest of a divided line could
 * be half of a secret, which nothing would find. A single longer line is left out.
 */
export function outputTail(limit = 4096): { push(chunk: Uint8Array): void; text(): string } {
  let kept = Buffer.alloc(0);
  return {
    push(chunk) {
      // One byte more shows whether the text begins with a whole line.
      const all = Buffer.concat([kept, chunk]);
      kept = all.subarray(Math.max(0, all.length - limit - 1));
    },
    text() {
      if (kept.length <= limit) return kept.toString("utf8");
      const newline = kept.indexOf("\n");
      return newline < 0 ? `(a line of more than ${limit} bytes)` : kept.toString("utf8", newline + 1);
    },
  };
}

/**
 * Collects output up to `limit` bytes. More output aborts `signal` with the error of `tooLong`; it is also aborted with `outer`. So a
 * command that is started with it ends, and rejects with that error.
 */
export function limitedOutput(
  limit: number,
  outer: AbortSignal | undefined,
  tooLong: () => Error,
): {
  readonly signal: AbortSignal;
  push(chunk: Uint8Array): void;
  text(): string;
} {
  const stop = new AbortController();
  const pieces: Uint8Array[] = [];
  let length = 0;
  return {
    signal: outer ? AbortSignal.any([outer, stop.signal]) : stop.signal,
    push(chunk) {
      length += chunk.length;
      if (length <= limit) pieces.push(chunk);
      else stop.abort(tooLong());
    },
    text: () => Buffer.concat(pieces).toString("utf8"),
  };
}

/** Passes one stream of a command's output on, as it arrives and no faster than `drained` allows. Resolves at its end. */
export function passOutput(
  source: Readable,
  stream: OutputStream,
  { onOutput, drained }: Pick<ExecOptions, "onOutput" | "drained">,
): Promise<void> {
  source.on("data", (chunk: Uint8Array) => {
    onOutput?.(chunk, stream);
    const wait = drained?.(stream);
    if (wait === undefined) return;
    source.pause();
    void wait.finally(() => source.resume());
  });
  return new Promise((resolve) => source.once("end", resolve).once("close", resolve));
}
