import type { SFTPWrapper } from "ssh2";
import { systemClock, unlessAborted } from "../../core/clock.js";
import type { Connection } from "../connect/connection.js";
import { SessionRefused } from "../exec.js";
import { checkSftp } from "./sftp-check.js";

/** Number of parallel file transfers. With fewer, transfers wait for round trips. */
const PARALLEL = 128;

/** A server with "MaxSessions 1" counts a session until its process has ended, which is after it was closed. Milliseconds between attempts. */
const ATTEMPTS = 10;
const BETWEEN_ATTEMPTS = 100;

/**
 * Opens an SFTP session, runs `work` with it and closes it. Rejects with `SessionRefused` when it cannot be opened (nothing was done
 * then), with a `BakeError` when the server has no SFTP, or with the abort reason.
 */
export async function withSftp<T>(
  connection: Connection,
  signal: AbortSignal | undefined,
  work: (sftp: SFTPWrapper) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      await unlessAborted(checkSftp(connection), signal);
      return await unlessAborted(useSftp(connection, work, signal), signal);
    } catch (error) {
      if (!(error instanceof SessionRefused) || !connection.alive() || attempt >= ATTEMPTS) throw error;
      await systemClock.sleep(BETWEEN_ATTEMPTS, signal);
    }
  }
}

/** Opens a session, and ends it when the work ends or the signal is aborted. */
async function useSftp<T>(
  connection: Connection,
  work: (sftp: SFTPWrapper) => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  const { sftp, ended } = await openSftp(connection);
  try {
    return await Promise.race([unlessAborted(work(sftp), signal), ended]);
  } finally {
    sftp.end();
  }
}

/** Opens a session. Its events are listened to inside the callback, because it can end before any promise continues. */
function openSftp(connection: Connection): Promise<{ readonly sftp: SFTPWrapper; readonly ended: Promise<never> }> {
  return new Promise((resolve, reject) => {
    try {
      connection.client.sftp((error, sftp) => {
        if (error) return reject(new SessionRefused(error));
        sftp.on("error", () => undefined);
        const ended = new Promise<never>((_resolve, fail) => {
          sftp.once("close", () => fail(new Error("the SFTP session ended")));
        });
        ended.catch(() => undefined);
        resolve({ sftp, ended });
      });
    } catch (error) {
      reject(new SessionRefused(error));
    }
  });
}

/** Returns a promise for a call with a callback. */
export function promised<T = void>(call: (done: (error: unknown, value?: T) => void) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, value) => (error ? reject(error) : resolve(value as T)));
  });
}

/** Runs `work` for each item, many in parallel. Rejects with the first error and then starts nothing more. */
export async function inParallel<T>(items: Iterable<T>, work: (item: T) => Promise<void>): Promise<void> {
  const iterator = items[Symbol.iterator]();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (let next = iterator.next(); !next.done && !failed; next = iterator.next()) {
      try {
        await work(next.value);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}
