import type { HostKey } from "../../ssh/keys/host-key.js";

/** GetConsoleOutput keeps the most recent 64 KB (EC2 API reference). */
const LIMIT = 65_536;

export interface Console {
  write(text: string): void;
  text(): string;
}

export function openConsole(): Console {
  let kept = "";
  return {
    write(text) {
      kept = (kept + text).slice(-LIMIT);
    },
    text: () => kept,
  };
}

/** What cloud-init prints on the console of a new instance: the host's key, so that a client can know it. */
export function hostKeyNotice(key: HostKey, hostName: string): string {
  return [
    "ci-info: no authorized SSH keys fingerprints are shown on this console.",
    "-----BEGIN SSH HOST KEY FINGERPRINTS-----",
    `256 ${key.fingerprint} root@${hostName} (ED25519)`,
    "-----END SSH HOST KEY FINGERPRINTS-----",
    "-----BEGIN SSH HOST KEY KEYS-----",
    key.publicKey,
    "-----END SSH HOST KEY KEYS-----",
    "",
  ].join("\r\n");
}
