import { throwIfAborted } from "../core/clock.js";
import { LoginRefused } from "./authenticate.js";
import { ConnectionLost } from "./http/connection.js";
import type { WinrmSession } from "./session.js";
import type { WsmanRequest } from "./wire/soap.js";
import type { XmlElement } from "./wire/xml.js";

/** No connection could be made: the request was not sent. */
export class NotConnected extends Error {
  constructor(cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.name = "NotConnected";
  }
}

/** One connection at a time, that is made again when it is lost. One request at a time. */
export interface WinrmLane {
  /**
   * Sends a request. `repeat`: it is sent again on a new connection if its effect is not known. Rejects with `NotConnected`, `ConnectionLost`,
   * `WsmanFault`, or the abort reason.
   */
  request(request: WsmanRequest, options: LaneOptions): Promise<XmlElement>;
}

export interface LaneOptions {
  readonly signal: AbortSignal;
  readonly repeat: boolean;
}

/** The connections of a communicator. A command uses one; commands that run at the same time use several. */
export interface WinrmLanes {
  use<T>(action: (lane: WinrmLane) => Promise<T>): Promise<T>;
  /** Adds a connection that was made. */
  add(session: WinrmSession): void;
  /** Whether a connection is open, and the last one was not lost. Also a machine that restarts while nothing is sent closes its connections. */
  connected(): boolean;
  /** Closes all connections. Those in use are closed too: their requests are sent again on new ones. */
  close(): void;
}

interface Slot {
  session: WinrmSession | undefined;
  /** Milliseconds since 1970. */
  opened: number;
}

export interface LanesOptions {
  /** Makes one attempt to connect. */
  readonly connect: (signal: AbortSignal) => Promise<WinrmSession>;
  readonly now: () => number;
  /** Milliseconds after which a connection is replaced before its next request; undefined for never. */
  readonly lifetime: number | undefined;
}

export function winrmLanes({ connect, now, lifetime }: LanesOptions): WinrmLanes {
  const idle: Slot[] = [];
  const all = new Set<Slot>();
  let lost = false;

  const ensure = async (slot: Slot, signal: AbortSignal): Promise<WinrmSession> => {
    throwIfAborted(signal);
    const due = lifetime !== undefined && now() - slot.opened >= lifetime;
    if (slot.session?.isOpen() && !due) return slot.session;
    slot.session?.close();
    slot.session = undefined;
    try {
      slot.session = await connect(signal);
    } catch (error) {
      throwIfAborted(signal);
      lost = true;
      throw new NotConnected(error);
    }
    slot.opened = now();
    lost = false;
    return slot.session;
  };

  const lane = (slot: Slot): WinrmLane => ({
    async request(request, { signal, repeat }) {
      for (let attempt = 0; ; attempt++) {
        const session = await ensure(slot, signal);
        try {
          return await session.request(request, signal);
        } catch (error) {
          throwIfAborted(signal);
          if (error instanceof ConnectionLost) lost = true;
          // A login that is no longer valid was checked before the request was read.
          const again = error instanceof LoginRefused || (error instanceof ConnectionLost && repeat);
          if (attempt > 0 || !again) throw error instanceof LoginRefused ? new NotConnected(error) : error;
        }
      }
    },
  });

  return {
    async use(action) {
      const slot = idle.pop() ?? { session: undefined, opened: 0 };
      all.add(slot);
      try {
        return await action(lane(slot));
      } finally {
        if (slot.session?.isOpen()) idle.push(slot);
        else all.delete(slot);
      }
    },
    add(session) {
      const slot: Slot = { session, opened: now() };
      lost = false;
      all.add(slot);
      idle.push(slot);
    },
    connected: () => !lost && [...all].some(({ session }) => session?.isOpen()),
    close() {
      for (const slot of all) slot.session?.close();
      all.clear();
      idle.splice(0);
    },
  };
}
