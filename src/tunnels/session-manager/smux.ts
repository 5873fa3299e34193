import { Duplex } from "node:stream";

/** Commands of smux frames, version 1 (github.com/xtaci/smux). */
const SYN = 0;
const FIN = 1;
const PSH = 2;
const NOP = 3;

/** Bytes of a frame's header, and the most data of one frame that is sent. */
const HEADER = 8;
const MOST_DATA = 32_768;

/** Bytes that all streams together may hold unread before reading stops. The protocol has no window. */
const MOST_HELD = 1024 * 1024;

/** The byte stream that the frames travel in. */
export interface FrameCarrier {
  write(bytes: Buffer, done: (error?: Error) => void): void;
  setReading(on: boolean): void;
}

/** Any number of streams over one carrier. */
export interface Multiplexer {
  /** Opens a stream, which is a connection of the other end. */
  open(): Duplex;
  /** Sends a frame that does nothing. */
  probe(): void;
  /** Takes bytes of the carrier. Throws an `Error` for a frame of another version: there is no way to find the next one. */
  take(bytes: Buffer): void;
  /** Ends all streams, with an error unless it is undefined. */
  end(error: Error | undefined): void;
}

interface MuxStream {
  readonly id: number;
  readonly duplex: Duplex;
  /** Data that the reader has not taken yet. */
  readonly held: Buffer[];
  isEnded: boolean;
  /** Whether the reader wants data. */
  isWanted: boolean;
}

interface MuxState {
  readonly carrier: FrameCarrier;
  readonly streams: Map<number, MuxStream>;
  /** Called with a stream that the other end opened; undefined on the side that opens. */
  readonly onStream: ((stream: Duplex) => void) | undefined;
  held: number;
  /** Bytes of a header that is not complete. */
  head: Buffer;
  /** The frame whose data arrives, with the bytes that are missing. */
  frame: { readonly stream: MuxStream | undefined; left: number } | undefined;
}

/**
 * Returns a multiplexer. The client's streams have odd numbers, from 3 on as in the library. `onStream` makes it the server: it is called
 * with each stream that the client opens.
 */
export function multiplex(carrier: FrameCarrier, onStream?: (stream: Duplex) => void): Multiplexer {
  const state: MuxState = {
    ...{ carrier, onStream, streams: new Map(), held: 0 },
    head: Buffer.alloc(0),
    frame: undefined,
  };
  let next = 3;
  return {
    open() {
      const id = next;
      next += 2;
      carrier.write(frame(SYN, id), () => undefined);
      return addStream(state, id);
    },
    probe: () => carrier.write(frame(NOP, 0), () => undefined),
    take(bytes) {
      for (let rest = bytes; rest.length > 0; )
        rest = state.frame ? takeData(state, state.frame, rest) : takeHead(state, rest);
    },
    end(error) {
      for (const { duplex } of [...state.streams.values()]) duplex.destroy(error);
    },
  };
}

function frame(command: number, stream: number, data: Buffer = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(HEADER);
  header.writeUInt8(1, 0);
  header.writeUInt8(command, 1);
  header.writeUInt16LE(data.length, 2);
  header.writeUInt32LE(stream, 4);
  return Buffer.concat([header, data]);
}

/** Takes the header of a frame, or a part of it. Returns the bytes after it. */
function takeHead(state: MuxState, bytes: Buffer): Buffer {
  const missing = HEADER - state.head.length;
  const head = state.head.length === 0 ? bytes : Buffer.concat([state.head, bytes.subarray(0, missing)]);
  if (head.length < HEADER) {
    state.head = head;
    return bytes.subarray(missing);
  }
  state.head = Buffer.alloc(0);
  const command = head.readUInt8(1);
  if (head.readUInt8(0) !== 1 || command > NOP) throw new Error("the tunnel's frames are damaged");
  const left = head.readUInt16LE(2);
  const id = head.readUInt32LE(4);
  if (command === SYN && state.onStream && !state.streams.has(id)) state.onStream(addStream(state, id));
  const stream = state.streams.get(id);
  if (stream && command === FIN) {
    stream.isEnded = true;
    deliver(state, stream);
  }
  if (left > 0) state.frame = { stream: command === PSH ? stream : undefined, left };
  return bytes.subarray(missing);
}

/** Takes data of a frame as it arrives: a frame of 32 KiB is 32 messages. Returns the bytes after it. */
function takeData(
  state: MuxState,
  current: { readonly stream: MuxStream | undefined; left: number },
  bytes: Buffer,
): Buffer {
  const data = bytes.subarray(0, current.left);
  current.left -= data.length;
  if (current.left === 0) state.frame = undefined;
  const { stream } = current;
  if (stream && state.streams.has(stream.id)) {
    stream.held.push(data);
    hold(state, data.length);
    deliver(state, stream);
  }
  return bytes.subarray(data.length);
}

function addStream(state: MuxState, id: number): Duplex {
  const { carrier } = state;
  const duplex = new Duplex({
    read() {
      stream.isWanted = true;
      deliver(state, stream);
    },
    write(chunk: Buffer, _encoding, done) {
      for (let at = 0; at < chunk.length; at += MOST_DATA) {
        const isLast = at + MOST_DATA >= chunk.length;
        carrier.write(frame(PSH, id, chunk.subarray(at, at + MOST_DATA)), isLast ? done : () => undefined);
      }
      if (chunk.length === 0) done();
    },
    final(done) {
      carrier.write(frame(FIN, id), () => done());
    },
    destroy(error, done) {
      if (!duplex.writableFinished) carrier.write(frame(FIN, id), () => undefined);
      state.streams.delete(id);
      hold(state, -stream.held.reduce((sum, { length }) => sum + length, 0));
      done(error);
    },
  });
  const stream: MuxStream = { id, duplex, held: [], isEnded: false, isWanted: false };
  state.streams.set(id, stream);
  return duplex;
}

/** Gives a stream's data to its reader, as long as it wants some. After the last it ends: there is no half-close. */
function deliver(state: MuxState, stream: MuxStream): void {
  const { duplex, held } = stream;
  while (stream.isWanted) {
    const data = held.shift();
    if (!data) break;
    stream.isWanted = duplex.push(data);
    hold(state, -data.length);
  }
  if (!stream.isEnded || held.length > 0 || duplex.readableEnded || !state.streams.has(stream.id)) return;
  state.streams.delete(stream.id);
  duplex.push(null);
  duplex.end();
}

function hold(state: MuxState, bytes: number): void {
  const before = state.held;
  state.held += bytes;
  if (before < MOST_HELD && state.held >= MOST_HELD) state.carrier.setReading(false);
  if (before >= MOST_HELD && state.held < MOST_HELD) state.carrier.setReading(true);
}
