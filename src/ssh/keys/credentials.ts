import { readFile } from "node:fs/promises";
import ssh2, { type AnyAuthMethod, type Client, type ParsedKey } from "ssh2";
import { BakeError } from "../../core/errors.js";
import { describeFileError } from "../../core/file-error.js";
import { certifiedKey, parseCertificate } from "./certificate.js";

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
  /** Text of the private key, if one is used. */
  readonly privateKey: string | undefined;
  /** Returns the authentication methods in the order in which they are offered. */
  methods(client: Client): AnyAuthMethod[];
}

/** Reads key and certificate once. Throws a `BakeError` when a file is missing or invalid. */
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

/**
 * Parses a private key in OpenSSH or PEM format. `origin`: its name in messages, a path or "the generated key". Throws a `BakeError`
 * (`ssh-private-key-invalid`) when it is not a key, a public key, or encrypted (Packer §4.1).
 */
function parsePrivateKey(text: string, origin: string): ParsedKey {
  const parsed = ssh2.utils.parseKey(text);
  const key = Array.isArray(parsed) ? parsed[0] : parsed;
  if (key === undefined || key instanceof Error) throw invalidKey(origin, key);
  if (!key.isPrivateKey()) throw invalidKey(origin, new Error("it is a public key"));
  return key;
}

function invalidKey(origin: string, cause: Error | undefined): BakeError {
  const encrypted = /encrypted|passphrase/i.test(cause?.message ?? "");
  return new BakeError(
    encrypted
      ? `Private key "${origin}" is encrypted`
      : `"${origin}" is not a private key: ${cause?.message ?? "no key found"}`,
    {
      code: "ssh-private-key-invalid",
      hint: encrypted
        ? 'Load the key into ssh-agent and set "ssh_agent_auth", or decrypt a copy with `ssh-keygen -p`. Passphrases are not supported.'
        : "Set the file of a private key in OpenSSH or PEM format.",
      cause,
    },
  );
}
