import { readFile } from "node:fs/promises";
import ssh2, { type AnyAuthMethod, type Client, type ParsedKey } from "ssh2";
import { BakeError, messageOf } from "../../core/errors.js";
import { certifiedKey, parseCertificate } from "./certificate.js";

/** A private key: made for this build, or in a file (its path is absolute). */
export type KeySource =
  | { readonly from: "text"; readonly text: string }
  | { readonly from: "file"; readonly path: string };

/** What a user proves itself with; several are tried in turn: certificate or key, agent, password. */
export interface SshCredentials {
  readonly user: string;
  readonly key: KeySource | undefined;
  /** Absolute path of an OpenSSH certificate for `key`. */
  readonly certificateFile: string | undefined;
  readonly password: string | undefined;
  /** Socket of a running ssh-agent whose keys are tried. */
  readonly agentSocket: string | undefined;
  /** Asks a person what the server asks (keyboard-interactive) where there is no password. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
}

/** Credentials read from disk, ready for any number of handshakes. */
export interface LoadedCredentials {
  readonly user: string;
  /** Text of the private key, where one is used. */
  readonly privateKey: string | undefined;
  /** In the order in which they are offered. */
  methods(client: Client): AnyAuthMethod[];
}

/** Reads key and certificate once. Throws `BakeError` for files that are missing or no keys. */
export async function loadCredentials(credentials: SshCredentials): Promise<LoadedCredentials> {
  const { key, certificateFile, user: username } = credentials;
  const privateKey = key?.from === "file" ? await readKeyFile(key.path) : key?.text;
  const parsed =
    privateKey === undefined
      ? undefined
      : parsePrivateKey(privateKey, key?.from === "file" ? key.path : "the generated key");
  const certificate =
    certificateFile === undefined ? undefined : parseCertificate(await readKeyFile(certificateFile), certificateFile);
  return {
    user: username,
    privateKey,
    methods(client) {
      const methods: AnyAuthMethod[] = [];
      if (parsed && certificate) {
        methods.push({ type: "publickey", username, key: certifiedKey(parsed, certificate, client) });
      }
      if (parsed) methods.push({ type: "publickey", username, key: parsed });
      if (credentials.agentSocket) methods.push({ type: "agent", username, agent: credentials.agentSocket });
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
        const answers = prompts.map(async ({ prompt }) => password ?? (await ask?.(prompt)) ?? "");
        Promise.all(answers).then(finish, () => finish([]));
      },
    });
  }
  return methods;
}

async function readKeyFile(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    throw new BakeError(`cannot read ${path}: ${messageOf(cause)}`, {
      code: "ssh-key-file-unreadable",
      hint: "Check the path and its permissions.",
      cause,
    });
  }
}

/**
 * Reads a private key in OpenSSH or PEM form. `origin` is what messages call it: a path, or "the generated key".
 * Throws `BakeError` (`ssh-private-key-invalid`) for what is no key, is a public key, or is encrypted (Packer §4.1).
 */
function parsePrivateKey(text: string, origin: string): ParsedKey {
  const parsed = ssh2.utils.parseKey(text);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key === undefined || key instanceof Error) throw invalidKey(origin, key);
  if (!key.isPrivateKey()) throw invalidKey(origin, new Error("it holds a public key"));
  return key;
}

function invalidKey(origin: string, cause: Error | undefined): BakeError {
  const encrypted = /encrypted|passphrase/i.test(cause?.message ?? "");
  return new BakeError(
    encrypted
      ? `the private key ${origin} is encrypted`
      : `${origin} is not a private key: ${cause?.message ?? "no key found"}`,
    {
      code: "ssh-private-key-invalid",
      hint: encrypted
        ? "Keys with a passphrase are not supported: load the key into ssh-agent and set ssh_agent_auth, or decrypt a copy with `ssh-keygen -p`."
        : "Give the private half of a key pair, in OpenSSH or PEM form.",
      cause,
    },
  );
}
