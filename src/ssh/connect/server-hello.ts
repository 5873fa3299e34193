import type { Duplex } from "node:stream";
import { wireReader } from "../keys/wire.js";
import type { ServerAlgorithms } from "./no-common-algorithm.js";

/** Bytes that a server may send before its identification. OpenSSH and its wrappers send one line. */
const LONGEST_GREETING = 32 * 1024;

/** Length of the largest packet that is read (ssh2's limit). */
const LARGEST_PACKET = 35_000;

const KEXINIT = 20;

/** What a server has sent before encryption starts (RFC 4253 §4.2, §7.1). */
export interface ServerHello {
  /** Returns the first line that is not the identification, for example of another protocol; undefined when there is none. */
  greeting(): string | undefined;
  /** Returns the identification, for example `SSH-2.0-OpenSSH_9.2`. */
  identification(): string | undefined;
  algorithms(): ServerAlgorithms | undefined;
  /** Stops to read. Called when the handshake ends. */
  stop(): void;
}

/**
 * Reads what the server sends first, next to ssh2, which keeps it to itself. Call it when ssh2 has the stream. `onTooLong` is called when the
 * server sends more than 32 KiB before its identification. ssh2 would accept 8 MB, and read them again from the start with each chunk.
 */
export function readServerHello(stream: Duplex, onTooLong: () => void): ServerHello {
  let greeting: string | undefined;
  let identification: string | undefined;
  let line: Buffer[] = [];
  let size = 0;
  let packet: Buffer | undefined;
  let algorithms: ServerAlgorithms | undefined;

  const readLines = (chunk: Buffer): Buffer | undefined => {
    for (let from = 0; ; ) {
      const end = chunk.indexOf(0x0a, from);
      line.push(chunk.subarray(from, end < 0 ? undefined : end));
      if (end < 0) return undefined;
      const text = Buffer.concat(line).toString("latin1").trimEnd();
      line = [];
      from = end + 1;
      if (text.startsWith("SSH-")) {
        identification = text;
        return chunk.subarray(from);
      }
      greeting ??= text.trim() || undefined;
    }
  };
  const readPacket = (chunk: Buffer): void => {
    packet = packet ? Buffer.concat([packet, chunk]) : chunk;
    if (packet.length < 4) return;
    const length = packet.readUInt32BE(0);
    if (length <= LARGEST_PACKET && packet.length < 4 + length) return;
    if (length <= LARGEST_PACKET) algorithms = readKexInit(packet.subarray(5, 4 + length));
    stop();
  };
  const onData = (chunk: Buffer): void => {
    size += chunk.length;
    const rest = identification === undefined ? readLines(chunk) : chunk;
    if (rest !== undefined) readPacket(rest);
    else if (size > LONGEST_GREETING) {
      stop();
      onTooLong();
    }
  };
  const stop = (): void => {
    stream.off("data", onData);
    line = [];
    packet = undefined;
  };
  stream.on("data", onData);
  return {
    greeting: () =>
      greeting ?? (identification ? undefined : Buffer.concat(line).toString("latin1").trim() || undefined),
    identification: () => identification,
    algorithms: () => algorithms,
    stop,
  };
}

/** Reads the lists of a KEXINIT packet (RFC 4253 §7.1). `payload`: after the length of the padding. */
function readKexInit(payload: Buffer): ServerAlgorithms | undefined {
  if (payload[0] !== KEXINIT) return undefined;
  const reader = wireReader(payload.subarray(17));
  const names = () =>
    (reader.text() ?? "")
      .split(",")
      .filter((name) => NAME.test(name))
      .slice(0, MOST_NAMES);
  const [keyExchanges, hostKeys, ciphers] = [names(), names(), names()];
  names(); // Ciphers from the server: the same in all known servers.
  return { keyExchanges: keyExchanges.filter((name) => !EXTENSION.test(name)), hostKeys, ciphers, macs: names() };
}

/** Names of algorithms (RFC 4251 §6): anything else is not shown. */
const NAME = /^[\w@.+-]{1,64}$/;
const MOST_NAMES = 40;

/** Names in the list of key exchanges that announce an extension. */
const EXTENSION = /^(ext-info-|kex-strict-)/;
