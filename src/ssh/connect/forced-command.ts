import { BakeError } from "../../core/errors.js";
import { openExecChannel, SessionRefused } from "../exec.js";
import type { Connection } from "./connection.js";
import { shown } from "./handshake-error.js";

/** Milliseconds that a shell may take. cloud-init's command for root waits 10 seconds after its text. */
const TIME_LIMIT = 5000;

/** Bytes of the output that are read. */
const MOST_READ = 2048;

/** What cloud images set in root's authorized_keys (cloud-init's `disable_root_opts`), with the right user. */
const OTHER_USER = /please log ?in as the (?:user )?[\\"']*([\w.-]+)[\\"']*(?: user)? rather than/i;

/** What nologin(8) prints for an account without a shell. */
const NO_SHELL = /account is currently not available/i;

/** Why no command runs, or undefined when commands run. */
type Refusal = { readonly text: string; readonly hint: string } | undefined;

/**
 * Runs a command that does nothing. Throws a `BakeError` (`ssh-wrong-user`) with the machine's text when the machine accepts the login, but
 * runs no commands: otherwise each command would print this text in place of its work, on old images with exit code 0. `sftpOnly`:
 * whether files are transferred by SFTP, which an account without a shell can have.
 */
export async function refuseForcedCommand(
  connection: Connection,
  { user, sftpOnly, signal }: { readonly user: string; readonly sftpOnly: boolean; readonly signal: AbortSignal },
): Promise<void> {
  const refusal = await probe(connection, { sftpOnly, signal });
  if (!refusal) return;
  throw new BakeError(`The machine runs no commands as user "${user}". It printed: ${refusal.text}`, {
    code: "ssh-wrong-user",
    hint: refusal.hint,
  });
}

async function probe(
  connection: Connection,
  { sftpOnly, signal }: { readonly sftpOnly: boolean; readonly signal: AbortSignal },
): Promise<Refusal> {
  const session = await openExecChannel(connection, "exit 0", { signal }).catch((error: unknown) => {
    // A server without sessions: the first command reports it.
    if (error instanceof SessionRefused) return undefined;
    throw error;
  });
  if (!session) return undefined;
  const { channel, ended } = session;
  return new Promise((resolve) => {
    let text = "";
    const timer = setTimeout(() => finish(undefined), TIME_LIMIT);
    const finish = (refusal: Refusal) => {
      clearTimeout(timer);
      channel.close();
      resolve(refusal);
    };
    const onData = (chunk: Buffer) => {
      text += chunk.subarray(0, MOST_READ).toString("utf8");
      const refusal = refusalIn(text, sftpOnly);
      if (refusal || text.length > MOST_READ) finish(refusal);
    };
    channel.on("data", onData);
    channel.stderr.on("data", onData);
    void ended.then(() => finish(undefined));
  });
}

/** Returns what complete lines of the output say. */
function refusalIn(text: string, sftpOnly: boolean): Refusal {
  for (const line of text.split("\n").slice(0, -1)) {
    const user = OTHER_USER.exec(line)?.[1];
    if (user !== undefined) return { text: shown(line.trim()), hint: `Set "ssh_username" to "${user}".` };
    if (NO_SHELL.test(line) && !sftpOnly) {
      return { text: shown(line.trim()), hint: 'Set "ssh_username" to a user with a shell.' };
    }
  }
  return undefined;
}
