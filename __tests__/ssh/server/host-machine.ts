import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import ssh2, { type Client } from "ssh2";
import { generateKeyPair } from "../../../src/ssh/keys/key-pair.js";
import type { CommandEnd, CommandRequest, Login, RunningCommand } from "../../../src/ssh/server/login-host.js";
import { openSshServer } from "../../../src/ssh/server/server.js";

/** An SSH server of this project on loopback. Its commands are processes of this host. */
export interface HostMachine {
  readonly port: number;
  /** The one login, and its private key. */
  readonly user: string;
  readonly privateKey: string;
  /** Names of the signals that commands received. */
  readonly signals: readonly string[];
  /** Closes every connection, as a reboot does. */
  disconnect(): void;
  close(): Promise<void>;
}

const SFTP_SERVERS = ["/usr/lib/openssh/sftp-server", "/usr/libexec/openssh/sftp-server", "/usr/lib/ssh/sftp-server"];

/** `accepts` replaces the one login: it returns whether a user can log in with a key (type and data). */
export async function startHostMachine(
  accepts?: (user: string, key: string) => boolean,
  at: { readonly host: string; readonly port: number } = { host: "127.0.0.1", port: 0 },
): Promise<HostMachine> {
  const [host, login] = await Promise.all([
    generateKeyPair("ed25519", { comment: "host" }),
    generateKeyPair("ed25519", { comment: "login" }),
  ]);
  const key = login.publicKey.split(" ").slice(0, 2).join(" ");
  const known: Login = { user: "builder", uid: 0, gid: 0, groups: "", home: "/", shell: "/bin/sh", keyLine: key };
  const signals: string[] = [];
  const server = openSshServer({
    hostKey: host.privateKey,
    address: "127.0.0.1",
    forwards: "served",
    host: {
      findLogin: async (user, offered) =>
        (accepts ? accepts(user, offered) : user === "builder" && offered === key) ? { ...known, user } : undefined,
      run: async (request) => start(request, signals),
    },
  });
  const sockets = new Set<Socket>();
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    server.serve(socket);
  });
  await new Promise<void>((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(at.port, at.host, resolve);
  });
  const address = listener.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    user: "builder",
    privateKey: login.privateKey,
    signals,
    disconnect: server.disconnect,
    close: () =>
      new Promise((resolve) => {
        listener.close(() => resolve());
        server.disconnect();
      }),
  };
}

function start(request: CommandRequest, signals: string[]): RunningCommand {
  const sftp = SFTP_SERVERS.find((path) => existsSync(path)) ?? "sftp-server";
  const [program, args] = request.kind === "sftp" ? [sftp, []] : ["/bin/sh", ["-c", request.command]];
  const child = spawn(program, args, { stdio: "pipe", detached: true });
  const ended = new Promise<CommandEnd>((resolve) => {
    child.once("error", () => resolve({ code: 127 }));
    child.once("exit", (code, signal) =>
      resolve(code === null ? { signal: (signal ?? "KILL").replace(/^SIG/, "") } : { code }),
    );
  });
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    ended,
    signal(name) {
      signals.push(name);
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, `SIG${name}` as NodeJS.Signals);
    },
    resize: () => undefined,
  };
}

/** Connects ssh2's client to a server on loopback. */
export function connectClient(server: {
  readonly port: number;
  readonly user: string;
  readonly privateKey: string;
}): Promise<Client> {
  const { port, user, privateKey } = server;
  const client = new ssh2.Client();
  return new Promise((resolve, reject) => {
    client.once("ready", () => resolve(client.setNoDelay()));
    client.once("error", reject);
    client.connect({ host: "127.0.0.1", port, username: user, privateKey });
  });
}
