import type { PartContext } from "../../core/parts.js";

/** Milliseconds between two events. */
const INTERVAL = 5000;

/** Hands a stream on, with a progress event every few seconds; `total` is how many bytes it will be, where that is known. */
export async function* withProgress(
  bytes: AsyncIterable<Uint8Array>,
  what: string,
  total: number | undefined,
  { narrator, surroundings }: PartContext,
): AsyncGenerator<Uint8Array> {
  const began = surroundings.clock.now();
  let told = began;
  let passed = 0;
  for await (const piece of bytes) {
    yield piece;
    passed += piece.length;
    const now = surroundings.clock.now();
    if (now - told < INTERVAL) continue;
    told = now;
    narrator.emit({
      type: "progress",
      what,
      elapsed: now - began,
      text: `${Math.round(passed / 1_048_576)} MiB`,
      percent: total ? Math.min(100, Math.floor((100 * passed) / total)) : undefined,
    });
  }
}
