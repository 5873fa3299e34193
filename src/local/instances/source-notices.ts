import { existsSync, readFileSync } from "node:fs";

/** Says once per source AMI what stands in for it: a container image, or this machine's own system. */
export function sourceNotices(
  onNotice: (text: string) => void,
): (sourceName: string, image: string | undefined, hasEngine: boolean) => void {
  const told = new Set<string>();
  return (sourceName, image, hasEngine) => {
    if (told.has(sourceName)) return;
    told.add(sourceName);
    const why = hasEngine && image === undefined ? " (the container engine has no image of the same release)" : "";
    onNotice(`${sourceName}: the machine is a sandbox of ${image ?? `this host's own ${hostSystem()}`}${why}`);
  };
}

function hostSystem(): string {
  return existsSync("/etc/os-release") ? prettyName(readFileSync("/etc/os-release", "utf8")) : "Linux";
}

/** PRETTY_NAME of os-release(5). */
export function prettyName(release: string): string {
  return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(release)?.[1] ?? "Linux";
}
