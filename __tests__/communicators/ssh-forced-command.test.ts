import { afterEach, expect } from "@jest/globals";
import { openSshCommunicator } from "../../src/communicators/ssh.js";
import { describe, test } from "../ssh/openssh.js";
import { type Sshd, startSshd } from "../ssh/sshd.js";
import { communicatorOptions } from "./connect.js";

let sshd: Sshd;

afterEach(() => sshd.stop());

/** Starts a server that runs `command` in place of every command. */
async function startForced(command: string): Promise<void> {
  sshd = await startSshd([`ForceCommand ${command}`]);
}

/** cloud-init's command for root: `disable_root_opts`. */
const CLOUD_INIT = `echo 'Please login as the user "ubuntu" rather than the user "root".';echo;sleep 10`;

describe("a login that runs no commands is refused at once, with what the machine printed:", () => {
  test.each<[string, string, string, string]>([
    [
      "cloud-init's command for root",
      `${CLOUD_INIT};exit 142`,
      'Please login as the user "ubuntu" rather than the user "root".',
      'Set "ssh_username" to "ubuntu".',
    ],
    [
      "the command of an old cloud-init, which exits with 0",
      CLOUD_INIT,
      'Please login as the user "ubuntu" rather than the user "root".',
      'Set "ssh_username" to "ubuntu".',
    ],
    [
      "the text of Amazon Linux",
      "echo 'Please login as the ec2-user user rather than root user.'; sleep 10",
      "Please login as the ec2-user user rather than root user.",
      'Set "ssh_username" to "ec2-user".',
    ],
    [
      "an account without a shell",
      "echo 'This account is currently not available.'; exit 1",
      "This account is currently not available.",
      'Set "ssh_username" to a user with a shell.',
    ],
  ])("%s", async (_name, command, text, hint) => {
    await startForced(command);
    const began = performance.now();
    await expect(openSshCommunicator(communicatorOptions(sshd))).rejects.toMatchObject({
      code: "ssh-wrong-user",
      message: `The machine runs no commands as user "${sshd.user}". It printed: ${text}`,
      hint,
    });
    expect(performance.now() - began).toBeLessThan(8000);
  });
});

describe("a login is accepted on a machine", () => {
  test.each<[string, string]>([
    ["whose commands print text first", 'echo Welcome; sh -c "$SSH_ORIGINAL_COMMAND"'],
    ["that prints without an end", "yes"],
    ["that prints a line without an end", "head -c 10000000 /dev/zero | tr '\\0' x; sleep 100"],
    ["whose shell does not end", "sleep 100"],
  ])("%s", async (_name, command) => {
    await startForced(command);
    const communicator = await openSshCommunicator(communicatorOptions(sshd));
    expect(communicator.connected()).toBe(true);
    await communicator.close();
  });

  test("without a shell, for transfers by SFTP", async () => {
    await startForced("echo 'This account is currently not available.'; exit 1");
    const communicator = await openSshCommunicator(communicatorOptions(sshd, { fileTransfer: "sftp" }));
    expect(communicator.connected()).toBe(true);
    await communicator.close();
  });
});
