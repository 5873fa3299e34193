import type { Communicator } from "../../../core/communicator.js";
import { shellQuote } from "../../../core/text.js";
import type { SshKeyPair } from "../../../ssh/keys/key-pair.js";
import { shellCommand } from "../../../ssh/transfer/remote-path.js";
import { runBuilderStep } from "../../step.js";
import type { Bake } from "../bake.js";

/**
 * `ssh_clear_authorized_keys`: removes the temporary key from every user's authorized_keys, as the last command on the instance.
 * A failure is a warning, as in Packer.
 */
export async function clearAuthorizedKeys(
  bake: Bake,
  communicator: Communicator,
  key: SshKeyPair | undefined,
): Promise<void> {
  if (!bake.options.ssh_clear_authorized_keys || !key || communicator.type !== "ssh") return;
  await runBuilderStep(bake.context, "authorized-keys", "Removing the temporary key", async () => {
    bake.context.narrator.say("Trying to remove ephemeral keys from authorized_keys files");
    const result = await communicator.exec(clearCommand(key.publicKey), { signal: bake.context.signal });
    if (result.status === "exited" && result.code === 0) return;
    bake.context.narrator.warn({
      code: "authorized-keys-not-cleared",
      summary: "Could not remove the temporary SSH key from every authorized_keys file of the image",
      hint: "Remove it in the last provisioner, or give the login user sudo without a password.",
    });
  });
}

/** Returns a command that cleans all users' files with sudo; without sudo, only the login user's own file. */
export function clearCommand(publicKey: string): string {
  const material = publicKey.split(" ")[1] ?? publicKey;
  const script =
    `for f in /root/.ssh/authorized_keys /home/*/.ssh/authorized_keys "$HOME/.ssh/authorized_keys"; do ` +
    `[ -f "$f" ] && grep -qF ${material} "$f" && sed -i ${shellQuote(`\\|${material}|d`)} "$f"; done; true`;
  const own = `{ sed -i ${shellQuote(`\\|${material}|d`)} "$HOME/.ssh/authorized_keys"; false; }`;
  return shellCommand(
    `if [ "$(id -u)" = 0 ]; then sh -c ${shellQuote(script)}; else sudo -n sh -c ${shellQuote(script)} || ${own}; fi`,
  );
}
