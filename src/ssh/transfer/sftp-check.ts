import { BakeError } from "../../core/errors.js";
import type { Connection } from "../connect/connection.js";
import { shown } from "../connect/handshake-error.js";
import { type ExecChannel, endOf, SessionRefused } from "../exec.js";

/** SSH_FXP_INIT with version 3, and the type of the response (draft-ietf-secsh-filexfer-02 §4). */
const INIT = Buffer.from([0, 0, 0, 5, 1, 0, 0, 0, 3]);
const VERSION = 2;

/** Longest response that a server sends to INIT: it names its extensions. */
const LONGEST_VERSION = 64 * 1024;

/** Milliseconds until an SFTP server must respond: it has to start. */
const TIME_LIMIT = 60_000;

/** Milliseconds to wait for the rest of a text that was sent in place of the response. */
const REST_OF_TEXT = 300;

const checked = new WeakMap<Connection, Promise<void>>();

/**
 * Resolves when the server has SFTP; asks once for each connection. ssh2 cannot distinguish a missing SFTP server from a lost connection,
 * and loses the connection when the server sends text. Rejects with a `BakeError` (`sftp-unavailable`), or with `SessionRefused` when no
 * session can be opened.
 */
export function checkSftp(connection: Connection): Promise<void> {
  const known = checked.get(connection);
  if (known) return known;
  const checking = requestVersion(connection);
  checked.set(connection, checking);
  checking.catch((error: unknown) => {
    if (!(error instanceof BakeError)) checked.delete(connection);
  });
  return checking;
}

async function requestVersion(connection: Connection): Promise<void> {
  const { channel, ended } = await openSubsystem(connection);
  const received: Buffer[] = [];
  // OpenSSH sends no error output of subsystems.
  channel.stderr.resume();
  const responded = new Promise<"responded">((resolve) => {
    channel.on("data", (chunk: Buffer) => {
      keep(received, chunk);
      if (Buffer.concat(received).length >= 5) resolve("responded");
    });
  });
  channel.write(INIT);
  const first = await Promise.race([responded, ended, after(TIME_LIMIT)]);
  const outcome = typeof first === "string" ? first : "ended";
  const isVersion = outcome === "responded" && startsWithVersion(Buffer.concat(received));
  if (outcome === "responded" && !isVersion) await Promise.race([ended, after(REST_OF_TEXT)]);
  channel.close();
  if (isVersion) return void (await Promise.race([ended, after(TIME_LIMIT)]));
  const exit = typeof first === "object" && first.status === "exited" ? first.code : undefined;
  // The connection ended, not the SFTP server.
  if (outcome === "ended" && exit === undefined && !connection.alive())
    throw new SessionRefused(new Error("connection lost"));
  throw unavailable(outcome, { exit, text: textOf(received) });
}

function openSubsystem(connection: Connection): Promise<ExecChannel> {
  return new Promise((resolve, reject) => {
    try {
      connection.client.subsys("sftp", (error, channel) => {
        if (!error) return resolve({ channel, ended: endOf(connection, channel) });
        const isMissing = /unable to start subsystem/i.test(error.message) && connection.alive();
        reject(isMissing ? unavailable("missing") : new SessionRefused(error));
      });
    } catch (error) {
      reject(new SessionRefused(error));
    }
  });
}

function startsWithVersion(bytes: Buffer): boolean {
  const length = bytes.readUInt32BE(0);
  return length >= 5 && length <= LONGEST_VERSION && bytes[4] === VERSION;
}

/** Keeps the start of a text: a machine must not fill the memory. */
function keep(chunks: Buffer[], chunk: Buffer): void {
  if (chunks.reduce((sum, each) => sum + each.length, 0) < MOST_KEPT) chunks.push(chunk.subarray(0, MOST_KEPT));
}

const MOST_KEPT = 1024;

function textOf(chunks: readonly Buffer[]): string {
  const lines = Buffer.concat(chunks)
    .toString("latin1")
    .split(/[\r\n]+/);
  return shown(lines.find((line) => /[!-~]/.test(line))?.trim() ?? "");
}

interface Seen {
  readonly exit: number | undefined;
  readonly text: string;
}

function unavailable(outcome: "missing" | "ended" | "responded" | "late", seen?: Seen): BakeError {
  const { problem, hint } = describe(outcome, seen);
  return new BakeError(`Could not start SFTP on the machine: ${problem}`, { code: "sftp-unavailable", hint });
}

const ENABLE =
  'Enable SFTP in the image ("Subsystem sftp internal-sftp" in sshd_config, or the package openssh-sftp-server). Or set "ssh_file_transfer_method" to "scp", which needs tar.';

function describe(outcome: "missing" | "ended" | "responded" | "late", seen: Seen | undefined) {
  const text = seen?.text;
  if (outcome === "missing") return { problem: "the server has no SFTP subsystem", hint: ENABLE };
  if (outcome === "late") return { problem: `no response within ${TIME_LIMIT / 1000} s`, hint: ENABLE };
  if (outcome === "responded") {
    return {
      problem: `the machine printed text in place of the protocol: "${text}"`,
      hint: 'Remove what prints this text in sessions without a terminal: .bashrc, .cshrc or the like of the login user. Or set "Subsystem sftp internal-sftp" in sshd_config.',
    };
  }
  const exit = seen?.exit === undefined ? "" : ` with exit code ${seen.exit}`;
  return { problem: `the SFTP server ended${exit}${text ? `: "${text}"` : ""}`, hint: ENABLE };
}

function after(ms: number): Promise<"late"> {
  return new Promise((resolve) => {
    setTimeout(() => resolve("late"), ms).unref();
  });
}
