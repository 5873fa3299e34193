import { throwIfAborted } from "../../core/clock.js";
import { BakeError } from "../../core/errors.js";
import { SessionRefused } from "../exec.js";
import { type Connection, connectionLost } from "./connection.js";

/** A connection that reconnects after it is lost. */
export interface LiveConnection {
  /** Returns the current connection. */
  current(): Connection;
  alive(): boolean;
  /**
   * Runs `action` with a connection. If no session can be opened on it, reconnects and runs `action` again (Packer §4.3).
   * Rejects with the error of `action`, or with a `BakeError` (`ssh-disconnected`).
   */
  use<T>(signal: AbortSignal | undefined, action: (live: Connection) => Promise<T>): Promise<T>;
  /** Closes the connection and uses the one that `connect` returns. */
  replaceWith(connect: () => Promise<Connection>): Promise<void>;
  close(): Promise<void>;
}

/** Uses `first` until it is lost. `connect` makes one attempt to reconnect. */
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
        throw connectionLost("reconnecting", error);
      } finally {
        replacing = undefined;
      }
    })();
    return replacing;
  };

  /** Replaces a connection that will be ended soon. If that fails, it is used as long as it lasts. */
  const isReplaced = async (due: Connection, signal: AbortSignal | undefined): Promise<boolean> => {
    if (!due.isDue()) return false;
    return replace(due, signal).then(
      () => true,
      () => !due.alive(),
    );
  };

  return {
    current: () => current,
    alive: () => !closed && current.alive(),
    async use(signal, action) {
      throwIfAborted(signal);
      if (closed) throw connectionLost("a command after the connection was closed");
      const chosen = current;
      try {
        if (chosen.alive() && !(await isReplaced(chosen, signal))) return await inUse.during(chosen, action);
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
 * Counts the running commands and transfers of each connection. A connection can refuse only new sessions (the server limits them), so a
 * retired one is closed when its last command or transfer has ended.
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
