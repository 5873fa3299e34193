import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { dirname, resolve, sep } from "node:path";
import { type HostFacts, PRIVATE_DIRECTORIES, PRIVATE_FILES } from "./base-layer.js";

/** Directories of `/` that are the system itself; everything else in `/` of the host is hidden from sandboxes. */
const SYSTEM_DIRECTORIES = ["usr", "etc", "var", "bin", "sbin", "lib", "lib32", "lib64", "libx32"] as const;

/** Reads what the base layer is made from. `work` are directories that sandboxes must not see: current directory, state, workspaces, home. */
export function readHostFacts(work: readonly string[]): HostFacts {
  const entries = SYSTEM_DIRECTORIES.filter((name) => existsSync(`/${name}`));
  const isLink = (name: string) => lstatSync(`/${name}`).isSymbolicLink();
  const tops = entries.filter((name) => !isLink(name));
  const links = Object.fromEntries(entries.filter(isLink).map((name) => [name, readlinkSync(`/${name}`)]));
  const inside = (path: string) => tops.some((top) => path.startsWith(`/${top}/`));
  const hidden = new Set([...PRIVATE_DIRECTORIES, ...work.filter(inside)].filter(isDirectory));
  const skeleton = readSkeleton();
  return {
    passwd: readFileSync("/etc/passwd", "utf8"),
    group: readFileSync("/etc/group", "utf8"),
    links,
    tops,
    hidden: [...hidden].filter((path) => !hiddenAbove(path, hidden)),
    emptied: PRIVATE_FILES.filter((path) => existsSync(path)),
    hasSudo: existsSync("/usr/bin/sudo"),
    sbinIsBin: existsSync("/usr/sbin") && isLink("usr/sbin"),
    skeleton,
  };
}

/** The directories of this process's work: where it runs, its home, the runner's directories, the state directory. */
export function workDirectories(stateDir: string, environment: NodeJS.ProcessEnv, current: string): string[] {
  const names = [
    "HOME",
    "GITHUB_WORKSPACE",
    "RUNNER_WORKSPACE",
    "RUNNER_TEMP",
    "RUNNER_TOOL_CACHE",
    "TMPDIR",
    "XDG_CACHE_HOME",
  ];
  const directories = [current, stateDir, ...names.map((name) => environment[name] ?? "")];
  return [
    ...new Set(directories.filter((directory) => directory.startsWith("/")).map((directory) => resolve(directory))),
  ];
}

/** The resolver configuration that the host uses, for sandboxes whose /etc/resolv.conf points into /run. */
export function readResolver(): string {
  return existsSync("/etc/resolv.conf") ? readFileSync("/etc/resolv.conf", "utf8") : "";
}

function isDirectory(path: string): boolean {
  return existsSync(path) && lstatSync(path).isDirectory();
}

function hiddenAbove(path: string, hidden: ReadonlySet<string>): boolean {
  for (let above = dirname(path); above !== sep; above = dirname(above)) if (hidden.has(above)) return true;
  return false;
}

function readSkeleton(): Record<string, string> {
  if (!existsSync("/etc/skel")) return {};
  const files = readdirSync("/etc/skel", { withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(files.map((entry) => [entry.name, readFileSync(`/etc/skel/${entry.name}`, "utf8")]));
}
