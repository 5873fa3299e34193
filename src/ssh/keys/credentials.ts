import { readFile } from "node:fs/promises";
import ssh2, { type AnyAuthMethod, type ParsedKey } from "ssh2";
import { BakeError } from "../../core/errors.js";
import { describeFileError } from "../../core/file-error.js";
import { type AgentOffer, agentWithCertificates } from "./agent-keys.js";
import { type Certificate, certificateProblem, parseCertificate } from "./certificate.js";
import { certifiedKey } from "./certified-key.js";
import type { EncodedKey } from "./encode.js";
import { readPrivateKey } from "./private-key.js";

/** A private key: generated for this build, or in a file with an absolute path. */
export type KeySource =
  | { readonly from: "text"; readonly text: string }
  | { readonly from: "file"; readonly path: string };

/** Credentials of a user. Several are tried in this order: certificate, key, agent, password. */
export interface SshCredentials {
  readonly user: string;
  readonly key: KeySource | undefined;
  /** Absolute path of an OpenSSH certificate for `key`. */
  readonly certificateFile: string | undefined;
  readonly password: string | undefined;
  /** Socket of the ssh-agent whose keys are tried. */
  readonly agentSocket: string | undefined;
  /** Prompts the user for the server's question (keyboard-interactive) when there is no password. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
}

/** Credentials read from disk, ready for any number of handshakes. */
export interface LoadedCredentials {
  readonly user: string;
  /** Text of the private key, if one is used: as it was generated, or of a file in a form that every SSH client reads. */
  readonly privateKey: string | undefined;
  /** Type of the private key, for example `ssh-ed25519`. */
  readonly keyType: string | undefined;
  /** Returns the authentication methods in the order in which they are offered. */
  methods(offer: AgentOffer): AnyAuthMethod[];
}

/**
 * Reads key and certificate once. `now`: milliseconds since 1970, for the time of the certificate. Throws a `BakeError` when a file is missing
 * or invalid.
 */
export async function loadCredentials(credentials: SshCredentials, now: number): Promise<LoadedCredentials> {
  const { key: source, certificateFile, user: username } = credentials;
  const loaded = source ? await loadKey(source) : undefined;
  const certificate =
    certificateFile === undefined ? undefined : await loadCertificate(certificateFile, loaded?.key, now);
  return {
    user: username,
    privateKey: loaded?.text,
    keyType: loaded?.key.type,
    methods(offer) {
      const methods: AnyAuthMethod[] = [];
      const parsed = loaded && parsedKey(loaded.key);
      if (parsed && certificate) {
        methods.push({ type: "publickey", username, key: certifiedKey(parsed, certificate, offer.client) });
      }
      if (parsed) methods.push({ type: "publickey", username, key: offer.sha1 ? parsed : withoutSha1(parsed) });
      const { agentSocket } = credentials;
      if (agentSocket) {
        methods.push({ type: "agent", username, agent: agentWithCertificates(agentSocket, offer) });
      }
      return [...methods, ...interactiveMethods(credentials)];
    },
  };
}

function interactiveMethods({ user: username, password, ask }: SshCredentials): AnyAuthMethod[] {
  const methods: AnyAuthMethod[] = [];
  if (password !== undefined) methods.push({ type: "password", username, password });
  if (password !== undefined || ask) {
    methods.push({
      type: "keyboard-interactive",
      username,
      prompt: (...[, , , prompts, finish]) => {
        const replies = prompts.map(async ({ prompt }) => password ?? (await ask?.(prompt)) ?? "");
        Promise.all(replies).then(finish, () => finish([]));
      },
    });
  }
  return methods;
}

async function readKeyFile(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new BakeError(`Could not read "${path}": ${describeFileError(cause)}`, {
      code: "ssh-key-file-unreadable",
      hint: "Check the path and its permissions.",
      cause,
    });
  }
}

/** A key, and its text for other programs. */
interface LoadedKey {
  readonly key: EncodedKey;
  readonly text: string;
}

async function loadKey(source: KeySource): Promise<LoadedKey> {
  const text = source.from === "file" ? await readKeyFile(source.path) : source.text;
  const read = readPrivateKey(text, source.from === "file" ? source.path : "the generated key");
  if ("problem" in read) {
    const { problem, hint } = read;
    throw new BakeError(`Cannot use the private key: ${problem}`, { code: "ssh-private-key-invalid", hint });
  }
  return { key: read.key, text: source.from === "file" ? read.key.text : text };
}

async function loadCertificate(path: string, key: EncodedKey | undefined, now: number): Promise<Certificate> {
  const certificate = parseCertificate(await readKeyFile(path), path);
  const found = certificateProblem(certificate, path, { key, now });
  if (!found) return certificate;
  throw new BakeError(`Cannot use the certificate: ${found.problem}`, {
    code: "ssh-certificate-invalid",
    hint: found.hint,
  });
}

/** Returns the public key of a private key file, in OpenSSH format. Throws as `loadCredentials` does. */
export async function readPublicKey(path: string): Promise<string> {
  const key = parsedKey((await loadKey({ from: "file", path })).key);
  return `${key.type} ${key.getPublicSSH().toString("base64")}`;
}

function parsedKey({ text }: EncodedKey): ParsedKey {
  const parsed = ssh2.utils.parseKey(text);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key instanceof Error) throw key;
  return key;
}

/**
 * Returns the key so that an RSA key signs with SHA-256 (RFC 8332), which all servers with SHA-2 accept. ssh2 signs with SHA-1 where the
 * server does not announce its algorithms.
 */
function withoutSha1(key: ParsedKey): ParsedKey {
  if (key.type !== "ssh-rsa") return key;
  return Object.create(key, {
    type: { value: "rsa-sha2-256", enumerable: true },
    sign: { value: (data: Buffer) => key.sign(data, "sha256") },
  });
}
