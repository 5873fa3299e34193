import { createHash } from "node:crypto";
import { generateKeyPair } from "../key-pair.js";

/** An ed25519 host key: the OpenSSH private key, its public line, and the SHA256 fingerprint as `ssh-keygen -l` shows it. */
export interface HostKey {
  readonly privateKey: string;
  readonly publicKey: string;
  readonly fingerprint: string;
}

/** Makes a new host key; `comment` goes to the end of the public line. */
export async function generateHostKey(comment: string): Promise<HostKey> {
  const pair = await generateKeyPair("ed25519", { comment });
  const blob = Buffer.from(pair.publicKey.split(" ")[1] ?? "", "base64");
  const digest = createHash("sha256").update(blob).digest("base64").replace(/=+$/, "");
  return { ...pair, fingerprint: `SHA256:${digest}` };
}
