import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { BakeError } from "../core/errors.js";
import type { ProvisionerContext } from "../core/parts.js";
import { generateKeyPair } from "../ssh/keys/key-pair.js";
import { readPrivateKey } from "../ssh/keys/private-key.js";
import { openSshProxy } from "../ssh/proxy.js";
import { succeeded } from "./command-run.js";
import { readLocalFile } from "./local-files.js";
import { readRemote } from "./run-remote.js";

/** Options for the login of a program on the runner to the proxy (Packer §5.6, §5.11). */
export interface ProxyOptions {
  readonly user: string;
  readonly local_port: number;
  readonly ssh_host_key_file: string | undefined;
  readonly ssh_authorized_key_file: string | undefined;
  readonly sftp_command: string | undefined;
  readonly keyType: "ecdsa" | "rsa";
}

/** How a program on the runner connects to the machine. */
export interface SshAccess {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Private key; undefined where the program has its own key. */
  readonly keyFile: string | undefined;
  /** A `known_hosts` file with the key of the server; undefined to use the user's file. */
  readonly knownHosts: string | undefined;
  /** A directory for the sockets of ssh's shared connections, accessible only to this user; removed by `close`. */
  readonly directory: string;
  close(): Promise<void>;
}

/** Starts an SSH server on the runner that forwards to the machine, with generated keys or the user's. */
export async function openProxy(options: ProxyOptions, context: ProvisionerContext): Promise<SshAccess> {
  const directory = await makeCredentialDirectory();
  try {
    const keyFile = options.ssh_authorized_key_file;
    const login = keyFile ? undefined : await generateKeyPair(options.keyType, { comment: "bake-ami" });
    const authorizedKey = login?.publicKey ?? (await readKey(keyFile ?? "", context));
    const host = options.ssh_host_key_file
      ? { privateKey: await readHostKey(options.ssh_host_key_file, context), publicKey: undefined }
      : await generateKeyPair(options.keyType, { comment: "bake-ami" });
    const proxy = await openSshProxy({
      communicator: context.machine.communicator,
      user: options.user,
      authorizedKey,
      hostKey: host.privateKey,
      port: options.local_port,
      sftpCommand: options.sftp_command,
    });
    return {
      host: proxy.host,
      port: proxy.port,
      user: options.user,
      keyFile: login && (await directory.write("key", login.privateKey)),
      directory: directory.path,
      knownHosts: host.publicKey && (await directory.write("known_hosts", knownHost(proxy, host.publicKey))),
      async close() {
        await proxy.close();
        await directory.remove();
      },
    };
  } catch (error) {
    await directory.remove();
    throw error;
  }
}

async function readKey(path: string, context: ProvisionerContext): Promise<string> {
  return (await readLocalFile(path, context, { code: "key-unreadable", kind: "key" })).toString();
}

/** Reads a private key and returns it in a form that the server of the proxy reads. */
async function readHostKey(path: string, context: ProvisionerContext): Promise<string> {
  const read = readPrivateKey(await readKey(path, context), path);
  if ("key" in read) return read.key.text;
  throw new BakeError(`Cannot use "ssh_host_key_file": ${read.problem}`, {
    code: "ssh-private-key-invalid",
    hint: read.hint,
    range: context.range,
  });
}

/** Returns a line of `known_hosts`; `key` is `type base64`, optionally with a comment. */
export function knownHost({ host, port }: { readonly host: string; readonly port: number }, key: string): string {
  return `${port === 22 ? host : `[${host}]:${port}`} ${key.split(" ").slice(0, 2).join(" ")}\n`;
}

/** Creates a directory for keys that only this user can read. */
export async function makeCredentialDirectory(): Promise<{
  readonly path: string;
  write(name: string, text: string): Promise<string>;
  remove(): Promise<void>;
}> {
  const directory = await mkdtemp(join(tmpdir(), "bake-login-"));
  return {
    path: directory,
    async write(name, text) {
      const path = join(directory, name);
      await writeFile(path, text, { mode: 0o600 });
      return path;
    },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Returns the user of commands on the machine: the login user, else the output of `id`, else the user on the runner. */
export async function findRemoteUser(context: ProvisionerContext): Promise<string> {
  const user = context.machine.communicator.connection()?.user;
  if (user) return user;
  const { end, output } = await readRemote(context, "id -un");
  const name = output.trim();
  return succeeded({ end }) && /^[\w.-]+$/.test(name) ? name : userInfo().username;
}
