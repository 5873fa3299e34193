import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BakeError } from "../core/errors.js";
import { generateKeyPair } from "../ssh/keys/key-pair.js";
import type { LocalCloud } from "./cloud.js";
import { loadStateDirectory } from "./state-directory.js";

/** What a shell in an image is opened with. */
export interface LocalShell {
  readonly imageId: string;
  readonly user: string;
  /** A command to run instead of an interactive shell. */
  readonly command: readonly string[];
}

/**
 * Opens a shell in a new instance of an image, through the host's `ssh` on this terminal. Returns ssh's exit code.
 * Throws a `BakeError` for an image that does not exist or a host without `ssh`.
 */
export async function openLocalShell(cloud: LocalCloud, stateDirectory: string, shell: LocalShell): Promise<number> {
  const image = loadStateDirectory(stateDirectory)
    ?.regions.flatMap((region) => region.images)
    .find(({ id }) => id === shell.imageId);
  if (!image || !cloud.sandboxes) {
    throw new BakeError(`Image "${shell.imageId}" does not exist in the local cloud`, {
      code: "local-image-not-found",
      hint: "Run `bake-ami local images` to list the images.",
    });
  }
  const directory = mkdtempSync(join(tmpdir(), "bake-ami-shell-"));
  try {
    const pair = await generateKeyPair("ed25519", { comment: "bake-ami-local-shell" });
    const key = join(directory, "key");
    writeFileSync(key, pair.privateKey, { mode: 0o600 });
    const { address } = await cloud.sandboxes.launch({
      instanceId: "i-shell",
      hostName: "local-shell",
      image: { sourceName: image.sourceName, layers: image.layers },
      authorizedKeys: [pair.publicKey],
    });
    return await ssh([...sshOptions(key), `${shell.user}@${address}`, ...shell.command]);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** The host key is new with each instance, and the address is local. */
function sshOptions(key: string): readonly string[] {
  const settings = ["StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "IdentitiesOnly=yes", "LogLevel=ERROR"];
  return ["-i", key, ...settings.flatMap((setting) => ["-o", setting])];
}

function ssh(args: readonly string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn("ssh", args, { stdio: "inherit" });
    child.once("error", (cause) =>
      reject(
        new BakeError("Could not start ssh", {
          code: "no-ssh-client",
          hint: "Install an SSH client (Debian: apt-get install openssh-client).",
          cause,
        }),
      ),
    );
    child.once("close", (code) => resolve(code ?? 255));
  });
}
