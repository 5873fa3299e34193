import { randomUUID } from "node:crypto";
import type WebSocket from "ws";
import type { Clock } from "../../core/clock.js";
import type { Debug } from "../../core/debug.js";
import { messageOf } from "../../core/errors.js";
import type { OpenedSession } from "../../core/opened-session.js";
import { plainLine } from "../../core/plain.js";
import { poll } from "../../core/poll.js";
import { sendTogether } from "../websocket.js";
import { CLIENT_VERSION } from "./handshake.js";

/** The session has ended, and cannot be resumed. A new one can be started. */
export class SessionEnded extends Error {}

/** How a link connects, and whom it calls. */
export interface LinkOptions {
  readonly session: OpenedSession;
  readonly clock: Clock;
  readonly debug: Debug;
  /** Opens a websocket to the data channel. */
  dial(url: URL, signal: AbortSignal): Promise<WebSocket>;
  /** Returns the data of the next connection; undefined when the session has ended. */
  resume(signal: AbortSignal): Promise<OpenedSession | undefined>;
  /** Called when a websocket is open, the first and each later one. What was not acknowledged is to be sent again. */
  onConnected(): void;
  /** Called with each binary message. An error that it throws loses the connection. */
  onMessage(bytes: Buffer): void;
  /** Called once, when the link has ended. */
  onEnd(error: Error): void;
}

/** The connection to a data channel: one websocket after the other. */
export interface Link {
  /** Sends bytes if there is a connection. */
  send(bytes: Buffer): void;
  /** Returns the bytes that wait in the websocket; undefined while there is no connection. */
  waiting(): number | undefined;
  /** Stops and continues to read. While it is stopped, what arrives stays at the service. */
  setReading(on: boolean): void;
  /** Gives up the connection, which is followed by another. */
  reset(reason: string): void;
  /** Sends a ping when it is time, and finds a dead connection. To be called often. */
  tick(now: number): void;
  /** Ends the link. */
  end(error: Error): void;
}

/** Milliseconds between pings, and without any frame until a connection counts as lost. Proxies cut idle connections. */
const PING_EVERY = 30_000;
const SILENCE = 75_000;

/** Milliseconds between attempts to resume, and the time after which they end. */
const RESUME_INTERVAL = { first: 100, max: 5000 };
const RESUME_FOR = 120_000;

/** Changing state of a link. Times in milliseconds since the epoch. */
interface LinkState {
  socket: WebSocket | undefined;
  reading: boolean;
  heard: number;
  pinged: number;
}

/**
 * Keeps a connection to a session's data channel. Whenever one is lost, with whatever code (the service closes each after an hour), the
 * session is resumed by a new one, for two minutes at most.
 */
export function openLink(options: LinkOptions): Link {
  const { clock, debug, session } = options;
  const over = new AbortController();
  const clientId = randomUUID();
  const state: LinkState = { socket: undefined, reading: true, heard: clock.now(), pinged: clock.now() };

  const end = (error: Error): void => {
    if (over.signal.aborted) return;
    over.abort();
    debug(() => `Session ${session.id}: ended: ${error.message}`);
    const last = state.socket;
    last?.close(1000);
    // What was sent in this turn of the event loop, such as the request to end the session, is written at its end.
    process.nextTick(() => last?.terminate());
    state.socket = undefined;
    options.onEnd(error);
  };
  const lose = (socket: WebSocket, reason: string): void => {
    if (state.socket !== socket || over.signal.aborted) return;
    state.socket = undefined;
    socket.terminate();
    debug(() => `Session ${session.id}: connection lost: ${reason}`);
    void connectAgain();
  };
  const attach = (socket: WebSocket, token: string): void => {
    state.socket = socket;
    state.heard = state.pinged = clock.now();
    socket.on("pong", () => {
      state.heard = clock.now();
    });
    socket.on("message", (data: Buffer, isBinary) => {
      state.heard = clock.now();
      if (!isBinary || state.socket !== socket) return;
      try {
        options.onMessage(data);
      } catch (error) {
        lose(socket, messageOf(error));
      }
    });
    socket.once("close", (code, reason) => lose(socket, `code ${code} ${oneLine(reason.toString("utf8"))}`));
    if (state.reading) socket.resume();
    socket.send(greeting(token, clientId));
    options.onConnected();
  };
  const connectAgain = (): Promise<void> =>
    resumeLink(options, over.signal).then(
      ({ socket, token }) => (over.signal.aborted ? socket.terminate() : attach(socket, token)),
      (error: unknown) => {
        if (!over.signal.aborted) end(error instanceof Error ? error : new Error(String(error)));
      },
    );

  options.dial(new URL(session.url), over.signal).then(
    (first) => (over.signal.aborted ? first.terminate() : attach(first, session.token)),
    (error: unknown) => end(error instanceof Error ? error : new Error(String(error))),
  );
  return {
    send: (bytes) => state.socket && sendTogether(state.socket, bytes),
    waiting: () => state.socket?.bufferedAmount,
    setReading: (on) => setReading(state, on),
    reset: (reason) => state.socket && lose(state.socket, reason),
    tick: (now) => {
      if (!state.socket) return;
      if (!state.reading) state.heard = now;
      if (now - state.heard > SILENCE) return lose(state.socket, `no frame for ${(now - state.heard) / 1000} s`);
      if (now - state.pinged < PING_EVERY) return;
      state.pinged = now;
      state.socket.ping("keepalive");
    },
    end,
  };
}

/**
 * Resumes the session over another websocket, for two minutes at most. Rejects with `SessionEnded`: the session has timed out, or could not be
 * resumed.
 */
function resumeLink(options: LinkOptions, signal: AbortSignal): Promise<{ socket: WebSocket; token: string }> {
  const { clock, debug, session } = options;
  let last = "";
  return poll({
    clock,
    signal,
    interval: RESUME_INTERVAL,
    deadline: RESUME_FOR,
    onDeadline: () => new SessionEnded(`The session could not be resumed: ${last}`),
    probe: async () => {
      try {
        const next = await options.resume(signal);
        if (!next) return { state: "failed", error: new SessionEnded("The session has timed out") };
        const socket = await options.dial(new URL(next.url), signal);
        return { state: "done", value: { socket, token: next.token } };
      } catch (error) {
        if (signal.aborted || error instanceof SessionEnded) throw error;
        last = messageOf(error);
        debug(() => `Session ${session.id}: not resumed: ${last}`);
        return { state: "waiting" };
      }
    },
  });
}

function setReading(state: LinkState, on: boolean): void {
  state.reading = on;
  if (on) state.socket?.resume();
  else state.socket?.pause();
}

/** Returns the first message of a connection: the token is here, not in the address. */
function greeting(token: string, clientId: string): string {
  return JSON.stringify({
    MessageSchemaVersion: "1.0",
    RequestId: randomUUID(),
    TokenValue: token,
    ClientId: clientId,
    ClientVersion: CLIENT_VERSION,
  });
}

/** Returns text of the service or of a machine on one line, without control characters, at most 500 characters. */
export function oneLine(value: unknown): string {
  return typeof value === "string" ? plainLine(value.slice(0, 500)).trim() : "";
}
