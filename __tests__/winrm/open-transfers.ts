import { connect, service } from "./open.js";
import { type Files, transferMachine } from "./receiver.js";

/** Returns content in memory to upload. */
export function memory(content: Buffer | string) {
  return { from: "memory" as const, content: Buffer.from(content), mode: 0o644 };
}

/** Starts a machine with these files, and connects to it. */
export async function machine(files: Files = new Map(), more: Parameters<typeof service>[0] = {}) {
  const target = await service({ run: transferMachine(files), ...more });
  return { target, files, communicator: await connect(target) };
}
