import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createConnection, createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { generateKeyPair } from "../../src/ssh/keys/key-pair.js";
import { SSHD } from "./openssh.js";

/** A real OpenSSH server with its own host key, port, configuration and log, in a temporary directory. */
export interface Sshd {
  readonly port: number;
  readonly pid: number;
  readonly user: string;
  readonly folder: string;
  /** File of a key that it accepts. */
  readonly keyFile: string;
  readonly privateKey: string;
  /** The public host key, as in `known_hosts`. */
  readonly hostKey: string;
  log(): string;
  /** Stops the server and its sessions. `restart` starts it again. */
  end(): Promise<void>;
  /** Stops the server permanently. */
  stop(): Promise<void>;
  /** Stops the server and starts it on the same port, optionally with a new host key. */
  restart(options?: { readonly newHostKey?: boolean }): Promise<void>;
  signal(name: "SIGSTOP" | "SIGCONT"): void;
}

/**
 * Starts a server. `lines` come first in its configuration, where the first value of an option applies. HOME is the
 * server's directory: shells read no start-up files of the user, which can print text, take seconds, or install things.
 */
export async function startSshd(lines: readonly string[] = []): Promise<Sshd> {
  const folder = await mkdtemp(join(tmpdir(), "sshd-"));
  const port = await freePort();
  const user = userInfo().username;
  const login = await generateKeyPair("ed25519", { comment: "login" });
  const keyFile = join(folder, "id_ed25519");
  await writeFile(keyFile, login.privateKey, { mode: 0o600 });
  await writeFile(join(folder, "authorized_keys"), `${login.publicKey}\n`);
  if (process.getuid?.() === 0) await mkdir("/run/sshd", { recursive: true, mode: 0o755 });
  let hostKey = await writeHostKey(folder);
  const environment = lines.filter((line) => line.startsWith("SetEnv ")).map((line) => line.slice("SetEnv ".length));
  const config = [
    // Only the first SetEnv of a configuration applies.
    `SetEnv ${[`HOME=${folder}`, ...environment].join(" ")}`,
    ...lines,
    `Port ${port}`,
    "ListenAddress 127.0.0.1",
    `HostKey ${join(folder, "host_key")}`,
    "PidFile none",
    `AuthorizedKeysFile ${join(folder, "authorized_keys")}`,
    "StrictModes no",
    "UsePAM no",
    "PermitRootLogin yes",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    ...(lines.some((line) => line.startsWith("Subsystem")) ? [] : ["Subsystem sftp internal-sftp"]),
    "LogLevel VERBOSE",
    "",
  ].join("\n");
  await writeFile(join(folder, "sshd_config"), config);

  let log = "";
  const spawnServer = (): ChildProcess => {
    const started = spawn(SSHD, ["-D", "-e", "-f", join(folder, "sshd_config")], {
      stdio: ["ignore", "ignore", "pipe"],
      detached: true,
    });
    started.stderr?.on("data", (chunk: Buffer) => {
      log += chunk.toString();
    });
    return started;
  };
  let child = spawnServer();
  await listening(port, child, () => log);
  const end = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const over = new Promise((resolve) => child.once("exit", resolve));
    // Suspends the processes first, parents before children: a running server could report how its commands ended.
    const family = [child.pid ?? 0, ...descendants(child.pid ?? 0)];
    for (const signal of ["SIGSTOP", "SIGKILL"] as const) for (const pid of family) kill(pid, signal);
    await over;
  };
  return {
    port,
    user,
    folder,
    keyFile,
    privateKey: login.privateKey,
    get pid() {
      return child.pid ?? 0;
    },
    get hostKey() {
      return hostKey;
    },
    log: () => log,
    end,
    async stop() {
      await end();
      await rm(folder, { recursive: true, force: true });
    },
    async restart(options = {}) {
      await end();
      if (options.newHostKey) hostKey = await writeHostKey(folder);
      child = spawnServer();
      await listening(port, child, () => log);
    },
    signal(name) {
      for (const pid of [child.pid ?? 0, ...descendants(child.pid ?? 0)]) kill(pid, name);
    },
  };
}

async function writeHostKey(folder: string): Promise<string> {
  const host = await generateKeyPair("ed25519", { comment: "host" });
  await writeFile(join(folder, "host_key"), host.privateKey, { mode: 0o600 });
  return host.publicKey.split(" ").slice(0, 2).join(" ");
}

/** Returns a port that is not in use. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      const port = typeof address === "object" && address ? address.port : 0;
      server.close(() => resolve(port));
    });
  });
}

async function listening(port: number, child: ChildProcess, log: () => string): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt++) {
    if (child.signalCode !== null) return;
    if (child.exitCode !== null) throw new Error(`sshd ended: ${log()}`);
    const open = await new Promise<boolean>((resolve) => {
      const socket = createConnection({ port, host: "127.0.0.1" });
      socket.once("connect", () => {
        socket.destroy();
        resolve(true);
      });
      socket.once("error", () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`sshd does not listen: ${log()}`);
}

function descendants(pid: number): number[] {
  let text: string;
  try {
    text = execFileSync("pgrep", ["-P", String(pid)], { encoding: "utf8" });
  } catch {
    return [];
  }
  const children = text.split("\n").filter(Boolean).map(Number);
  return children.flatMap((child) => [child, ...descendants(child)]);
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Already gone.
  }
}
