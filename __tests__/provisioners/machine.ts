import { afterAll, beforeAll } from "@jest/globals";
import { openSshCommunicator, type SshCommunicator } from "../../src/communicators/ssh.js";
import { systemClock } from "../../src/core/clock.js";
import { hasSshd, type Sshd, startSshd } from "../ssh/sshd.js";
import { targetOf } from "../ssh/targets.js";

/** A machine to provision: an OpenSSH server of the test file's own, and a communicator that is connected to it. */
export function sshMachine(lines: readonly string[] = []): {
  readonly sshd: () => Sshd;
  readonly communicator: () => SshCommunicator;
} {
  if (!hasSshd) throw new Error("these tests need OpenSSH's server: apt-get install openssh-server");
  let sshd: Sshd | undefined;
  let communicator: SshCommunicator | undefined;
  beforeAll(async () => {
    sshd = await startSshd(lines);
    communicator = await openSshCommunicator({
      target: targetOf(sshd),
      limits: { timeout: 10_000, handshakeAttempts: 3 },
      pty: false,
      fileTransfer: "scp",
      localTunnels: [],
      remoteTunnels: [],
      pauseBeforeConnecting: 0,
      clock: systemClock,
      signal: new AbortController().signal,
    });
  });
  afterAll(async () => {
    await communicator?.close();
    await sshd?.stop();
  });
  return { sshd: () => given(sshd), communicator: () => given(communicator) };
}

function given<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("the server is not started yet");
  return value;
}
