import type { OutputStream } from "../core/communicator.js";
import type { Narrator } from "../core/events.js";
import { commandLines } from "../core/output.js";

/** Turns what a command writes into `output` events, line by line, without the empty ones; `end` tells the unfinished lines. */
export function outputLines(narrator: Narrator): {
  push(chunk: Uint8Array, stream: OutputStream): void;
  end(): void;
} {
  return commandLines((text, stream) => {
    if (text !== "") narrator.emit({ type: "output", stream, text });
  });
}
