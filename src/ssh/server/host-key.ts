import { createHash } from "node:crypto";
import ssh2 from "ssh2";

/** An ed25519 host key: the OpenSSH private key, its public line, and the SHA256 fingerprint as `ssh-keygen -l` shows it. */
export interface HostKey {
  readonly privateKey: string;
  readonly publicKey: string;
  readonly fingerprint: string;
}

/** Makes a new host key; `comment` goes to the end of the public line. */
export function generateHostKey(comment: string): HostKey {
  const pair = ssh2.utils.generateKeyPairSync("ed25519", { comment });
  const blob = Buffer.from(pair.public.split(" ")[1] ?? "", "base64");
  const digest = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
  return { privateKey: pair.private, publicKey: pair.public.trim(), fingerprint: `SHA256:${digest}` };
}
