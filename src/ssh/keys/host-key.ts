import { createHash } from "node:crypto";
import { BakeError } from "../../core/errors.js";
import { setting } from "../../core/setting.js";
import { generateKeyPair } from "./key-pair.js";
import { firstString } from "./wire.js";

/**
 * Knows the host keys of a machine and rejects every other key until the build ends (trust on first use). Keys of failed attempts are
 * not kept: at the first boot of many images, the server starts before cloud-init generates the host keys.
 */
export interface HostKeyPin {
  /** Returns whether the key is accepted. Any key is, until one is known. */
  accept(key: Buffer): boolean;
  /** Keeps the last accepted key, after a successful login. */
  confirm(): void;
  /** Keeps more keys: the server of a login has proved that it has them. */
  learn(keys: readonly Buffer[]): void;
  /** Returns the known keys in `known_hosts` format (`ssh-ed25519 AAAA…`), the one of the first login first. */
  known(): readonly string[];
  /** Returns the types of the known keys, the one of the last login first. */
  types(): readonly string[];
  /** Returns and clears the error about the last rejected key, if any. */
  takeMismatch(): BakeError | undefined;
}

/** How unknown keys are treated after the first login. */
export interface HostKeyRule {
  /** The host in messages. */
  readonly name: string;
  /** Whether they are rejected (unless `ssh-accept-new-host-keys` is set). */
  readonly check: boolean;
  /** Called with a sentence when one is accepted. */
  readonly onNewKey: (summary: string) => void;
}

/** Most keys that are kept: a server has one of each type. */
const MOST_KEYS = 32;

/** Returns a pin without a key. */
export function pinHostKey({ name, check, onNewKey }: HostKeyRule): HostKeyPin {
  let offered: Buffer | undefined;
  let last: Buffer | undefined;
  let mismatch: BakeError | undefined;
  const keys: Buffer[] = [];
  const isKnown = (key: Buffer) => keys.some((each) => each.equals(key));
  const keep = (key: Buffer) => {
    if (!isKnown(key) && keys.length < MOST_KEYS) keys.push(Buffer.from(key));
  };
  return {
    accept(key) {
      offered = Buffer.from(key);
      if (keys.length === 0 || isKnown(key) || !check) return true;
      mismatch = new BakeError(
        `Host key of ${name} changed from ${hostKeyFingerprint(last ?? keys[0] ?? key)} to ${hostKeyFingerprint(key)}`,
        {
          code: "ssh-host-key-changed",
          hint: `Check that the address belongs to this machine. If a step of the build generates host keys, set ${setting("ssh-accept-new-host-keys")}, or generate them at the first boot of the image instead.`,
        },
      );
      return false;
    },
    confirm() {
      if (!offered) return;
      if (keys.length > 0 && !isKnown(offered)) {
        onNewKey(`Accepted a new host key of ${name}: ${hostKeyFingerprint(offered)}`);
      }
      keep(offered);
      last = offered;
    },
    learn: (proved) => proved.forEach(keep),
    known: () => keys.map((key) => `${firstString(key) ?? ""} ${key.toString("base64")}`),
    types: () => [...new Set([...(last ? [last] : []), ...keys].map((key) => firstString(key) ?? ""))],
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
