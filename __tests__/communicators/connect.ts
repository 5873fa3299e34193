import type { SshCommunicatorOptions } from "../../src/communicators/ssh.js";
import { systemClock } from "../../src/core/clock.js";
import type { Communicator, ExecResult } from "../../src/core/communicator.js";
import type { SshTarget } from "../../src/ssh/connect/connector.js";
import { type TestLogin, targetOf } from "../ssh/targets.js";

/** Returns options for a communicator to a test server. Parts can be replaced. */
export function communicatorOptions(
  sshd: TestLogin,
  changes: Partial<SshCommunicatorOptions> = {},
  target: Partial<SshTarget> = {},
): SshCommunicatorOptions {
  return {
    target: targetOf(sshd, target),
    limits: { timeout: 50_000, handshakeAttempts: 1 },
    isWindows: false,
    pty: false,
    fileTransfer: "scp",
    localTunnels: [],
    remoteTunnels: [],
    pauseBeforeConnecting: 0,
    clock: systemClock,
    signal: new AbortController().signal,
    onAttempt: undefined,
    ...changes,
  };
}

/** Runs a command and returns its result and output. */
export async function outputOf(
  communicator: Communicator,
  command: string,
): Promise<{ readonly result: ExecResult; readonly stdout: string; readonly stderr: string }> {
  const said = { stdout: "", stderr: "" };
  const result = await communicator.exec(command, {
    onOutput: (chunk, stream) => {
      said[stream] += Buffer.from(chunk).toString("latin1");
    },
  });
  return { result, ...said };
}
