import { createHash } from "node:crypto";
import { BakeError } from "../../core/errors.js";
import { generateKeyPair } from "./key-pair.js";
import { firstString } from "./wire.js";

/**
 * Remembers the host key of the first connection and refuses every other: trust on first use, for the life of a build. Keys of
 * attempts that came to nothing do not count: at the first boot of many images the server is up before cloud-init has made the
 * machine's own keys.
 */
export interface HostKeyPin {
  /** Whether the key may be talked to; any key may until one is pinned. */
  accept(key: Buffer): boolean;
  /** Pins the key that was accepted last: the login succeeded. */
  confirm(): void;
  /** The pinned key in the form of `known_hosts` (`ssh-ed25519 AAAA…`), once there is one. */
  known(): string | undefined;
  /** The complaint about the last refused key, if any; asking forgets it. */
  takeMismatch(): BakeError | undefined;
}

/** Returns a pin for the host that messages call `name`; the first login pins its key. */
export function pinHostKey(name: string): HostKeyPin {
  let offered: Buffer | undefined;
  let pinned: Buffer | undefined;
  let mismatch: BakeError | undefined;
  return {
    accept(key) {
      offered = Buffer.from(key);
      if (!pinned || pinned.equals(key)) return true;
      mismatch = new BakeError(
        `the host key of ${name} changed: it was ${hostKeyFingerprint(pinned)} at the first connection and is ${hostKeyFingerprint(key)} now`,
        {
          code: "ssh-host-key-changed",
          hint: "Someone may be answering in the machine's place, or a provisioner made new host keys: let new keys be made at the first boot of the image instead.",
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

/** The kind and fingerprint as `ssh-keygen -l` prints them. */
function hostKeyFingerprint(key: Buffer): string {
  const type = (firstString(key) ?? "unknown").replace(/^ssh-/, "").toUpperCase();
  return `${type} ${sha256(key)}`;
}

function sha256(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** An ed25519 host key: the OpenSSH private key, its public line, and the SHA256 fingerprint as `ssh-keygen -l` shows it. */
export interface HostKey {
  readonly privateKey: string;
  readonly publicKey: string;
  readonly fingerprint: string;
}

/** Makes a new host key; `comment` goes to the end of the public line. */
export async function generateHostKey(comment: string): Promise<HostKey> {
  const pair = await generateKeyPair("ed25519", { comment });
  return { ...pair, fingerprint: sha256(Buffer.from(pair.publicKey.split(" ")[1] ?? "", "base64")) };
}
