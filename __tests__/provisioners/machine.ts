import { afterAll, beforeAll } from "@jest/globals";
import { openSshCommunicator, type SshCommunicator } from "../../src/communicators/ssh.js";
import { communicatorOptions } from "../communicators/connect.js";
import { type Sshd, startSshd } from "../ssh/sshd.js";

/** A machine to provision: an OpenSSH server for the test file, and a connected communicator. */
export function sshMachine(lines: () => readonly string[] = () => []): {
  readonly sshd: () => Sshd;
  readonly communicator: () => SshCommunicator;
} {
  let sshd: Sshd | undefined;
  let communicator: SshCommunicator | undefined;
  beforeAll(async () => {
    sshd = await startSshd(lines());
    communicator = await openSshCommunicator(communicatorOptions(sshd));
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
