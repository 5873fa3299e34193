import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { BakeError } from "../../core/errors.js";

/** An authenticated connection. */
export interface Connection {
  readonly client: Client;
  /** Resolves when the connection has ended, for any reason. */
  readonly ended: Promise<void>;
  alive(): boolean;
  /** Closes the connection and the bastion connection under it. Resolves when both have ended. */
  close(): Promise<void>;
}

/**
 * Returns the connection of a client. `idleTimeout`: milliseconds without received data after which the connection is closed. Keep-alive
 * responses count as data, so only a peer that does not respond is idle (Packer's `ssh_read_write_timeout`).
 */
export function watchConnection(
  client: Client,
  stream: Duplex,
  options: { readonly idleTimeout: number | undefined; readonly beneath: Connection | undefined },
): Connection {
  const { beneath } = options;
  let alive = true;
  const stopWatching = options.idleTimeout ? watchIdle(stream, options.idleTimeout) : undefined;
  const ended = new Promise<void>((resolve) => {
    client.once("close", () => {
      alive = false;
      stopWatching?.();
      resolve();
    });
  });
  return {
    client,
    ended,
    alive: () => alive,
    async close() {
      if (alive) {
        client.end();
        const force = setTimeout(() => {
          client.destroy();
          stream.destroy();
        }, 1000);
        await ended;
        clearTimeout(force);
      }
      await beneath?.close();
    },
  };
}

function watchIdle(stream: Duplex, timeout: number): () => void {
  let last = performance.now();
  const seen = () => {
    last = performance.now();
  };
  stream.on("data", seen);
  const timer = setInterval(
    () => {
      if (performance.now() - last > timeout) stream.destroy(new Error(`no data received for ${timeout / 1000} s`));
    },
    Math.max(10, timeout / 4),
  );
  timer.unref();
  return () => clearInterval(timer);
}

/** Returns the error for a connection that was lost during an action. */
export function connectionLost(during: string, cause?: unknown): BakeError {
  return new BakeError(`SSH connection lost during: ${during}`, {
    code: "ssh-disconnected",
    cause,
  });
}
