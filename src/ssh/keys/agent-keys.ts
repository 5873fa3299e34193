import ssh2, { type AgentAuthMethod, type Client, type ParsedKey } from "ssh2";
import type { Debug } from "../../core/debug.js";
import { messageOf } from "../../core/errors.js";
import { type AgentIdentity, listIdentities, RSA_SHA2_256, RSA_SHA2_512, signWithAgent } from "./agent.js";
import { readCertificate } from "./certificate.js";
import { certificateAlgorithm, sendSigned } from "./certified-key.js";
import { firstString } from "./wire.js";

/** An identity of an agent, and how it logs in. */
interface OfferedIdentity extends AgentIdentity {
  /** The signature algorithm to request. */
  readonly algorithm: string;
}

/** Where the identities of an agent are offered. */
export interface AgentOffer {
  readonly client: Client;
  readonly debug: Debug;
  /** Whether RSA keys may sign with SHA-1 too. */
  readonly sha1: boolean;
  /** Called when the agent cannot be reached or does not sign: the other methods are tried then. */
  readonly onFailure: (reason: string) => void;
}

/**
 * Returns the agent that offers all identities of the ssh-agent at the socket, certificates first: those of Vault, step and Teleport are
 * valid where their plain keys are not. ssh2 1.17 passes over certificates, so the identities are read and the packets with the signatures
 * are written here.
 */
export function agentWithCertificates(socketPath: string, offer: AgentOffer): AgentAuthMethod["agent"] {
  const offered: OfferedIdentity[] = [];
  const list = async (): Promise<ParsedKey[]> => {
    const identities = await listIdentities(socketPath);
    offered.push(...inOrder(identities, offer.sha1));
    offer.debug(() => `SSH: the ssh-agent has ${identities.length} keys, ${offered.length} are offered`);
    return offered.map(asParsedKey);
  };
  const sign = async (key: ParsedKey, request: Buffer): Promise<Buffer> => {
    const identity = offered.find(({ blob, algorithm }) => key.type === algorithm && key.getPublicSSH().equals(blob));
    if (!identity) throw new Error("the ssh-agent does not have the key");
    const signature = await signWithAgent(socketPath, identity, request, rsaFlags(identity.algorithm));
    sendSigned(offer.client, request, signature);
    return signature;
  };
  const reported = (reason: unknown): Error => {
    offer.onFailure(messageOf(reason));
    return reason instanceof Error ? reason : new Error(String(reason));
  };
  return Object.create(ssh2.createAgent(socketPath), {
    getIdentities: {
      value: (done: (error: Error | null, keys?: ParsedKey[]) => void) => {
        list().then(
          (keys) => done(null, keys),
          (reason: unknown) => done(reported(reason)),
        );
      },
    },
    sign: {
      value: (key: ParsedKey, data: Buffer, _options: object, done: (error: Error | null, signed?: Buffer) => void) => {
        sign(key, data).then(
          (signature) => done(null, signature),
          (reason: unknown) => done(reported(reason)),
        );
      },
    },
  });
}

/** Returns the identities to offer: user certificates, then keys. Certificates of hosts and unknown kinds cannot log in. */
function inOrder(identities: readonly AgentIdentity[], sha1: boolean): readonly OfferedIdentity[] {
  const certificates: OfferedIdentity[] = [];
  const keys: OfferedIdentity[] = [];
  for (const identity of identities) {
    const type = firstString(identity.blob) ?? "";
    if (type.includes("-cert-")) {
      const certificate = readCertificate(identity.blob);
      if (certificate?.isForUser) certificates.push({ ...identity, algorithm: certificateAlgorithm(type) });
    } else if (type === "ssh-rsa") {
      keys.push({ ...identity, algorithm: "rsa-sha2-256" }, ...(sha1 ? [{ ...identity, algorithm: type }] : []));
    } else if (type !== "ssh-dss") {
      keys.push({ ...identity, algorithm: type });
    }
  }
  return [...certificates, ...keys];
}

function rsaFlags(algorithm: string): number {
  if (!algorithm.startsWith("rsa-sha2-")) return 0;
  return algorithm.startsWith("rsa-sha2-512") ? RSA_SHA2_512 : RSA_SHA2_256;
}

/** Returns the identity as ssh2's key. Its type and bytes are all that ssh2 reads of a key of an agent. */
function asParsedKey({ blob, algorithm, comment }: OfferedIdentity): ParsedKey {
  return Object.create(anyKey(), {
    type: { value: algorithm, enumerable: true },
    comment: { value: comment, enumerable: true },
    getPublicSSH: { value: () => blob },
  });
}

/** Returns a key of ssh2, which accepts no other objects as keys. */
function anyKey(): ParsedKey {
  const key = ssh2.utils.parseKey(`ssh-ed25519 ${SOME_KEY}`);
  if (key instanceof Error) throw key;
  return Array.isArray(key) ? key[0] : key;
}

/** The public key of the first test vector in RFC 8032 §7.1. */
const SOME_KEY = "AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea";
