import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A Podman for tests that stores everything in one directory; it needs no service. */
export interface Podman {
  /** Path of a program that takes Podman's arguments (`docker_path`). */
  readonly program: string;
  run(...args: readonly string[]): string;
}

/**
 * Podman with a storage of its own in `folder`, and with what a machine needs on which not all of Linux's limits and control groups
 * can be set: copied layers, limits that are not raised, the runtime of Docker where it is installed.
 */
export function podmanIn(folder: string): Podman {
  mkdirSync(folder, { recursive: true });
  const conf = join(folder, "containers.conf");
  writeFileSync(conf, '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n');
  const runtime = ["/usr/sbin/runc", "/usr/bin/runc"].find((path) => existsSync(path));
  const options = [
    `--root=${join(folder, "root")}`,
    `--runroot=${join(folder, "run")}`,
    ...["--storage-driver=vfs", "--cgroup-manager=cgroupfs", "--events-backend=file"],
    ...(runtime ? [`--runtime=${runtime}`] : []),
  ];
  const program = join(folder, "podman");
  const text = `#!/bin/sh\nCONTAINERS_CONF='${conf}' exec podman ${options.join(" ")} "$@"\n`;
  writeFileSync(program, text, { mode: 0o755 });
  const run = (...args: readonly string[]) =>
    execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
  return { program, run };
}
