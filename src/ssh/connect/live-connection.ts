import { throwIfAborted } from "../../core/clock.js";
import { BakeError } from "../../core/errors.js";
import { SessionRefused } from "../exec.js";
import { type Connection, connectionLost } from "./connection.js";

/** A connection that is made again when it is lost. */
export interface LiveConnection {
  /** The connection of the moment. */
  current(): Connection;
  alive(): boolean;
  /**
   * Does `action` with a live connection; when no session can be opened on it, again with a new one (Packer §4.3).
   * Rejects with what `action` throws, or with a `BakeError` (`ssh-disconnected`).
   */
  use<T>(signal: AbortSignal | undefined, action: (live: Connection) => Promise<T>): Promise<T>;
  /** Drops the connection and continues with the one that `connect` makes. */
  replaceWith(connect: () => Promise<Connection>): Promise<void>;
  close(): Promise<void>;
}

/** Keeps `first` until it is lost; `connect` makes one attempt to connect again. */
export function keepConnection(
  first: Connection,
  connect: (signal: AbortSignal) => Promise<Connection>,
): LiveConnection {
  let current = first;
  let closed = false;
  let replacing: Promise<void> | undefined;
  const inUse = countUses();

  const replace = (broken: Connection, signal = new AbortController().signal): Promise<void> => {
    if (current !== broken) return Promise.resolve();
    replacing ??= (async () => {
      try {
        current = await connect(signal);
        await inUse.retire(broken);
      } catch (error) {
        if (error instanceof BakeError || signal.aborted) throw error;
        throw connectionLost("connecting anew", error);
      } finally {
        replacing = undefined;
      }
    })();
    return replacing;
  };

  return {
    current: () => current,
    alive: () => !closed && current.alive(),
    async use(signal, action) {
      throwIfAborted(signal);
      if (closed) throw connectionLost("a command after the connection was closed");
      const chosen = current;
      try {
        if (chosen.alive()) return await inUse.during(chosen, action);
      } catch (error) {
        if (!(error instanceof SessionRefused)) throw error;
        throwIfAborted(signal);
      }
      await replace(chosen, signal);
      try {
        return await inUse.during(current, action);
      } catch (error) {
        throw error instanceof SessionRefused ? connectionLost("opening a session", error) : error;
      }
    },
    async replaceWith(make) {
      await current.close();
      current = await make();
    },
    async close() {
      closed = true;
      await inUse.closeAll();
      await current.close();
    },
  };
}

/**
 * Counts the commands and transfers of each connection. A connection may be broken for new sessions only (the server limits
 * them), so a retired one is closed when its last has ended.
 */
function countUses() {
  const counts = new Map<Connection, number>();
  const retired = new Set<Connection>();
  const retire = async (live: Connection): Promise<void> => {
    retired.add(live);
    if ((counts.get(live) ?? 0) > 0) return;
    retired.delete(live);
    counts.delete(live);
    await live.close();
  };
  return {
    retire,
    async during<T>(live: Connection, action: (live: Connection) => Promise<T>): Promise<T> {
      counts.set(live, (counts.get(live) ?? 0) + 1);
      try {
        return await action(live);
      } finally {
        counts.set(live, (counts.get(live) ?? 1) - 1);
        if (retired.has(live)) await retire(live);
      }
    },
    closeAll: () => Promise.all([...retired].map((live) => live.close())),
  };
}
