import { createHash } from "node:crypto";
import { BakeError } from "../../core/errors.js";
import { generateKeyPair } from "./key-pair.js";
import { firstString } from "./wire.js";

/**
 * Pins the host key of the first login and rejects every other key until the build ends (trust on first use). Keys of failed attempts are
 * not pinned: at the first boot of many images, the server starts before cloud-init generates the host keys.
 */
export interface HostKeyPin {
  /** Returns whether the key is accepted. Any key is, until one is pinned. */
  accept(key: Buffer): boolean;
  /** Pins the last accepted key, after a successful login. */
  confirm(): void;
  /** Returns the pinned key in `known_hosts` format (`ssh-ed25519 AAAA…`); undefined before the first login. */
  known(): string | undefined;
  /** Returns and clears the error about the last rejected key, if any. */
  takeMismatch(): BakeError | undefined;
}

/** Returns a pin without a key. `name`: the host in messages. */
export function pinHostKey(name: string): HostKeyPin {
  let offered: Buffer | undefined;
  let pinned: Buffer | undefined;
  let mismatch: BakeError | undefined;
  return {
    accept(key) {
      offered = Buffer.from(key);
      if (!pinned || pinned.equals(key)) return true;
      mismatch = new BakeError(
        `Host key of ${name} changed from ${hostKeyFingerprint(pinned)} to ${hostKeyFingerprint(key)}`,
        {
          code: "ssh-host-key-changed",
          hint: "Check that the address belongs to this machine. If a provisioner generates new host keys, generate them at the first boot of the image instead.",
        },
      );
      return false;
    },
    confirm() {
      pinned ??= offered;
    },
    known: () => (pinned ? `${firstString(pinned) ?? ""} ${pinned.toString("base64")}` : undefined),
    takeMismatch() {
      const found = mismatch;
      mismatch = undefined;
      return found;
    },
  };
}

/** Returns the type and fingerprint as `ssh-keygen -l` prints them. */
export function hostKeyFingerprint(key: Buffer): string {
  const type = (firstString(key) ?? "unknown").replace(/^ssh-/, "").toUpperCase();
  return `${type} ${sha256(key)}`;
}

function sha256(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** An ed25519 host key: the OpenSSH private key, its public line, and the SHA256 fingerprint as `ssh-keygen -l` prints it. */
export interface HostKey {
  readonly privateKey: string;
  readonly publicKey: string;
  readonly fingerprint: string;
}

/** Generates a host key. `comment`: the end of the public line. */
export async function generateHostKey(comment: string): Promise<HostKey> {
  const pair = await generateKeyPair("ed25519", { comment });
  return { ...pair, fingerprint: sha256(Buffer.from(pair.publicKey.split(" ")[1] ?? "", "base64")) };
}
