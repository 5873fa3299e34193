import { createPrivateKey, type KeyObject } from "node:crypto";
import { readFile } from "node:fs/promises";
import { waitForPasswordData } from "../../../aws/windows-password.js";
import { absolute } from "../../../communicators/from-options.js";
import { BakeError, messageOf } from "../../../core/errors.js";
import { runBuilderStep } from "../../step.js";
import { type Bake, type BakeReading, inRegion } from "../bake.js";
import { decryptPassword, readPasswordKey } from "./decrypt-password.js";
import type { LaunchKey } from "./key-pair.js";

/** Milliseconds to wait for the password unless the template sets them, as Packer does. */
const TIMEOUT = 20 * 60_000;

/** Returns whether the bake logs in with the password that Windows generates and EC2 returns. */
export function needsGeneratedPassword({ options }: BakeReading): boolean {
  return options.communicator === "winrm" && !options.winrm_password;
}

/**
 * Returns the template's own key that decrypts the password of the instance; undefined where the key is generated. Throws a `BakeError`
 * for a file without an RSA key, before anything is created: EC2 would encrypt the password so that nobody can read it.
 */
export async function ownPasswordKey(bake: BakeReading): Promise<KeyObject | undefined> {
  const { options, context } = bake;
  const path = absolute(options.ssh_private_key_file, context.surroundings.cwd);
  if (!needsGeneratedPassword(bake) || path === undefined) return undefined;
  const name = options.ssh_private_key_file ?? path;
  const place = { code: "windows-key-invalid", range: context.place("ssh_private_key_file") };
  if (!options.ssh_keypair_name) {
    throw new BakeError(
      '"ssh_private_key_file" needs "ssh_keypair_name": EC2 encrypts the password of Windows for the key pair of the launch',
      {
        ...place,
        hint: 'Set "ssh_keypair_name" to the key pair of this private key, or remove "ssh_private_key_file": then a key pair is created. Or set "winrm_password".',
      },
    );
  }
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    throw new BakeError(`Could not read "ssh_private_key_file": ${messageOf(cause)}`, { ...place, cause });
  }
  const read = readPasswordKey(text, name);
  if ("key" in read) return read.key;
  throw new BakeError(`"ssh_private_key_file" cannot decrypt the password of Windows: ${read.problem}`, {
    ...place,
    hint: read.hint,
  });
}

/**
 * Returns the password to log in with by WinRM: the template's, else the one that Windows generates, when EC2 has it (Packer's step "get
 * password"). It is redacted before anything is printed. Throws a `BakeError` when there is none within `windows_password_timeout`.
 */
export async function windowsPassword(bake: Bake, instanceId: string, { own, temporary }: LaunchKey): Promise<string> {
  const { options, context } = bake;
  const { narrator } = context;
  if (options.winrm_password) {
    narrator.secret(options.winrm_password);
    narrator.say("Skipping waiting for password since WinRM password set...");
    return options.winrm_password;
  }
  const key = own ?? (temporary && createPrivateKey(temporary.privateKey));
  return runBuilderStep(context, "password", "Waiting for the Windows password", async () => {
    narrator.say("Waiting for auto-generated password for instance...");
    narrator.say(
      "It is normal for this process to take up to 15 minutes,\nbut it usually takes around 5. Please wait.",
    );
    const data = await waitForPasswordData(inRegion(bake), instanceId, options.windows_password_timeout || TIMEOUT);
    const password = key && decryptPassword(data, key);
    if (password === undefined) throw undecryptable(bake, instanceId);
    narrator.secret(password);
    narrator.say("Password retrieved!");
    return password;
  });
}

function undecryptable({ options, context, session }: Bake, instanceId: string): BakeError {
  return new BakeError(`The password of instance ${instanceId} could not be decrypted`, {
    code: "windows-password-not-decrypted",
    resource: instanceId,
    region: session.region,
    range: context.place(options.ssh_private_key_file ? "ssh_private_key_file" : "communicator"),
    hint: options.ssh_private_key_file
      ? `Check that "ssh_private_key_file" is the private key of the key pair "${options.ssh_keypair_name}", or set "winrm_password".`
      : 'Run the bake again, or set "winrm_password".',
  });
}
