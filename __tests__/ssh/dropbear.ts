import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./sshd.js";

const DROPBEAR = "/usr/sbin/dropbear";

/** Whether Dropbear can run: it reads keys only in the user's home, which is replaced in a mount namespace of its own. */
export const hasDropbear =
  existsSync(DROPBEAR) && process.getuid?.() === 0 && spawnSync("unshare", ["-m", "true"]).status === 0;

/** A Dropbear server with its own host keys and a home directory of its own for root. */
export interface Dropbear {
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts a server that accepts the lines of `authorized_keys`. It has a host key of each of the types. */
export async function startDropbear(authorizedKeys: string, hostKeyTypes: readonly string[]): Promise<Dropbear> {
  const folder = await mkdtemp(join(tmpdir(), "dropbear-"));
  const port = await freePort();
  await mkdir(join(folder, "home", ".ssh"), { recursive: true, mode: 0o700 });
  await writeFile(join(folder, "home", ".ssh", "authorized_keys"), authorizedKeys, { mode: 0o600 });
  await chmod(join(folder, "home"), 0o700);
  const hostKeys = hostKeyTypes.map((type) => {
    const path = join(folder, `host_${type}`);
    execFileSync("dropbearkey", ["-t", type, "-f", path], { stdio: "ignore" });
    return path;
  });
  const options = ["-F", "-E", "-s", "-p", `127.0.0.1:${port}`, ...hostKeys.flatMap((path) => ["-r", path])];
  const script = 'mount --bind "$1" /root && shift && exec "$@"';
  const args = ["-m", "sh", "-c", script, "sh", join(folder, "home"), DROPBEAR, ...options];
  const child = spawn("unshare", args, { stdio: "ignore" });
  await listening(port, child);
  return {
    port,
    async stop() {
      const over = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await over;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 500 && child.exitCode === null; attempt++) {
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
  throw new Error(`Dropbear does not listen (exit code ${child.exitCode})`);
}
