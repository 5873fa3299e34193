import { existsSync, readFileSync } from "node:fs";

/** Says once per source AMI what stands in for it. */
export function sourceNotices(onNotice: (text: string) => void): (sourceName: string) => void {
  const told = new Set<string>();
  const system = existsSync("/etc/os-release") ? prettyName(readFileSync("/etc/os-release", "utf8")) : "Linux";
  return (sourceName) => {
    if (told.has(sourceName)) return;
    told.add(sourceName);
    onNotice(`${sourceName} is stood in for by this machine's own ${system}, in a sandbox`);
  };
}

/** PRETTY_NAME of os-release(5). */
export function prettyName(release: string): string {
  return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(release)?.[1] ?? "Linux";
}
