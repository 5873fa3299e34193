import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { hash } from "bcryptjs";
import { systemClock } from "../../src/core/clock.js";
import { poll } from "../../src/core/poll.js";
import { freePort } from "../ssh/sshd.js";

/** The registry of the Docker distribution project (Debian: docker-registry). */
export const REGISTRY_PROGRAM = "/usr/bin/docker-registry";

/** A registry on the loopback interface that requires a login. */
export interface Registry {
  /** `127.0.0.1:PORT`. */
  readonly server: string;
  readonly user: string;
  readonly password: string;
  /** Returns the digest of a name in the registry; undefined where there is none. */
  digest(repository: string, tag: string): Promise<string | undefined>;
  stop(): Promise<void>;
}

export async function startRegistry(): Promise<Registry> {
  if (!existsSync(REGISTRY_PROGRAM)) throw new Error("these tests need a registry: apt-get install docker-registry");
  const folder = await mkdtemp(join(tmpdir(), "registry-"));
  const server = `127.0.0.1:${await freePort()}`;
  const [user, password] = ["builder", "correct horse"];
  await writeFile(join(folder, "htpasswd"), `${user}:${await hash(password, 4)}\n`);
  const config = {
    version: "0.1",
    log: { level: "warn" },
    storage: { filesystem: { rootdirectory: join(folder, "data") } },
    http: { addr: server },
    auth: { htpasswd: { realm: "test", path: join(folder, "htpasswd") } },
  };
  await writeFile(join(folder, "config.json"), JSON.stringify(config));
  const child = spawn(REGISTRY_PROGRAM, ["serve", join(folder, "config.json")], { stdio: "ignore" });
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  const ask = (path: string, headers = {}) =>
    fetch(`http://${server}/v2/${path}`, { method: "HEAD", headers: { authorization, ...headers } });
  await listening(child, () => ask(""));
  return {
    server,
    user,
    password,
    async digest(repository, tag) {
      const accept = "application/vnd.docker.distribution.manifest.v2+json, application/vnd.oci.image.manifest.v1+json";
      const response = await ask(`${repository}/manifests/${tag}`, { accept });
      return response.headers.get("docker-content-digest") ?? undefined;
    },
    async stop() {
      const over = new Promise((resolve) => child.once("exit", resolve));
      if (child.kill("SIGKILL")) await over;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Waits until the server responds; throws when the server has ended. */
async function listening(child: ChildProcess, ask: () => Promise<Response>): Promise<void> {
  await poll({
    clock: systemClock,
    signal: AbortSignal.timeout(20_000),
    interval: { first: 20, max: 200 },
    deadline: 20_000,
    onDeadline: () => new Error("the registry does not respond"),
    probe: async () => {
      if (child.exitCode !== null) throw new Error(`the registry exited with code ${child.exitCode}`);
      const up = await ask().then(
        (response) => response.ok,
        () => false,
      );
      return up ? { state: "done", value: undefined } : { state: "waiting" };
    },
  });
}
