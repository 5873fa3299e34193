import { createHash, randomUUID } from "node:crypto";

/** The types of messages on a data channel. A type that is not known is passed over by its reader. */
export const MESSAGE = {
  /** From the client to the agent. */
  input: "input_stream_data",
  /** From the agent to the client. */
  output: "output_stream_data",
  acknowledge: "acknowledge",
  /** From the service: the session ended. */
  closed: "channel_closed",
  /** From the service: the other end can be reached, or cannot. */
  start: "start_publication",
  pause: "pause_publication",
} as const;

/** The types of payloads of stream messages. */
export const PAYLOAD = {
  output: 1,
  handshakeRequest: 5,
  handshakeResponse: 6,
  handshakeComplete: 7,
  encryptionChallenge: 8,
  challengeResponse: 9,
  flag: 10,
} as const;

/** The values of a payload of type `flag`: 4 bytes, big-endian. */
export const FLAG = { disconnectPort: 1, terminateSession: 2, connectToPortError: 3 } as const;

/** Bits of the header's flags: the first and the last message of a stream. */
export const SYN = 1;
export const FIN = 2;

/** One binary message of a data channel. */
export interface ChannelMessage {
  readonly type: string;
  readonly sequence: number;
  readonly flags: number;
  readonly payloadType: number;
  /** UUID in its usual text form. */
  readonly id: string;
  readonly payload: Buffer;
}

/** Bytes of the header. Its own length field does not count the payload's length field. */
const HEADER = 120;
const HEADER_FIELD = HEADER - 4;

/** Longest message that is read. Agents send payloads of 1024 bytes, and the service limits frames to less. */
const LONGEST = 4 * 1024 * 1024;

/** A message that does not follow the layout. */
export class MalformedMessage extends Error {}

/** Returns the bytes of a message. `now` is in milliseconds since the epoch. */
export function encodeMessage(message: ChannelMessage, now: number): Buffer {
  const { payload } = message;
  const bytes = Buffer.allocUnsafe(HEADER + payload.length);
  bytes.writeUInt32BE(HEADER_FIELD, 0);
  bytes.write(message.type.padEnd(32), 4, 32, "latin1");
  bytes.writeUInt32BE(1, 36);
  bytes.writeBigUInt64BE(BigInt(Math.max(1, Math.trunc(now))), 40);
  bytes.writeBigInt64BE(BigInt(message.sequence), 48);
  bytes.writeBigUInt64BE(BigInt(message.flags), 56);
  const id = Buffer.from(message.id.replaceAll("-", ""), "hex");
  id.copy(bytes, 64, 8, 16);
  id.copy(bytes, 72, 0, 8);
  createHash("sha256").update(payload).digest().copy(bytes, 80);
  bytes.writeUInt32BE(message.payloadType, 112);
  bytes.writeUInt32BE(payload.length, 116);
  payload.copy(bytes, HEADER);
  return bytes;
}

/**
 * Reads a message. Throws `MalformedMessage` when a length or the digest of the payload is wrong. Messages of the service itself
 * (`start_publication`, `pause_publication`) have neither.
 */
export function decodeMessage(bytes: Buffer): ChannelMessage {
  if (bytes.length < HEADER || bytes.length > LONGEST) throw new MalformedMessage(`a message of ${bytes.length} bytes`);
  const start = bytes.readUInt32BE(0) + 4;
  const type = bytes.toString("latin1", 4, 36).replace(/[ \0]+$/, "");
  if (start < HEADER || start > bytes.length) throw new MalformedMessage(`a header of ${start} bytes`);
  const payload = bytes.subarray(start);
  const message = {
    type,
    sequence: Number(bytes.readBigInt64BE(48)),
    flags: Number(bytes.readBigUInt64BE(56)),
    payloadType: bytes.readUInt32BE(112),
    id: uuidText(Buffer.concat([bytes.subarray(72, 80), bytes.subarray(64, 72)])),
    payload,
  };
  if (type === MESSAGE.start || type === MESSAGE.pause) return message;
  if (bytes.readUInt32BE(start - 4) !== payload.length) {
    throw new MalformedMessage(
      `a payload of ${payload.length} bytes that should have ${bytes.readUInt32BE(start - 4)}`,
    );
  }
  const digest = bytes.subarray(80, 112);
  if (payload.length > 0 && !createHash("sha256").update(payload).digest().equals(digest)) {
    throw new MalformedMessage("a payload with a wrong digest");
  }
  return message;
}

/** Returns the message that acknowledges a stream message. */
export function acknowledgeMessage(message: ChannelMessage, id: string): ChannelMessage {
  const payload = {
    AcknowledgedMessageType: message.type,
    AcknowledgedMessageId: message.id,
    AcknowledgedMessageSequenceNumber: message.sequence,
    IsSequentialMessage: true,
  };
  return {
    type: MESSAGE.acknowledge,
    sequence: 0,
    flags: SYN | FIN,
    payloadType: 0,
    id,
    payload: Buffer.from(JSON.stringify(payload)),
  };
}

/** Returns the bytes of a message of the service itself: its end of a session, or whether the other end can be reached. */
export function serviceMessage(type: string, payload: Buffer, now: number): Buffer {
  return encodeMessage({ type, sequence: 0, flags: 0, payloadType: 0, id: randomUUID(), payload }, now);
}

/** Returns the sequence number that an acknowledgement names; undefined if it names none. */
export function acknowledgedSequence({ payload }: ChannelMessage): number | undefined {
  const { AcknowledgedMessageSequenceNumber: sequence } = jsonOf(payload);
  return typeof sequence === "number" ? sequence : undefined;
}

/** Returns whether a payload is this flag. */
export function isFlag(payloadType: number, payload: Buffer, flag: number): boolean {
  return payloadType === PAYLOAD.flag && payload.length >= 4 && payload.readUInt32BE(0) === flag;
}

/** Returns the payload of a flag. */
export function flagPayload(flag: number): Buffer {
  const payload = Buffer.alloc(4);
  payload.writeUInt32BE(flag);
  return payload;
}

/** Returns the fields of a JSON payload; none if it is not a JSON object. */
export function jsonOf(payload: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(payload.toString("utf8"));
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function uuidText(bytes: Buffer): string {
  const hex = bytes.toString("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
