import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { BakeError, messageOf } from "../../core/errors.js";
import { formatDuration } from "../../core/text.js";

/** A finished handshake. */
export interface FinishedHandshake {
  readonly client: Client;
  readonly identification: string;
}

/** An authenticated connection. */
export interface Connection {
  readonly client: Client;
  /** What the server sent first, for example `SSH-2.0-OpenSSH_9.2` (RFC 4253 §4.2). */
  readonly identification: string;
  /** Resolves when the connection has ended, for any reason. */
  readonly ended: Promise<void>;
  alive(): boolean;
  /** Returns whether the connection should be replaced before another command, because it will be ended soon. */
  isDue(): boolean;
  /** Returns why the connection was lost, if it was by silence: `no response for 2 minutes`. */
  lostBy(): string | undefined;
  /** Closes the connection and the bastion connection under it. Resolves when both have ended. */
  close(): Promise<void>;
}

/**
 * Returns the connection of a client. `idleTimeout`: milliseconds without received data after which the connection is closed. Keep-alive
 * responses count as data, so only a peer that does not respond is idle (Packer's `ssh_read_write_timeout`).
 */
export function watchConnection(
  { client, identification }: FinishedHandshake,
  stream: Duplex,
  options: {
    readonly idleTimeout: number | undefined;
    readonly beneath: Connection | undefined;
    readonly lifetime: number | undefined;
  },
): Connection {
  const { beneath, lifetime } = options;
  const began = performance.now();
  let alive = true;
  let lostBy: string | undefined;
  const silence = measureSilence(stream);
  const onSilence = () => {
    lostBy ??= `no response for ${formatDuration(silence())}`;
  };
  client.on("error", (error: Error & { level?: string | undefined }) => {
    if (error.level === "client-timeout") onSilence();
    // Errors of the system have a code. One without is of a tunnel, and has the reason in words.
    else if (error.level === "client-socket" && !("code" in error)) lostBy ??= messageOf(error);
  });
  const { idleTimeout } = options;
  const stopWatching = idleTimeout ? watchIdle(stream, idleTimeout, { silence, onSilence }) : undefined;
  const ended = new Promise<void>((resolve) => {
    client.once("close", () => {
      alive = false;
      stopWatching?.();
      resolve();
    });
  });
  return {
    client,
    identification,
    ended,
    alive: () => alive,
    isDue: () => lifetime !== undefined && performance.now() - began > lifetime,
    lostBy: () => lostBy ?? beneath?.lostBy(),
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

/** Returns a function that returns the milliseconds since the stream received data. */
function measureSilence(stream: Duplex): () => number {
  let last = performance.now();
  stream.on("data", () => {
    last = performance.now();
  });
  return () => performance.now() - last;
}

interface IdleWatch {
  silence(): number;
  onSilence(): void;
}

function watchIdle(stream: Duplex, timeout: number, { silence, onSilence }: IdleWatch): () => void {
  const timer = setInterval(
    () => {
      if (silence() <= timeout) return;
      onSilence();
      stream.destroy(new Error(`no data received for ${timeout / 1000} s`));
    },
    Math.max(10, timeout / 4),
  );
  timer.unref();
  return () => clearInterval(timer);
}

/** Returns the error for a connection that was lost during an action. `why`: text of `lostBecause`. */
export function connectionLost(during: string, cause?: unknown, why = ""): BakeError {
  return new BakeError(`SSH connection lost during: ${during}${why}`, {
    code: "ssh-disconnected",
    cause,
  });
}
