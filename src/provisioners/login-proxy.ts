import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { ProvisionerContext } from "../core/parts.js";
import { generateKeyPair } from "../ssh/keys/key-pair.js";
import { openSshProxy } from "../ssh/proxy.js";
import { succeeded } from "./command-run.js";
import { readLocalFile } from "./local-files.js";
import { readRemote } from "./run-remote.js";

/** Options that say how a program on this machine logs in to the proxy (Packer §5.6, §5.11). */
export interface ProxyOptions {
  readonly user: string;
  readonly local_port: number;
  readonly ssh_host_key_file: string | undefined;
  readonly ssh_authorized_key_file: string | undefined;
  readonly sftp_command: string | undefined;
  readonly keyType: "ecdsa" | "rsa";
}

/** How a program on this machine logs in to the machine being built. */
export interface SshAccess {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** Private key; undefined where the program knows the key by itself. */
  readonly keyFile: string | undefined;
  /** A `known_hosts` file with the one key of the server; undefined where the user's own is to be used. */
  readonly knownHosts: string | undefined;
  /** A folder that only this user can enter, gone after `close`: for the sockets of ssh's shared connections. */
  readonly folder: string;
  close(): Promise<void>;
}

/** Opens an SSH server on this machine that leads to the machine being built, with keys of its own or the user's. */
export async function openProxy(options: ProxyOptions, context: ProvisionerContext): Promise<SshAccess> {
  const folder = await makeCredentialFolder();
  try {
    const own = options.ssh_authorized_key_file;
    const login = own ? undefined : await generateKeyPair(options.keyType, { comment: "bake-ami" });
    const authorizedKey = login?.publicKey ?? (await readKey(own ?? "", context));
    const host = options.ssh_host_key_file
      ? { privateKey: await readKey(options.ssh_host_key_file, context), publicKey: undefined }
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
      keyFile: login && (await folder.write("key", login.privateKey)),
      folder: folder.path,
      knownHosts: host.publicKey && (await folder.write("known_hosts", knownHost(proxy, host.publicKey))),
      async close() {
        await proxy.close();
        await folder.remove();
      },
    };
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

async function readKey(path: string, context: ProvisionerContext): Promise<string> {
  return (await readLocalFile(path, context, { code: "key-unreadable", kind: "the key" })).toString();
}

/** A line of `known_hosts`; `key` is `type base64`, perhaps with a comment. */
export function knownHost({ host, port }: { readonly host: string; readonly port: number }, key: string): string {
  return `${port === 22 ? host : `[${host}]:${port}`} ${key.split(" ").slice(0, 2).join(" ")}\n`;
}

/** Makes a folder for keys that only this user can read. */
export async function makeCredentialFolder(): Promise<{
  readonly path: string;
  write(name: string, text: string): Promise<string>;
  remove(): Promise<void>;
}> {
  const folder = await mkdtemp(join(tmpdir(), "bake-login-"));
  return {
    path: folder,
    async write(name, text) {
      const path = join(folder, name);
      await writeFile(path, text, { mode: 0o600 });
      return path;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Returns the user that commands on the machine run as: the login's, else what the machine prints, else the one on this machine. */
export async function findRemoteUser(context: ProvisionerContext): Promise<string> {
  const user = context.machine.communicator.connection()?.user;
  if (user) return user;
  const { end, output } = await readRemote(context, "id -un");
  const name = output.trim();
  return succeeded({ end }) && /^[\w.-]+$/.test(name) ? name : userInfo().username;
}
