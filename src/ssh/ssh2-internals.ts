import type { Channel, Client, ClientChannel, Connection } from "ssh2";

/**
 * Access to private parts of ssh2 1.17, for features that it does not have. Tests against real servers and clients cover them, and package.json
 * pins the exact version of ssh2.
 */

/** The part of ssh2's protocol object that writes packets. */
interface PacketWriter {
  readonly allocStart: number;
  alloc(payloadSize: number): Buffer;
  finalize(packet: Buffer): Buffer;
}

/** Sends `payload` in place of the next packet that ssh2 writes. */
export function replaceNextPacket(client: Client | Connection, payload: Buffer): void {
  const writer = part(part(client, "_protocol"), "_packetRW", "write");
  if (!isPacketWriter(writer)) throw new Error("unsupported version of ssh2: no packet writer found");
  const original = writer.finalize;
  writer.finalize = () => {
    writer.finalize = original;
    const packet = writer.alloc(payload.length);
    packet.set(payload, writer.allocStart);
    return writer.finalize(packet);
  };
}

/** The part of ssh2's protocol object that reads. */
interface Parser {
  parse(chunk: Buffer, from: number, to: number): void;
}

/**
 * Gives ssh2 nothing until `isComplete` returns true, and then all bytes at once. ssh2 loses bytes of an identification that arrives in more
 * than two pieces. Call it between `connect` and the first data.
 */
export function holdUntil(client: Client, isComplete: () => boolean): void {
  const parser = part(client, "_protocol");
  if (!isParser(parser)) throw new Error("unsupported version of ssh2: no parser found");
  const original = parser.parse;
  const held: Buffer[] = [];
  parser.parse = (chunk, from, to) => {
    held.push(chunk.subarray(from, to));
    if (!isComplete()) return;
    parser.parse = original;
    const all = Buffer.concat(held.splice(0));
    parser.parse(all, 0, all.length);
  };
}

/**
 * Sends a signal to a session's command. `channel.signal()` does nothing after the input has ended, although the protocol allows it
 * (RFC 4254 §6.9).
 */
export function signalSession(client: Client, channel: ClientChannel, name: "KILL" | "TERM"): void {
  const state = part(channel, "outgoing", "state");
  const id = part(channel, "outgoing", "id");
  const protocol = part(client, "_protocol");
  if ((state === "open" || state === "eof") && typeof id === "number" && canSignal(protocol)) protocol.signal(id, name);
}

/**
 * Clears the data of a completed write. ssh2 keeps the last piece of stdout and of stderr that waited for the window, and sends the old
 * piece again in place of a new one of the other stream.
 */
export function forgetSentData(channel: Channel): void {
  for (const name of ["_chunk", "_chunkcb", "_chunkErr", "_chunkcbErr"]) Reflect.set(channel, name, undefined);
}

function part(value: unknown, ...names: readonly string[]): unknown {
  return names.reduce<unknown>(
    (found, name) => (typeof found === "object" && found !== null ? Reflect.get(found, name) : undefined),
    value,
  );
}

function isPacketWriter(value: unknown): value is PacketWriter {
  return (
    typeof part(value, "allocStart") === "number" &&
    typeof part(value, "alloc") === "function" &&
    typeof part(value, "finalize") === "function"
  );
}

function isParser(value: unknown): value is Parser {
  return typeof part(value, "parse") === "function";
}

function canSignal(value: unknown): value is { signal(id: number, name: string): void } {
  return typeof part(value, "signal") === "function";
}
